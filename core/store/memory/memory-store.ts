/**
 * The memory model of a store: what every store must answer, without time, failures or I/O. The simulator adds those
 * around it; the conformance suite compares the other stores with it.
 *
 * Method: one sorted map a table; a write checks its fence bytes and then applies all rows at once. Synchronous and
 * sans-IO: answers are return values.
 */
import { compareBytes, equalBytes } from '../../model/byte-order.ts';
import { forEachRow } from '../../model/row-batch.ts';
import { type Row, RowOp, type ScanRequest, type StoreWrite, Table } from '../port.ts';
import { checkWrite } from '../write-rules.ts';
import { SortedRows } from './sorted-rows.ts';

/** What a write or a compare-and-set did. */
export type MemoryOutcome = 'ok' | 'conditionFalse';

export interface ScanPage {
  readonly rows: Row[];
  /** The range holds rows beyond those given. */
  readonly more: boolean;
}

export class MemoryStore {
  readonly #tables = new Map<number, SortedRows>(Object.values(Table).map((table) => [table, new SortedRows()]));

  /** Rows in all tables. */
  get size(): number {
    let rows = 0;
    for (const table of this.#tables.values()) rows += table.size;
    return rows;
  }

  /** Applies all rows of the write if the fence row holds the expected bytes; copies what it keeps. */
  write(write: StoreWrite): MemoryOutcome {
    checkWrite(write);
    if (!this.expects(write)) return 'conditionFalse';
    this.apply(write.ops);
    return 'ok';
  }

  /** Joined writes of several units: all of them if all their conditions hold, else none. */
  writeTogether(writes: readonly StoreWrite[]): MemoryOutcome {
    for (const write of writes) checkWrite(write);
    if (!writes.every((write) => this.expects(write))) return 'conditionFalse';
    for (const write of writes) this.apply(write.ops);
    return 'ok';
  }

  /** Whether the write's fence row holds what it expects. */
  expects(write: StoreWrite): boolean {
    return holds(this.get(write.table, write.fenceKey), write.expectedFence);
  }

  /** Applies an encoded run without a condition (restore, replay of a model). */
  apply(ops: Uint8Array): void {
    forEachRow(ops, (op, table, keyAt, valueAt, end) => {
      const rows = this.#rows(table);
      const key = ops.slice(keyAt, valueAt);
      if (op === RowOp.put) rows.set(key, ops.slice(valueAt, end));
      else rows.delete(key);
    });
  }

  /** The value as the store keeps it: not to be changed. */
  get(table: Table, key: Uint8Array): Uint8Array | null {
    return this.#rows(table).get(key);
  }

  /** Rows as the store keeps them: not to be changed. */
  scan(request: ScanRequest): ScanPage {
    const rows: Row[] = [];
    let bytes = 0;
    let more = false;
    if (compareBytes(request.start, request.end) >= 0) return { rows, more };
    this.#rows(request.table).walk(request.start, request.end, request.reverse, (row) => {
      if (rows.length >= request.limit || (rows.length > 0 && bytes >= request.bytesMax)) {
        more = true;
        return false;
      }
      rows.push(row);
      bytes += row.key.length + row.value.length;
      return true;
    });
    return { rows, more };
  }

  /** Cluster rows: sets `key` only if it holds `expected` now. */
  compareAndSet(key: Uint8Array, expected: Uint8Array | null, value: Uint8Array): MemoryOutcome {
    const rows = this.#rows(Table.cluster);
    if (!holds(rows.get(key), expected)) return 'conditionFalse';
    rows.set(key.slice(), value.slice());
    return 'ok';
  }

  #rows(table: number): SortedRows {
    const rows = this.#tables.get(table);
    if (rows === undefined) throw new Error(`no table ${table}`);
    return rows;
  }
}

function holds(value: Uint8Array | null, expected: Uint8Array | null): boolean {
  if (value === null || expected === null) return value === expected;
  return equalBytes(value, expected);
}
