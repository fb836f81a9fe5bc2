/**
 * Scans over regions: a scanner in one region after the other, until the range, the limit or the consumer ends.
 *
 * What the server says decides, never a count of rows: more_results ends the scan, more_results_in_region the region; an empty answer is a
 * heartbeat; pieces of a row are joined. A lost scanner is opened anew behind the last whole row, or at a row that had only begun to come.
 * While the consumer takes its time the scanner's lease is renewed. (Java AsyncScanSingleRegionRpcRetryingCaller, gohbase scanner.go.)
 */
import { compareKeys, equalKeys } from './byte-strings.ts';
import type { Caller } from './caller.ts';
import type { Cell } from './cells.ts';
import { HBaseError, isScannerLost } from './errors.ts';
import type { OpenLocation } from './locator.ts';
import { metaPriority } from './locator.ts';
import {
  type Row,
  readScanAnswer,
  type Scan,
  type ScanAnswer,
  writeCloseScanner,
  writeNextScanner,
  writeOpenScanner,
  writeRenewScanner,
} from './query-messages.ts';

const nothing = new Uint8Array(0);

/** Pages of whole rows, as the servers give them. @throws HBaseError */
export async function* scanPages(caller: Caller, table: string, scan: Scan): AsyncGenerator<Row[], void, void> {
  const run = new ScanRun(caller, table, scan);
  try {
    for (;;) {
      const page = await run.next();
      if (page.length > 0) {
        run.keepAlive();
        yield page;
        await run.resumed();
      }
      if (run.isOver) return;
    }
  } finally {
    run.close();
  }
}

/** All rows of a scan in one list. @throws HBaseError */
export async function scanAll(caller: Caller, table: string, scan: Scan): Promise<Row[]> {
  const run = new ScanRun(caller, table, scan);
  try {
    let rows = await run.next();
    while (!run.isOver) rows = rows.concat(await run.next());
    return rows;
  } finally {
    run.close();
  }
}

class ScanRun {
  isOver = false;
  private readonly caller: Caller;
  private readonly table: string;
  private readonly scan: Scan;
  private readonly reversed: boolean;
  private readonly stop: Uint8Array;
  /** Where the next scanner begins. */
  private from: Uint8Array;
  private includeFrom: boolean;
  private rowsLeft: number;
  private location: OpenLocation | null = null;
  private scannerId: bigint | string | null = null;
  private sequence = 0;
  /** Pieces of a row that is not whole. */
  private begun: { row: Uint8Array; cells: Cell[] } | null = null;
  private renewer: NodeJS.Timeout | null = null;
  private renewing: Promise<void> = Promise.resolve();

  constructor(caller: Caller, table: string, scan: Scan) {
    this.caller = caller;
    this.table = table;
    this.scan = scan;
    this.reversed = scan.reversed === true;
    this.from = scan.start ?? nothing;
    this.includeFrom = scan.includeStart ?? true;
    this.stop = scan.stop ?? nothing;
    this.rowsLeft = scan.limit ?? Number.POSITIVE_INFINITY;
    this.isOver = this.rowsLeft <= 0;
  }

  /** One answer of a server: whole rows, perhaps none. */
  async next(): Promise<Row[]> {
    if (this.isOver) return [];
    const answer = this.scannerId === null ? await this.open() : await this.continue();
    if (answer === null) return [];
    const rows = this.joinRows(answer);
    this.rowsLeft -= rows.length;
    const isServerClosed = !answer.moreResults || !answer.moreInRegion;
    if (isServerClosed) this.scannerId = null;
    if (!answer.moreResults || this.rowsLeft <= 0) this.isOver = true;
    else if (!answer.moreInRegion) this.leaveRegion();
    return rows;
  }

  /** Until `resumed`, the server is told that we still are there. */
  keepAlive(): void {
    if (this.scannerId !== null) this.renewer = setInterval(() => this.renew(), this.caller.limits.renewMs);
  }

  async resumed(): Promise<void> {
    if (this.renewer !== null) clearInterval(this.renewer);
    this.renewer = null;
    await this.renewing;
  }

  /** Closes what a consumer that leaves early left open; nobody waits for it. */
  close(): void {
    if (this.renewer !== null) clearInterval(this.renewer);
    const { scannerId, location } = this;
    this.scannerId = null;
    if (scannerId === null || location === null) return;
    const call = { method: 'Scan', write: (writer: Parameters<typeof writeCloseScanner>[0]) => writeCloseScanner(writer, scannerId) };
    this.caller.connections
      .call(location.server, 'ClientService', { ...call, priority: metaPriority }, this.caller.limits.callMsMax)
      .catch(() => {});
  }

