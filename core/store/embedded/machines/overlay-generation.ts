/**
 * Rows of a run of durable records, found by key and by unit, without an object or a copy a row.
 *
 * Method: rows stay in their record's buffer. A row of this generation is an entry in four integer columns (hash, record,
 * place in the record, next entry of the same unit); a key written again moves its entry. Two open-addressed tables lead to
 * entries: by key, and from a unit to its newest entry. A generation is dropped whole, so nothing is ever removed. Rows are entered when
 * somebody first asks: a busy store whose conversations are all in memory is hardly ever read, and most generations are dropped unasked.
 */
import { equalRanges } from '../../../model/byte-order.ts';
import { rowHeaderBytes, rowKeyBytes, rowValueBytes } from '../../../model/row-batch.ts';
import { Table } from '../../port.ts';

const capacityStart = 64;
const none = -1;

export interface OverlayRecord {
  readonly lsn: number;
  readonly buffer: Uint8Array;
  /** Where its rows stand. */
  readonly from: number;
  readonly to: number;
}

export class OverlayGeneration {
  readonly records: OverlayRecord[] = [];
  bytes = 0;
  firstAtMs = 0;
  /** Records whose rows are entered. */
  #entered = 0;
  #count = 0;
  #hash = new Int32Array(capacityStart);
  #record = new Int32Array(capacityStart);
  #at = new Int32Array(capacityStart);
  #nextInUnit = new Int32Array(capacityStart);
  /** Twice as long as the columns; entry + 1, 0 is free. */
  #byKey = new Int32Array(capacityStart * 2);
  #byUnit = new Int32Array(capacityStart * 2);

  /** Rows, numbered from 0. */
  get count(): number {
    this.enter();
    return this.#count;
  }

  get lastLsn(): number {
    return this.records.length === 0 ? 0 : this.records[this.records.length - 1].lsn;
  }

