/**
 * What is durable and not yet in the index, for reads (DESIGN 7, F12).
 *
 * Method: generations, newest first. A read takes its index snapshot first and asks here when that has arrived, so what was
 * applied meanwhile must still be here: a generation goes only once it is applied *and* every read that had begun before has
 * ended. Buffers of records go back to the pool with their generation.
 */
import { compareRanges } from '../../../model/byte-order.ts';
import { rowHeaderBytes, rowKeyBytes, rowValueBytes } from '../../../model/row-batch.ts';
import { RowOp, Table } from '../../port.ts';
import type { EmbeddedLimits } from './limits.ts';
import { hashKey, OverlayGeneration, unitOfKey } from './overlay-generation.ts';
import type { BufferPool } from './ports.ts';

/** One row of the overlay: its header begins at `at` in `buffer`. */
export interface OverlayRow {
  readonly buffer: Uint8Array;
  readonly at: number;
}

interface Drop {
  readonly appliedLsn: number;
  /** Reads numbered up to this had begun. */
  readonly lastRead: number;
}

const sparesMax = 4;

export class Overlay {
  readonly #limits: EmbeddedLimits;
  readonly #buffers: BufferPool;
  /** Oldest first. */
  readonly #generations: OverlayGeneration[] = [];
  readonly #spares: OverlayGeneration[] = [];
  readonly #openReads = new Set<number>();
  #lastRead = 0;
  readonly #drops: Drop[] = [];

  constructor(limits: EmbeddedLimits, buffers: BufferPool) {
    this.#limits = limits;
    this.#buffers = buffers;
  }

  get bytes(): number {
    let bytes = 0;
    for (const generation of this.#generations) bytes += generation.bytes;
    return bytes;
  }

  /** Takes a durable record, and its buffer until it is applied. */
  add(lsn: number, buffer: Uint8Array, from: number, to: number, nowMs: number): void {
    const last = this.#generations[this.#generations.length - 1];
    const full = last === undefined || last.bytes >= this.#limits.generationBytesMax || nowMs - last.firstAtMs >= this.#limits.generationMs;
    const generation = full ? this.#nextGeneration(nowMs) : last;
    generation.add(lsn, buffer, from, to);
  }

  /** The index shows every record up to this one to reads that begin from now on. */
  applied(lsn: number): void {
    this.#drops.push({ appliedLsn: lsn, lastRead: this.#lastRead });
    this.#sweep();
  }

  /** Number of a read that takes its index snapshot after this call. */
  beginRead(): number {
    this.#lastRead += 1;
    this.#openReads.add(this.#lastRead);
    return this.#lastRead;
  }

  endRead(read: number): void {
    this.#openReads.delete(read);
    this.#sweep();
  }

  /** The row's newest operation, `null` when the overlay has none. */
  find(table: Table, key: Uint8Array): OverlayRow | null {
    const hash = hashKey(table, key, 0, key.length);
    for (let index = this.#generations.length - 1; index >= 0; index -= 1) {
      const generation = this.#generations[index];
      const entry = generation.find(hash, table, key);
      if (entry >= 0) return { buffer: generation.bufferOf(entry), at: generation.placeOf(entry) };
    }
    return null;
  }

  /** Newest operation of each row with `start <= key < end`, ascending. */
  collect(table: Table, start: Uint8Array, end: Uint8Array): OverlayRow[] {
    const found: OverlayRow[] = [];
    const unit = unitOfRange(table, start, end);
    for (let index = this.#generations.length - 1; index >= 0; index -= 1) {
      const generation = this.#generations[index];
      const take = (entry: number): void => {
        const row = { buffer: generation.bufferOf(entry), at: generation.placeOf(entry) };
        if (row.buffer[row.at + 1] === table && keyAgainst(row, start) >= 0 && keyAgainst(row, end) < 0) found.push(row);
      };
      if (unit === null) generation.forEach(take);
      else generation.forEachOfUnit(unit, take);
    }
    // The sort is stable and newer generations were visited first, so the first of equal keys is the newest.
    found.sort((left, right) => compareRanges(left.buffer, keyAt(left), keyEnd(left), right.buffer, keyAt(right), keyEnd(right)));
    return found.filter((row, index) => index === 0 || !sameKey(found[index - 1], row));
  }

  #nextGeneration(nowMs: number): OverlayGeneration {
    const generation = this.#spares.pop() ?? new OverlayGeneration();
    generation.firstAtMs = nowMs;
    this.#generations.push(generation);
    return generation;
  }

  #sweep(): void {
    while (this.#drops.length > 0) {
      const oldestRead = this.#openReads.values().next().value;
      if (oldestRead !== undefined && oldestRead <= this.#drops[0].lastRead) return;
      const drop = this.#drops.shift();
      if (drop !== undefined) this.#dropUpTo(drop.appliedLsn);
    }
  }

  #dropUpTo(lsn: number): void {
    while (this.#generations.length > 0 && this.#generations[0].lastLsn <= lsn) {
      const generation = this.#generations.shift();
      if (generation === undefined) return;
      for (const record of generation.records) this.#buffers.give(record.buffer);
      generation.reset();
      if (this.#spares.length < sparesMax) this.#spares.push(generation);
    }
  }
}

export function isDelete(row: OverlayRow): boolean {
  return row.buffer[row.at] === RowOp.delete;
}

export function overlayKey(row: OverlayRow): Uint8Array {
  return row.buffer.slice(keyAt(row), keyEnd(row));
}

export function overlayValue(row: OverlayRow): Uint8Array {
  const from = keyEnd(row);
  return row.buffer.slice(from, from + rowValueBytes(row.buffer, row.at));
}

/** Order of the row's key against `key`. */
export function keyAgainst(row: OverlayRow, key: Uint8Array): number {
  return compareRanges(row.buffer, keyAt(row), keyEnd(row), key, 0, key.length);
}

function keyAt(row: OverlayRow): number {
  return row.at + rowHeaderBytes;
}

function keyEnd(row: OverlayRow): number {
  return row.at + rowHeaderBytes + rowKeyBytes(row.buffer, row.at);
}

function sameKey(left: OverlayRow, right: OverlayRow): boolean {
  return compareRanges(left.buffer, keyAt(left), keyEnd(left), right.buffer, keyAt(right), keyEnd(right)) === 0;
}

/** The one unit that holds the range, `null` when it may span several. */
function unitOfRange(table: Table, start: Uint8Array, end: Uint8Array): number | null {
  if (table === Table.cluster) return unitOfKey(table, start, 0);
  if (start.length < 3 || end.length < 3) return null;
  const first = unitOfKey(table, start, 0);
  const last = unitOfKey(table, end, 0);
  return last === first || (last === first + 1 && end.length === 3) ? first : null;
}
