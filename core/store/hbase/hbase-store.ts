/**
 * The store port on HBase (DESIGN 7): a batch is one MutateRows on the condition of its fence, or a part of one with others (joined-writes.ts).
 *
 * Writes of a unit are sent one after the other, in the order of the calls. Nothing is repeated here once an attempt may have been applied:
 * the caller sends the same bytes again. A definite failure is one the client knows to be thrown before the log (core/hbase/errors.ts).
 * Reads and writes share one cache of locations, so a read never goes to an older place than the write before it.
 */
import { Durability, HBaseClient, HBaseError, type HBaseOptions, type Row as HBaseRow } from '../../hbase/index.ts';
import { compareBytes } from '../../model/byte-order.ts';
import type { JoinCounts } from '../joiner.ts';
import {
  type GetResult,
  type Row,
  type ScanRequest,
  type ScanResult,
  type Store,
  type StoreWrite,
  Table,
  type WriteOutcome,
} from '../port.ts';
import { checkWrite, StoreUsageError } from '../write-rules.ts';
import { changesOf, copyOf, JoinedWrites, type WriteCounts, type WriteJob } from './joined-writes.ts';
import { hbaseStoreLimits as limits } from './limits.ts';
import { tableName } from './tables.ts';

export interface HBaseStoreOptions {
  readonly client: HBaseOptions;
  /** Before the name of each table. */
  readonly prefix: string;
  /** Answers come when the rows are on the disks of all replicas, not in their memory only. */
  readonly fsync?: boolean;
  /** Batches of several slots of a region go in one call [true]. */
  readonly joins?: boolean;
  /** Told of failures, for the log. */
  readonly report?: (what: string) => void;
}

/** For metrics: writes by their outcome, calls and what they joined, reads; and what is not answered yet. */
export interface HBaseStoreCounts extends WriteCounts, JoinCounts {
  readonly reads: number;
  readonly open: number;
}

export class HBaseStore implements Store {
  private readonly client: HBaseClient;
  private readonly options: HBaseStoreOptions;
  private readonly writes: JoinedWrites;
  private reads = 0;
  private open = 0;
  private whenIdle: (() => void) | null = null;

  constructor(options: HBaseStoreOptions) {
    this.client = new HBaseClient(options.client);
    this.options = options;
    this.writes = new JoinedWrites(this.client, {
      nameOf: (table) => this.nameOf(table),
      durability: options.fsync === true ? Durability.fsync : Durability.sync,
      joins: options.joins ?? true,
      report: (what, error) => this.report(what, error),
    });
  }

  stats(): HBaseStoreCounts {
    const { counts, joiner } = this.writes;
    return { ...counts, ...joiner.counts, reads: this.reads, open: this.open };
  }

  write(request: StoreWrite, done: (outcome: WriteOutcome) => void): void {
    checkWrite(request);
    this.enqueue(request.table, request.fenceKey, {
      expected: copyOf(request.expectedFence),
      changes: changesOf(request.ops),
      byteLength: request.ops.length,
      done,
    });
  }

  compareAndSet(key: Uint8Array, expected: Uint8Array | null, value: Uint8Array, done: (outcome: WriteOutcome) => void): void {
    this.enqueue(Table.cluster, key, {
      expected: copyOf(expected),
      changes: [{ row: key.slice(), value: value.slice() }],
      byteLength: value.length,
      done,
    });
  }

  get(table: Table, key: Uint8Array, done: (result: GetResult) => void): void {
    this.begin();
    this.reads += 1;
    this.client.get(this.nameOf(table), { row: key.slice() }).then(
      (cells) => this.finish(() => done({ kind: 'ok', value: cells.length === 0 ? null : cells[0].value })),
      (error: unknown) => this.finish(() => done(this.readFailed('get', error))),
    );
  }

  scan(request: ScanRequest, done: (result: ScanResult) => void): void {
    this.begin();
    this.reads += 1;
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

  private enqueue(table: Table, fenceKey: Uint8Array, job: WriteJob): void {
    if (this.open >= limits.writesMax) {
      queueMicrotask(() => job.done({ kind: 'failed', reason: 'busy' }));
      return;
    }
    // HBase says "must not exist" as "equals nothing": a fence or cluster row of no bytes could not be told from none.
    if (job.expected?.length === 0 || job.changes[0].value?.length === 0) throw new StoreUsageError('a fence or cluster row of no bytes');
    this.begin();
    this.writes.write(table, fenceKey, { ...job, done: (outcome) => this.finish(() => job.done(outcome)) });
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

function rowOf({ row, cells }: HBaseRow): Row {
  return { key: row, value: cells[0].value };
}
