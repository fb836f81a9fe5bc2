/**
 * The store port on HBase (DESIGN 7): a batch is one MutateRows on the condition of its fence.
 *
 * Writes of a unit are sent one after the other, in the order of the calls. Nothing is repeated here once an attempt may have been applied:
 * the caller sends the same bytes again. A definite failure is one the client knows to be thrown before the log (core/hbase/errors.ts).
 * Reads and writes share one cache of locations, so a read never goes to an older place than the write before it.
 */
import {
  type Condition,
  Durability,
  HBaseClient,
  HBaseError,
  type HBaseOptions,
  type Row as HBaseRow,
  type Mutation,
} from '../../hbase/index.ts';
import { compareBytes } from '../../model/byte-order.ts';
import { forEachRow } from '../../model/row-batch.ts';
import {
  type GetResult,
  type Row,
  RowOp,
  type ScanRequest,
  type ScanResult,
  type Store,
  type StoreWrite,
  Table,
  type WriteOutcome,
} from '../port.ts';
import { checkWrite, StoreUsageError } from '../write-rules.ts';
import { type FenceCell, fenceCell, nextTimestamp } from './fence-chain.ts';
import { hbaseStoreLimits as limits } from './limits.ts';
import { family, qualifier, tableName } from './tables.ts';

export interface HBaseStoreOptions {
  readonly client: HBaseOptions;
  /** Before the name of each table. */
  readonly prefix: string;
  /** Answers come when the rows are on the disks of all replicas, not in their memory only. */
  readonly fsync?: boolean;
  /** Told of failures, for the log. */
  readonly report?: (what: string) => void;
}

/** Calls answered, for metrics. */
export interface HBaseStoreCounts {
  writes: number;
  conditionsFalse: number;
  failures: number;
  unknown: number;
  fenceReads: number;
  reads: number;
}

/** A put without its timestamp, or the key of a delete (`value: null`). */
interface Change {
  readonly row: Uint8Array;
  readonly value: Uint8Array | null;
}

interface Job {
  readonly expected: Uint8Array | null;
  /** The first puts the fence. */
  readonly changes: readonly Change[];
  readonly done: (outcome: WriteOutcome) => void;
}

interface Unit {
  readonly table: Table;
  readonly fenceKey: Uint8Array;
  readonly jobs: Job[];
  isBusy: boolean;
  known: FenceCell | null;
}

export class HBaseStore implements Store {
  readonly counts: HBaseStoreCounts = { writes: 0, conditionsFalse: 0, failures: 0, unknown: 0, fenceReads: 0, reads: 0 };
  private readonly client: HBaseClient;
  private readonly options: HBaseStoreOptions;
  private readonly durability: Durability;
  private readonly units = new Map<string, Unit>();
  private open = 0;
  private whenIdle: (() => void) | null = null;

  constructor(options: HBaseStoreOptions) {
    this.client = new HBaseClient(options.client);
    this.options = options;
    this.durability = options.fsync === true ? Durability.fsync : Durability.sync;
  }

  write(request: StoreWrite, done: (outcome: WriteOutcome) => void): void {
    checkWrite(request);
    this.enqueue(request.table, request.fenceKey, { expected: copyOf(request.expectedFence), changes: changesOf(request.ops), done });
  }

  compareAndSet(key: Uint8Array, expected: Uint8Array | null, value: Uint8Array, done: (outcome: WriteOutcome) => void): void {
    this.enqueue(Table.cluster, key, { expected: copyOf(expected), changes: [{ row: key.slice(), value: value.slice() }], done });
  }

  get(table: Table, key: Uint8Array, done: (result: GetResult) => void): void {
    this.begin();
    this.counts.reads += 1;
    this.client.get(this.nameOf(table), { row: key.slice() }).then(
      (cells) => this.finish(() => done({ kind: 'ok', value: cells.length === 0 ? null : cells[0].value })),
      (error: unknown) => this.finish(() => done(this.readFailed('get', error))),
    );
  }

  scan(request: ScanRequest, done: (result: ScanResult) => void): void {
    this.begin();
    this.counts.reads += 1;
    this.readRows({ ...request, start: request.start.slice(), end: request.end.slice() }).then(
      (result) => this.finish(() => done(result)),
      (error: unknown) => this.finish(() => done(this.readFailed('scan', error))),
    );
  }

  close(done: () => void): void {
    const end = (): void => {
      this.client.close();
      done();
    };
    if (this.open === 0) queueMicrotask(end);
    else this.whenIdle = end;
  }

  private enqueue(table: Table, fenceKey: Uint8Array, job: Job): void {
    if (this.open >= limits.writesMax) {
      queueMicrotask(() => job.done({ kind: 'failed', reason: 'busy' }));
      return;
    }
    // HBase says "must not exist" as "equals nothing": a fence or cluster row of no bytes could not be told from none.
    if (job.expected?.length === 0 || job.changes[0].value?.length === 0) throw new StoreUsageError('a fence or cluster row of no bytes');
    this.begin();
    const unit = this.unitOf(table, fenceKey);
    unit.jobs.push(job);
    if (!unit.isBusy) this.runNext(unit);
  }

