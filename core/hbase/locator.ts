/**
 * Finds the region of a row: from the cache, else by one backward scan of hbase:meta that also brings some regions before it.
 *
 * One look-up a table runs at a time; who waits looks into the cache again first, so equal look-ups are one (Java AsyncNonMetaRegionLocator).
 * Split parents, rows without a server and answers about another table are passed over.
 */
import { ascii, concat, keyText } from './byte-strings.ts';
import type { Connections } from './connections.ts';
import { HBaseError } from './errors.ts';
import type { HBaseLimits } from './limits.ts';
import { covers, LocationCache } from './location-cache.ts';
import { readScanAnswer, type Scan, writeOpenScanner } from './query-messages.ts';
import type { Registry } from './registry.ts';
import { metaLocation, metaTable, type RegionLocation, readMetaRow, type ServerName } from './server-name.ts';

/** Calls about hbase:meta go before those of users (HConstants.HIGH_QOS). */
export const metaPriority = 200;
const infoFamily = ascii('info');

/** A location where the region is open now. */
export type OpenLocation = RegionLocation & { readonly server: ServerName };

export class Locator {
  readonly cache = new LocationCache();
  private readonly registry: Registry;
  private readonly connections: Connections;
  private readonly limits: HBaseLimits;
  private readonly lookups = new Map<string, Promise<OpenLocation>>();
  private meta: RegionLocation | null = null;

  constructor(registry: Registry, connections: Connections, limits: HBaseLimits) {
    this.registry = registry;
    this.connections = connections;
    this.limits = limits;
  }

  /** The region of `row` if it is known. */
  known(table: string, row: Uint8Array): OpenLocation | null {
    const known = table === metaTable ? this.meta : this.cache.find(table, row);
    return known !== null && isOpen(known) ? known : null;
  }

  /** The region of `row`; `before`: of the greatest key below it. @throws HBaseError */
  async locate(table: string, row: Uint8Array, before: boolean = false): Promise<OpenLocation> {
    for (;;) {
      const known = table === metaTable ? this.meta : this.cache.find(table, row, before);
      if (known !== null && isOpen(known)) return known;
      const running = this.lookups.get(table);
      if (running === undefined) break;
      await running.catch(() => {});
    }
    const lookup = table === metaTable ? this.lookUpMeta() : this.lookUp(table, row, before);
    const marked = lookup.finally(() => this.lookups.delete(table));
    this.lookups.set(table, marked);
    return marked;
  }

  /** A call there failed. */
  fail(location: RegionLocation, error: HBaseError): void {
    if (location.table === metaTable) this.meta = null;
    else if (error.nextStep === 'serverGone' && location.server !== null) this.failServer(location.server);
    else if (error.movedTo !== null) this.cache.move(location, error.movedTo);
    else this.cache.fail(location);
  }

  /** Every region of a table as hbase:meta has it now, in order. */
  async regionsOf(table: string): Promise<RegionLocation[]> {
    const start = ascii(`${table},,`);
    const scan: Scan = { start, stop: ascii(`${table}-`), columns: [{ family: infoFamily }], rowsPerCall: 1_000_000 };
    const regions = await this.scanMeta(scan);
    return regions.filter((region) => region.table === table && !region.isSplit);
  }

  /** Also for hbase:meta: a server that is paused takes connections and answers nobody, and a second call to it would be waited for, too. */
  private failServer(server: ServerName): void {
    this.cache.failServer(server);
    if (this.meta?.server?.host === server.host && this.meta.server.port === server.port) this.meta = null;
  }

  private async lookUpMeta(): Promise<OpenLocation> {
    const server = await this.registry.metaServer();
    this.meta = metaLocation(server);
    return { ...this.meta, server };
  }

  private async lookUp(table: string, row: Uint8Array, before: boolean): Promise<OpenLocation> {
    const found = await this.scanMeta({
      start: metaStart(table, row, before),
      stop: ascii(`${table},,`),
      includeStop: true,
      reversed: true,
      columns: [{ family: infoFamily }],
      rowsPerCall: this.limits.locateRows,
      limit: this.limits.locateRows,
    });
    const regions = found.filter((region) => region.table === table && !region.isSplit);
    if (regions.length === 0)
      throw new HBaseError(`no table ${table}`, { nextStep: 'final', applied: 'no', javaClass: 'TableNotFoundException' });
    let wanted: OpenLocation | null = null;
    for (const region of regions) {
      if (region.isOffline || !isOpen(region)) continue;
      const isNewest = this.cache.put(region);
      if (isNewest && covers(region, row, before)) wanted = region;
    }
    if (wanted === null) {
      throw new HBaseError(`${table}: no open region for ${keyText(row)}`, { nextStep: 'relocate', applied: 'no' });
    }
    return wanted;
  }

  /** One call: rows of hbase:meta are small. */
  private async scanMeta(scan: Scan): Promise<RegionLocation[]> {
    const { server, regionName } = await this.locate(metaTable, infoFamily);
    try {
      const call = {
        method: 'Scan',
        write: (writer: Parameters<typeof writeOpenScanner>[0]) => writeOpenScanner(writer, regionName, scan, true),
        priority: metaPriority,
      };
      const answer = readScanAnswer(await this.connections.call(server, 'ClientService', call, this.limits.callMsMax));
      return answer.rows.map(({ cells }) => readMetaRow(cells)).filter((region) => region !== null);
    } catch (error) {
      // Whatever it was: hbase:meta may be elsewhere now, and the registry is cheap to ask.
      this.meta = null;
      throw error;
    }
  }
}

function isOpen(location: RegionLocation): location is OpenLocation {
  return location.server !== null;
}

/** Where the backward scan begins: just above every region that starts at or before `row` (`before`: strictly before). */
function metaStart(table: string, row: Uint8Array, before: boolean): Uint8Array {
  if (!before) return concat(ascii(`${table},`), row, ascii(',99999999999999'));
  return row.length === 0 ? ascii(`${table}\0`) : concat(ascii(`${table},`), row, ascii(','));
}
