/**
 * An HBase client: gets, scans, puts, deletes, batches and conditional writes; administration is in `admin`.
 *
 * HBase 2.5 and later. No Kerberos, no TLS: the servers must take simple authentication, on a network that is trusted.
 */
import { randomInt } from 'node:crypto';
import { Admin } from './admin.ts';
import { sendBatch } from './batch.ts';
import { latin1 } from './byte-strings.ts';
import { Caller } from './caller.ts';
import type { Cell } from './cells.ts';
import { Connections } from './connections.ts';
import { HBaseError } from './errors.ts';
import { messageField } from './fields.ts';
import { type HBaseLimits, hbaseLimits } from './limits.ts';
import { covers } from './location-cache.ts';
import { Locator } from './locator.ts';
import {
  type Action,
  type ActionResult,
  type Condition,
  Durability,
  type Mutation,
  readMutateAnswer,
  readMutateRowsAnswer,
  writeMutate,
  writeMutateRows,
} from './mutation-messages.ts';
import { type Get, type Row, readGetAnswer, type Scan, writeGet, writeRegion } from './query-messages.ts';
import { parseAddresses, type Registry, ServerRegistry } from './registry.ts';
import { scanAll, scanPages } from './scanner.ts';
import type { RegionLocation } from './server-name.ts';
import { ZookeeperRegistry } from './zookeeper.ts';

export interface HBaseOptions {
  /** Masters or region servers, `host:port,…`; default port 16000. */
  readonly masters?: string;
  /** ZooKeeper, `host:port,…`; default port 2181. One of the two is needed. */
  readonly quorum?: string;
  /** HBase's node in ZooKeeper. */
  readonly zookeeperRoot?: string;
  /** Whom the servers see. */
  readonly user?: string;
  readonly limits?: Partial<HBaseLimits>;
}

const masterPort = 16_000;
const zookeeperPort = 2_181;
const randomRange = 2 ** 32;

export class HBaseClient {
  readonly admin: Admin;
  private readonly connections: Connections;
  private readonly caller: Caller;

  /** Connects to nothing yet. @throws TypeError when neither masters nor quorum is given, or an address is malformed */
  constructor(options: HBaseOptions) {
    const limits = { ...hbaseLimits, ...options.limits };
    this.connections = new Connections(options.user ?? 'hbase-client', limits);
    const registry = registryOf(options, this.connections, limits);
    this.caller = new Caller(
      new Locator(registry, this.connections, limits),
      this.connections,
      limits,
      () => randomInt(randomRange) / randomRange,
    );
    this.admin = new Admin(this.caller, registry);
  }

  /** The cells of one row; none: there is no such row. */
  get(table: string, get: Get): Promise<Cell[]> {
    return this.caller.onRegion({
      table,
      row: get.row,
      idempotent: true,
      call: ({ regionName }) => ({
        method: 'Get',
        write: (writer) => {
          writeRegion(writer, 1, regionName);
          messageField(writer, 2, (inner) => writeGet(inner, get));
        },
      }),
      read: readGetAnswer,
    });
  }

  /** Rows of a range, a page at a time; leaving the loop closes the scanner. */
  scan(table: string, scan: Scan): AsyncGenerator<Row[], void, void> {
    return scanPages(this.caller, table, scan);
  }

  /** The first `limit` rows of a range: one call where they lie in one region. */
  page(table: string, scan: Scan & { readonly limit: number }): Promise<Row[]> {
    return scanAll(this.caller, table, { rowsPerCall: scan.limit, ...scan });
  }

  /** One put or delete. Without a timestamp it is not repeated once an attempt's outcome is unknown. */
  async mutate(table: string, mutation: Mutation, durability: Durability = Durability.tableDefault): Promise<void> {
    await this.mutateIf(table, mutation, null, durability, mutation.timestamp !== undefined);
  }

  /** One put or delete if its row's column holds what is expected. @returns whether it did, and the mutation was applied */
  checkAndMutate(
    table: string,
    condition: Condition,
    mutation: Mutation,
    durability: Durability = Durability.tableDefault,
  ): Promise<boolean> {
    return this.mutateIf(table, mutation, condition, durability, false);
  }

  /**
   * Many rows of one region at once, if all conditions hold: all or nothing. The table needs the endpoint `mutateRowsCoprocessor`.
   * Rows that lie in several regions are an error that is final and not applied: before anything is sent, where that is known.
   * @returns whether the conditions held, and the mutations were applied. @throws HBaseError; `applied: 'unknown'` is never repeated here
   */
  mutateRows(
    table: string,
    mutations: readonly Mutation[],
    conditions: readonly Condition[],
    durability: Durability = Durability.tableDefault,
  ): Promise<boolean> {
    const rows = { mutations, conditions, durability };
    return this.caller.onRegion({
      table,
      row: mutations[0]?.row ?? conditions[0].row,
      idempotent: false,
      call: (location) => {
        // Asked where it does not belong, a server says "wrong region" for ever: the place of the first row is right.
        checkTogether(location, mutations);
        checkTogether(location, conditions);
        return { method: 'ExecService', write: (writer) => writeMutateRows(writer, location.regionName, rows) };
      },
      read: readMutateRowsAnswer,
    });
  }

  /** Names the region that holds `row`, as far as is known without asking: rows with the same name can go in one `mutateRows`. */
  knownRegion(table: string, row: Uint8Array): string | null {
    const location = this.caller.locator.cache.find(table, row);
    return location === null ? null : latin1(location.regionName);
  }

  /** Gets, puts and deletes of any rows, each by itself; the answers stand in the order of the actions. */
  batch(table: string, actions: readonly Action[], durability: Durability = Durability.tableDefault): Promise<ActionResult[]> {
    return sendBatch(this.caller, table, actions, durability);
  }

  close(): void {
    this.connections.close();
  }

  private mutateIf(table: string, mutation: Mutation, condition: Condition | null, how: Durability, idempotent: boolean): Promise<boolean> {
    return this.caller.onRegion({
      table,
      row: mutation.row,
      idempotent,
      call: ({ regionName }) => ({ method: 'Mutate', write: (writer) => writeMutate(writer, regionName, mutation, condition, how) }),
      read: readMutateAnswer,
    });
  }
}

function checkTogether(location: RegionLocation, rows: readonly { readonly row: Uint8Array }[]): void {
  for (const { row } of rows) {
    if (!covers(location, row)) throw new HBaseError('rows of several regions in one call', { nextStep: 'final', applied: 'no' });
  }
}

function registryOf(options: HBaseOptions, connections: Connections, limits: HBaseLimits): Registry {
  if (options.masters !== undefined && options.masters !== '') {
    return new ServerRegistry(parseAddresses(options.masters, masterPort), connections, limits);
  }
  if (options.quorum === undefined || options.quorum === '') throw new TypeError('masters or a ZooKeeper quorum are needed');
  return new ZookeeperRegistry(parseAddresses(options.quorum, zookeeperPort), options.zookeeperRoot ?? '/hbase', limits);
}