  private runNext(unit: Unit): void {
    const job = unit.jobs.shift();
    unit.isBusy = job !== undefined;
    if (job === undefined) return;
    this.run(unit, job).then((outcome) => {
      this.runNext(unit);
      this.finish(() => job.done(outcome));
    }, rethrow);
  }

  private async run(unit: Unit, job: Job): Promise<WriteOutcome> {
    const table = this.nameOf(unit.table);
    let isSent = false;
    try {
      let timestamp = nextTimestamp(unit.known, job.expected);
      if (timestamp === null) {
        this.counts.fenceReads += 1;
        unit.known = fenceCell((await this.client.get(table, { row: unit.fenceKey }))[0]);
        // Another fence than expected: the server is asked all the same; it alone decides.
        timestamp = unit.known.timestamp + 1;
      }
      const at = timestamp;
      const conditions: Condition[] = [{ row: unit.fenceKey, family, qualifier, expected: job.expected }];
      const mutations = job.changes.map(({ row, value }) => mutationOf(row, value, at));
      isSent = true;
      const processed = await this.client.mutateRows(table, mutations, conditions, this.durability);
      unit.known = processed ? { value: copyOf(job.changes[0].value), timestamp: at } : null;
      this.counts[processed ? 'writes' : 'conditionsFalse'] += 1;
      return { kind: processed ? 'ok' : 'conditionFalse' };
    } catch (error) {
      if (!(error instanceof HBaseError)) throw error;
      this.report('write', error);
      if (isSent && error.applied === 'unknown') {
        unit.known = null;
        this.counts.unknown += 1;
        return { kind: 'unknown' };
      }
      this.counts.failures += 1;
      return { kind: 'failed', reason: error.nextStep === 'backOff' ? 'busy' : 'unavailable' };
    }
  }

  /** One row more than wanted tells whether there is more. */
  private async readRows({ table, start, end, limit, reverse, bytesMax }: ScanRequest): Promise<ScanResult> {
    const rows: Row[] = [];
    if (compareBytes(start, end) >= 0) return { kind: 'ok', rows, more: false };
    const range = reverse ? { start: end, stop: start, includeStart: false, includeStop: true } : { start, stop: end };
    const wanted = limit + 1;
    const bytesPerCall = Math.min(Math.max(bytesMax, limits.keyBytesMax) * 2, limits.scanBytesMax);
    const rowsPerCall = Math.min(wanted, limits.scanRowsMax);
    const pages = this.client.scan(this.nameOf(table), { ...range, reversed: reverse, limit: wanted, rowsPerCall, bytesPerCall });
    let bytes = 0;
    for await (const page of pages) {
      for (const found of page) {
        if (rows.length >= limit || (rows.length > 0 && bytes >= bytesMax)) return { kind: 'ok', rows, more: true };
        const row = rowOf(found);
        rows.push(row);
        bytes += row.key.length + row.value.length;
      }
    }
    return { kind: 'ok', rows, more: false };
  }

  private unitOf(table: Table, fenceKey: Uint8Array): Unit {
    const key = `${table} ${Buffer.from(fenceKey.buffer, fenceKey.byteOffset, fenceKey.length).toString('latin1')}`;
    const found = this.units.get(key);
    if (found !== undefined) return found;
    if (this.units.size >= limits.unitsKnownMax) this.forgetOne();
    const unit: Unit = { table, fenceKey: fenceKey.slice(), jobs: [], isBusy: false, known: null };
    this.units.set(key, unit);
    return unit;
  }

  /** The one known longest, of those that rest. */
  private forgetOne(): void {
    for (const [key, unit] of this.units) {
      if (unit.isBusy) continue;
      this.units.delete(key);
      return;
    }
  }

  private nameOf(table: Table): string {
    return tableName(this.options.prefix, table);
  }

  private begin(): void {
    this.open += 1;
  }

  private finish(answer: () => void): void {
    this.open -= 1;
    answer();
    if (this.open > 0 || this.whenIdle === null) return;
    this.whenIdle();
    this.whenIdle = null;
  }

  private readFailed(what: string, error: unknown): { readonly kind: 'unavailable' } {
    if (!(error instanceof HBaseError)) rethrow(error);
    this.report(what, error);
    return { kind: 'unavailable' };
  }

  private report(what: string, error: HBaseError): void {
    this.options.report?.(`${what}: ${error.message}`);
  }
}

/** An error that is no answer of HBase is one of this program: it ends it. */
function rethrow(error: unknown): never {
  throw error;
}

function changesOf(ops: Uint8Array): Change[] {
  const own = ops.slice();
  const changes: Change[] = [];
  forEachRow(own, (op, _table, keyAt, valueAt, end) => {
    changes.push({ row: own.subarray(keyAt, valueAt), value: op === RowOp.put ? own.subarray(valueAt, end) : null });
  });
  return changes;
}

function copyOf(bytes: Uint8Array | null): Uint8Array | null {
  return bytes === null ? null : bytes.slice();
}

function mutationOf(row: Uint8Array, value: Uint8Array | null, timestamp: number): Mutation {
  if (value === null) return { kind: 'delete', row, family, qualifier, timestamp };
  return { kind: 'put', row, family, qualifier, value, timestamp };
}

function rowOf({ row, cells }: HBaseRow): Row {
  return { key: row, value: cells[0].value };
}
