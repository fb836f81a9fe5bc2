/**
 * The failed-request log: sends by HTTP that found the store down, kept on the node's own disk until they were sent again (DESIGN 4).
 *
 * Method: an embedded store of its own (its journal acknowledges, its recovery finds what was acknowledged) with one unit: the fence row
 * holds the last id and a counter of records, each entry is a row behind it. What comes while a record is being written goes
 * with the next. An entry that could not be written is refused: its sender is told so, as if there were no log.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { equalBytes } from '../../model/byte-order.ts';
import { RowBatch } from '../../model/row-batch.ts';
import { openEmbeddedStore } from '../embedded/embedded-store.ts';
import { type Row, type ScanRequest, type ScanResult, type Store, type StoreWrite, Table, type WriteOutcome } from '../port.ts';
import { type FailedEntry, readEntry, writeEntry } from './entry.ts';
import { failedLogLimits as limits } from './limits.ts';

export { type FailedEntry, readEntry } from './entry.ts';

/** Its disk does not answer reads at the moment. */
export class UnreadableError extends Error {
  override readonly name = 'UnreadableError';
  override readonly message = 'the failed-request log cannot be read';
}

/** A row put or removed (`value: null`). */
interface Change {
  readonly id: number;
  readonly value: Uint8Array | null;
  readonly done: (isDurable: boolean) => void;
}

const table = Table.users;
const fenceKey = Uint8Array.of(0, 0, 0, 0);
const entryTag = 1;

export class FailedLog {
  /** Entries in it. */
  size = 0;
  bytes = 0;
  private readonly store: Store;
  private fence: Uint8Array | null = null;
  private lastId = 0;
  private records = 0;
  private waiting: Change[] = [];
  private isWriting = false;
  /** A record may or may not have been written: the fence is read before the next. */
  private isUnsure = false;

  private constructor(store: Store) {
    this.store = store;
  }

  /** @throws StoreDamagedError, StoreUnavailableError */
  static async open(directory: string, report: (what: string) => void): Promise<FailedLog> {
    return FailedLog.on(await openEmbeddedStore(directory, { limits: limits.journal, report }));
  }

  /** The log in a store of its own, which it closes. @throws UnreadableError */
  static async on(store: Store): Promise<FailedLog> {
    const log = new FailedLog(store);
    await log.readFence();
    for (let after = 0; ; ) {
      const rows = await log.rowsAfter(after);
      log.size += rows.length;
      for (const { value } of rows) log.bytes += value.length;
      if (rows.length === 0) return log;
      after = idOf(rows[rows.length - 1]);
    }
  }

  /** Keeps a send. @returns its id once it is durable; null: it was not kept (the log or the disk is full) */
  async add(name: string, frame: Uint8Array, atMs: number): Promise<number | null> {
    const value = writeEntry({ atMs, name, frame });
    const isFull = this.size >= limits.entriesMax || this.bytes + value.length > limits.bytesMax;
    if (isFull || this.waiting.length >= limits.changesWaitingMax) return null;
    this.lastId += 1;
    const id = this.lastId;
    this.size += 1;
    this.bytes += value.length;
    if (await this.change(id, value)) return id;
    this.size -= 1;
    this.bytes -= value.length;
    return null;
  }

  /** Forgets an entry. @returns whether that is durable: else it will be found again */
  async remove({ id, name, frame }: FailedEntry): Promise<boolean> {
    if (!(await this.change(id, null))) return false;
    this.size -= 1;
    this.bytes -= writeEntry({ atMs: 0, name, frame }).length;
    return true;
  }

  /** The oldest entries with ids above `id`; none: there are no more. @throws UnreadableError */
  async after(id: number): Promise<FailedEntry[]> {
    return (await this.rowsAfter(id)).map((row) => readEntry(idOf(row), row.value));
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.store.close(resolve));
  }

  private change(id: number, value: Uint8Array | null): Promise<boolean> {
    return new Promise((resolve) => {
      this.waiting.push({ id, value, done: resolve });
      if (!this.isWriting) void this.writeAll();
    });
  }

  private async writeAll(): Promise<void> {
    this.isWriting = true;
    while (this.waiting.length > 0) {
      const changes = this.waiting.splice(0, limits.changesPerRecordMax);
      const isDurable = await this.writeRecord(changes).catch(falseIfUnreadable);
      for (const { done } of changes) done(isDurable);
    }
    this.isWriting = false;
  }

  private async writeRecord(changes: readonly Change[]): Promise<boolean> {
    if (this.isUnsure) await this.readFence();
    const next = fenceOf(this.lastId, this.records + 1);
    const rows = new RowBatch();
    rows.put(table, fenceKey, next);
    for (const { id, value } of changes) {
      if (value === null) rows.delete(table, entryKey(id));
      else rows.put(table, entryKey(id), value);
    }
    const unit = { table, partition: 0, slot: 0, fenceKey, expectedFence: this.fence };
    const write: StoreWrite = { id: this.records + 1, ...unit, ops: rows.bytes, opCount: rows.count };
    for (let made = 1; made <= limits.attemptsMax; made += 1) {
      const outcome = await new Promise<WriteOutcome>((resolve) => this.store.write(write, resolve));
      if (outcome.kind === 'ok' || (outcome.kind === 'conditionFalse' && (await this.isFence(next)))) {
        this.fence = next;
        this.records += 1;
        return true;
      }
      if (outcome.kind === 'failed' && !this.isUnsure) return false;
      // The same bytes again: nothing else may take their place.
      this.isUnsure = true;
      await delay(limits.attemptMs);
    }
    return false;
  }

  private async isFence(value: Uint8Array): Promise<boolean> {
    await this.readFence();
    return this.fence !== null && equalBytes(this.fence, value);
  }

  private async readFence(): Promise<void> {
    const value = await new Promise<Uint8Array | null>((resolve, reject) =>
      this.store.get(table, fenceKey, (result) => (result.kind === 'ok' ? resolve(result.value) : reject(new UnreadableError()))),
    );
    this.isUnsure = false;
    this.fence = value?.slice() ?? null;
    if (value === null) return;
    const view = new DataView(value.buffer, value.byteOffset, value.length);
    this.lastId = Math.max(this.lastId, Number(view.getBigUint64(0)));
    this.records = Number(view.getBigUint64(8));
  }

  private async rowsAfter(id: number): Promise<readonly Row[]> {
    const request: ScanRequest = {
      table,
      start: entryKey(id + 1),
      end: Uint8Array.of(0, 0, 0, entryTag + 1),
      limit: limits.pageEntries,
      reverse: false,
      bytesMax: limits.pageBytes,
    };
    const result = await new Promise<ScanResult>((resolve) => this.store.scan(request, resolve));
    if (result.kind !== 'ok') throw new UnreadableError();
    return result.rows;
  }
}

/** A record of which the fence cannot be read is not durable as far as is known; the next one asks again. */
function falseIfUnreadable(error: unknown): false {
  if (error instanceof UnreadableError) return false;
  throw error;
}

function fenceOf(lastId: number, records: number): Uint8Array {
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(lastId));
  view.setBigUint64(8, BigInt(records));
  return bytes;
}

function entryKey(id: number): Uint8Array {
  const bytes = new Uint8Array(12);
  bytes[3] = entryTag;
  new DataView(bytes.buffer).setBigUint64(4, BigInt(id));
  return bytes;
}

function idOf({ key }: Row): number {
  return Number(new DataView(key.buffer, key.byteOffset, key.length).getBigUint64(4));
}
