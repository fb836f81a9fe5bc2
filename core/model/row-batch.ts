/**
 * The encoded batch of the store port: a run of `[u8 op][u8 table][u16 keyBytes][u32 valueBytes][key][value]`, big-endian.
 *
 * Method: one growing arena that its owner resets and fills again. Keys and values are written in place (begin, fields,
 * end), so that a row costs no array of its own; readers get offsets into the run, never slices.
 */
import { RowOp, type Table } from '../store/port.ts';

/** Bytes before the key of every row. */
export const rowHeaderBytes = 8;
/** Longest key: its length is a u16 in the run. */
export const rowKeyBytesMax = 0xffff;

const arenaBytesStart = 1024;
const twoTo32 = 0x1_0000_0000;

/** Which part of a row the field writers fill now. */
const Part = { none: 0, key: 1, value: 2 } as const;
type Part = (typeof Part)[keyof typeof Part];

/**
 * Builds one batch. Whole rows: `put`, `delete`. In place: `beginPut(table)`, key fields, `beginValue()`, value fields,
 * `end()`; for a deletion `beginDelete(table)`, key fields, `end()`.
 */
export class RowBatch {
  #arena: Uint8Array;
  #view: DataView;
  #length = 0;
  #count = 0;
  #rowAt = 0;
  #valueAt = 0;
  #part: Part = Part.none;

  constructor(bytesStart: number = arenaBytesStart) {
    this.#arena = new Uint8Array(bytesStart);
    this.#view = new DataView(this.#arena.buffer);
  }

  /** Forgets all rows; the arena stays. */
  reset(): void {
    this.#length = 0;
    this.#count = 0;
    this.#part = Part.none;
  }

  /** Rows written. */
  get count(): number {
    return this.#count;
  }

  /** Bytes written. */
  get byteLength(): number {
    return this.#length;
  }

  /** The run as a view of the arena: valid until the next write or reset. */
  get bytes(): Uint8Array {
    return this.#arena.subarray(0, this.#length);
  }

  put(table: Table, key: Uint8Array, value: Uint8Array): void {
    this.beginPut(table);
    this.raw(key);
    this.beginValue();
    this.raw(value);
    this.end();
  }

  delete(table: Table, key: Uint8Array): void {
    this.beginDelete(table);
    this.raw(key);
    this.end();
  }

  beginPut(table: Table): void {
    this.#begin(RowOp.put, table);
  }

  beginDelete(table: Table): void {
    this.#begin(RowOp.delete, table);
  }

  /** The key is complete; what follows is the value. */
  beginValue(): void {
    if (this.#part !== Part.key || this.#arena[this.#rowAt] !== RowOp.put) throw new Error('beginValue: no key of a put before it');
    this.#endKey();
    this.#part = Part.value;
  }

  /** The row is complete. */
  end(): void {
    if (this.#part === Part.none) throw new Error('end: no row begun');
    if (this.#part === Part.key) {
      if (this.#arena[this.#rowAt] === RowOp.put) throw new Error('end: a put without a value');
      this.#endKey();
    }
    this.#view.setUint32(this.#rowAt + 4, this.#length - this.#valueAt);
    this.#part = Part.none;
    this.#count += 1;
  }

  u8(value: number): void {
    this.#reserve(1);
    this.#arena[this.#length] = value;
    this.#length += 1;
  }

  u16(value: number): void {
    this.#reserve(2);
    this.#view.setUint16(this.#length, value);
    this.#length += 2;
  }

  u32(value: number): void {
    this.#reserve(4);
    this.#view.setUint32(this.#length, value);
    this.#length += 4;
  }

  /** A whole number below 2^53 in eight bytes. */
  u53(value: number): void {
    this.#reserve(8);
    const high = Math.floor(value / twoTo32);
    this.#view.setUint32(this.#length, high);
    this.#view.setUint32(this.#length + 4, value - high * twoTo32);
    this.#length += 8;
  }

  /** 64 bits as two halves. */
  u64(high: number, low: number): void {
    this.#reserve(8);
    this.#view.setUint32(this.#length, high);
    this.#view.setUint32(this.#length + 4, low);
    this.#length += 8;
  }

  /** The bitwise complement of a number below 2^53, in eight bytes: newest first in a key. */
  u53Descending(value: number): void {
    const high = Math.floor(value / twoTo32);
    this.u64(~high >>> 0, ~(value - high * twoTo32) >>> 0);
  }

  raw(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#arena.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  #begin(op: RowOp, table: Table): void {
    if (this.#part !== Part.none) throw new Error('begin: the row before it has no end');
    this.#reserve(rowHeaderBytes);
    this.#rowAt = this.#length;
    this.#arena[this.#rowAt] = op;
    this.#arena[this.#rowAt + 1] = table;
    this.#length += rowHeaderBytes;
    this.#part = Part.key;
  }

  #endKey(): void {
    const keyBytes = this.#length - this.#rowAt - rowHeaderBytes;
    if (keyBytes > rowKeyBytesMax) throw new Error(`key of ${keyBytes} bytes`);
    this.#view.setUint16(this.#rowAt + 2, keyBytes);
    this.#valueAt = this.#length;
  }

  #reserve(bytes: number): void {
    const needed = this.#length + bytes;
    if (needed <= this.#arena.length) return;
    const arena = new Uint8Array(Math.max(needed, this.#arena.length * 2));
    arena.set(this.#arena.subarray(0, this.#length));
    this.#arena = arena;
    this.#view = new DataView(arena.buffer);
  }
}

/** Called once a row: `key` lies at `[keyAt, valueAt)` of the run, `value` at `[valueAt, end)`. */
export type RowVisitor = (op: number, table: number, keyAt: number, valueAt: number, end: number) => void;

/**
 * Walks the rows of `ops[from, to)` in order.
 * @returns the number of rows, or -1 when the run is malformed (rows before the fault were visited)
 */
export function forEachRow(ops: Uint8Array, visit: RowVisitor, from: number = 0, to: number = ops.length): number {
  let at = from;
  let count = 0;
  while (at < to) {
    if (at + rowHeaderBytes > to) return -1;
    const keyAt = at + rowHeaderBytes;
    const valueAt = keyAt + rowKeyBytes(ops, at);
    const end = valueAt + rowValueBytes(ops, at);
    if (end > to) return -1;
    visit(ops[at], ops[at + 1], keyAt, valueAt, end);
    at = end;
    count += 1;
  }
  return count;
}

/** Key length of the row whose header begins at `at`. */
export function rowKeyBytes(ops: Uint8Array, at: number): number {
  return (ops[at + 2] << 8) | ops[at + 3];
}

/** Value length of the row whose header begins at `at`. */
export function rowValueBytes(ops: Uint8Array, at: number): number {
  return ((ops[at + 4] << 24) | (ops[at + 5] << 16) | (ops[at + 6] << 8) | ops[at + 7]) >>> 0;
}