  /** Empties it for another use; the columns stay. */
  reset(): void {
    this.records.length = 0;
    this.bytes = 0;
    this.#entered = 0;
    if (this.#count === 0) return;
    this.#count = 0;
    this.#byKey.fill(0);
    this.#byUnit.fill(0);
  }

  /** Takes the rows `buffer[from, to)` of a record newer than all before. */
  add(lsn: number, buffer: Uint8Array, from: number, to: number): void {
    this.records.push({ lsn, buffer, from, to });
    this.bytes += to - from;
  }

  /** Entry of the row, -1 when this generation has none. */
  find(hash: number, table: number, key: Uint8Array): number {
    this.enter();
    const mask = this.#byKey.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const entry = this.#byKey[slot] - 1;
      if (entry === none) return none;
      if (this.#hash[entry] === hash && this.#hasKey(entry, table, key, 0, key.length)) return entry;
    }
  }

  /** Calls `visit` with each entry of the unit, in no order. */
  forEachOfUnit(unit: number, visit: (entry: number) => void): void {
    this.enter();
    const slot = this.#unitSlot(unit);
    for (let entry = this.#byUnit[slot] - 1; entry !== none; entry = this.#nextInUnit[entry]) visit(entry);
  }

  forEach(visit: (entry: number) => void): void {
    this.enter();
    for (let entry = 0; entry < this.#count; entry += 1) visit(entry);
  }

  bufferOf(entry: number): Uint8Array {
    return this.records[this.#record[entry]].buffer;
  }

  /** Where the row's header begins in `bufferOf(entry)`. */
  placeOf(entry: number): number {
    return this.#at[entry];
  }

  /** Enters the rows of records that came since somebody last asked; done early it spreads the work. */
  enter(): void {
    for (; this.#entered < this.records.length; this.#entered += 1) {
      const { buffer, from, to } = this.records[this.#entered];
      for (let at = from; at < to; at += rowHeaderBytes + rowKeyBytes(buffer, at) + rowValueBytes(buffer, at)) {
        this.#addRow(buffer, this.#entered, at);
      }
    }
  }

  #addRow(buffer: Uint8Array, record: number, at: number): void {
    const table = buffer[at + 1];
    const keyAt = at + rowHeaderBytes;
    const keyEnd = keyAt + rowKeyBytes(buffer, at);
    const hash = hashKey(table, buffer, keyAt, keyEnd);
    const mask = this.#byKey.length - 1;
    let slot = hash & mask;
    for (; ; slot = (slot + 1) & mask) {
      const entry = this.#byKey[slot] - 1;
      if (entry === none) break;
      if (this.#hash[entry] === hash && this.#hasKey(entry, table, buffer, keyAt, keyEnd)) {
        this.#record[entry] = record;
        this.#at[entry] = at;
        return;
      }
    }
    const entry = this.#count;
    this.#byKey[slot] = entry + 1;
    this.#hash[entry] = hash;
    this.#record[entry] = record;
    this.#at[entry] = at;
    const unitSlot = this.#unitSlot(unitOfKey(table, buffer, keyAt));
    this.#nextInUnit[entry] = this.#byUnit[unitSlot] - 1;
    this.#byUnit[unitSlot] = entry + 1;
    this.#count += 1;
    if (this.#count === this.#hash.length) this.#grow();
  }

  #hasKey(entry: number, table: number, bytes: Uint8Array, from: number, to: number): boolean {
    const buffer = this.records[this.#record[entry]].buffer;
    const at = this.#at[entry];
    return (
      buffer[at + 1] === table && rowKeyBytes(buffer, at) === to - from && equalRanges(buffer, at + rowHeaderBytes, bytes, from, to - from)
    );
  }

  #unitSlot(unit: number): number {
    const mask = this.#byUnit.length - 1;
    for (let slot = mix(unit) & mask; ; slot = (slot + 1) & mask) {
      const entry = this.#byUnit[slot] - 1;
      if (entry === none || this.#unitOf(entry) === unit) return slot;
    }
  }

  #unitOf(entry: number): number {
    const buffer = this.records[this.#record[entry]].buffer;
    const at = this.#at[entry];
    return unitOfKey(buffer[at + 1], buffer, at + rowHeaderBytes);
  }

  #grow(): void {
    const capacity = this.#hash.length * 2;
    this.#hash = longer(this.#hash, capacity);
    this.#record = longer(this.#record, capacity);
    this.#at = longer(this.#at, capacity);
    this.#nextInUnit = longer(this.#nextInUnit, capacity);
    this.#byKey = new Int32Array(capacity * 2);
    const mask = this.#byKey.length - 1;
    for (let entry = 0; entry < this.#count; entry += 1) {
      let slot = this.#hash[entry] & mask;
      while (this.#byKey[slot] !== 0) slot = (slot + 1) & mask;
      this.#byKey[slot] = entry + 1;
    }
    const heads = this.#byUnit;
    this.#byUnit = new Int32Array(capacity * 2);
    for (const head of heads) {
      if (head !== 0) this.#byUnit[this.#unitSlot(this.#unitOf(head - 1))] = head;
    }
  }
}

/** Hash of a row's name. */
export function hashKey(table: number, bytes: Uint8Array, from: number, to: number): number {
  let hash = 0x811c9dc5 ^ table;
  for (let index = from; index < to; index += 1) hash = Math.imul(hash ^ bytes[index], 0x01000193);
  return mix(hash);
}

/** Number of the unit (table, partition, slot) in which a key lies; the cluster table is one unit. */
export function unitOfKey(table: number, bytes: Uint8Array, keyAt: number): number {
  if (table === Table.cluster) return table << 24;
  return (table << 24) | (bytes[keyAt] << 16) | (bytes[keyAt + 1] << 8) | bytes[keyAt + 2];
}

function mix(value: number): number {
  const high = Math.imul(value ^ (value >>> 16), 0x45d9f3b);
  return high ^ (high >>> 15);
}

function longer(column: Int32Array, capacity: number): Int32Array<ArrayBuffer> {
  const next = new Int32Array(capacity);
  next.set(column);
  return next;
}