  private open(): Promise<ScanAnswer> {
    const before = this.reversed && (!this.includeFrom || this.from.length === 0);
    const wanted = { ...this.scan, start: this.from, includeStart: this.includeFrom, ...this.bounds() };
    return this.caller.onRegion({
      table: this.table,
      row: this.from,
      before,
      idempotent: true,
      call: (location) => ({ method: 'Scan', write: (writer) => writeOpenScanner(writer, location.regionName, wanted, false) }),
      read: (answer, location) => {
        const read = readScanAnswer(answer);
        this.location = location;
        this.scannerId = read.scannerId;
        this.sequence = 0;
        return read;
      },
    });
  }

  private bounds(): { rowsPerCall: number; bytesPerCall: number; limit?: number } {
    const { scanRows, scanBytes } = this.caller.limits;
    const rowsPerCall = Math.min(this.scan.rowsPerCall ?? scanRows, this.rowsLeft);
    const bytesPerCall = this.scan.bytesPerCall ?? scanBytes;
    return this.rowsLeft === Number.POSITIVE_INFINITY ? { rowsPerCall, bytesPerCall } : { rowsPerCall, bytesPerCall, limit: this.rowsLeft };
  }

  /** The next call of an open scanner; `null`: it is lost, and another will be opened. */
  private async continue(): Promise<ScanAnswer | null> {
    const { scannerId, location } = this;
    if (scannerId === null || location === null) return null;
    const { limits, connections, locator } = this.caller;
    this.sequence += 1;
    const sequence = this.sequence;
    const wanted = { ...this.scan, ...this.bounds() };
    try {
      const write = (writer: Parameters<typeof writeNextScanner>[0]): void => writeNextScanner(writer, scannerId, sequence, wanted);
      return readScanAnswer(await connections.call(location.server, 'ClientService', { method: 'Scan', write }, limits.callMsMax));
    } catch (error) {
      if (!(error instanceof HBaseError)) throw error;
      if (error.nextStep === 'final' && !isScannerLost(error)) throw error;
      if (error.nextStep === 'relocate' || error.nextStep === 'serverGone') locator.fail(location, error);
      this.scannerId = null;
      // Pieces of a row are read again from its begin.
      if (this.begun !== null) {
        this.from = this.begun.row;
        this.includeFrom = true;
        this.begun = null;
      }
      return null;
    }
  }

  private joinRows({ rows }: ScanAnswer): Row[] {
    const whole: Row[] = [];
    for (const piece of rows) {
      if (this.begun !== null && !equalKeys(this.begun.row, piece.row)) this.finishRow(whole, this.begun);
      if (this.begun === null && !piece.isPartial) {
        whole.push(piece);
        continue;
      }
      if (this.begun === null) this.begun = { row: piece.row, cells: piece.cells };
      else this.begun.cells.push(...piece.cells);
      if (!piece.isPartial) this.finishRow(whole, this.begun);
    }
    const last = whole.at(-1);
    if (last !== undefined) {
      this.from = last.row;
      this.includeFrom = false;
    }
    return whole;
  }

  private finishRow(whole: Row[], row: Row): void {
    whole.push(row);
    this.begun = null;
  }

  /** Forward the next region begins at this one's end; backward it ends before this one's begin. */
  private leaveRegion(): void {
    if (this.location === null) return;
    const { startKey, endKey } = this.location;
    if (this.reversed) {
      const isPast = startKey.length === 0 || compareKeys(startKey, this.stop) <= 0;
      this.isOver = isPast;
      this.from = startKey;
      this.includeFrom = false;
      return;
    }
    const order = endKey.length === 0 || this.stop.length === 0 ? -1 : compareKeys(endKey, this.stop);
    this.isOver = endKey.length === 0 || order > 0 || (order === 0 && this.scan.includeStop !== true);
    this.from = endKey;
    this.includeFrom = true;
  }

  private renew(): void {
    const { scannerId, location } = this;
    if (scannerId === null || location === null) return;
    const { limits, connections } = this.caller;
    this.renewing = this.renewing.then(async () => {
      this.sequence += 1;
      const sequence = this.sequence;
      const write = (writer: Parameters<typeof writeRenewScanner>[0]): void => writeRenewScanner(writer, scannerId, sequence);
      // A failed renewal shows at the next call.
      await connections.call(location.server, 'ClientService', { method: 'Scan', write }, limits.callMsMax).catch(() => {});
    });
  }
}
