/**
 * The rows on which conditions lie, as every record in line leaves them, durable or not (DESIGN 7, F13).
 *
 * Method: a cell a row, read from the index the first time it is asked for and from then on moved by each batch that
 * takes its place in line. Fences of units are found by number and kept in one slab, since a full store has 230,400 a
 * table; cluster rows are few and may be long, so they are kept by their key.
 */
import { equalRanges } from '../../../model/byte-order.ts';
import type { StoreWrite } from '../../port.ts';
import { fenceBytesMax } from '../../write-rules.ts';

const cellBytes = fenceBytesMax + 1;
/** Length byte of a cell whose row does not exist. */
const absent = 255;
const cellsStart = 16;

export class ConditionLine {
  readonly #cellOfUnit = new Map<number, number>();
  #cells = new Uint8Array(cellsStart * cellBytes);
  readonly #cluster = new Map<string, Uint8Array | null>();

  get units(): number {
    return this.#cellOfUnit.size;
  }

  hasUnit(unit: number): boolean {
    return this.#cellOfUnit.has(unit);
  }

  /** Whether the unit's fence, as the line leaves it, is `expected`. The unit must be known. */
  unitHolds(unit: number, expected: Uint8Array | null): boolean {
    const at = this.#cellAt(unit);
    const length = this.#cells[at];
    if (expected === null || length === absent) return expected === null && length === absent;
    return expected.length === length && equalRanges(this.#cells, at + 1, expected, 0, length);
  }

  /** The fence becomes `bytes[from, to)`; `null`: the row does not exist. */
  setUnit(unit: number, bytes: Uint8Array | null, from: number, to: number): void {
    if (!this.#cellOfUnit.has(unit)) {
      const index = this.#cellOfUnit.size;
      if ((index + 1) * cellBytes > this.#cells.length) this.#grow();
      this.#cellOfUnit.set(unit, index);
    }
    const at = this.#cellAt(unit);
    if (bytes === null) {
      this.#cells[at] = absent;
      return;
    }
    this.#cells[at] = to - from;
    for (let index = from; index < to; index += 1) this.#cells[at + 1 + index - from] = bytes[index];
  }

  hasCluster(key: string): boolean {
    return this.#cluster.has(key);
  }

  clusterHolds(key: string, expected: Uint8Array | null): boolean {
    const value = this.#cluster.get(key) ?? null;
    if (value === null || expected === null) return value === expected;
    return value.length === expected.length && equalRanges(value, 0, expected, 0, value.length);
  }

  setCluster(key: string, value: Uint8Array | null): void {
    this.#cluster.set(key, value);
  }

  #cellAt(unit: number): number {
    const index = this.#cellOfUnit.get(unit);
    if (index === undefined) throw new Error(`unit ${unit} is not in the line`);
    return index * cellBytes;
  }

  #grow(): void {
    const cells = new Uint8Array(this.#cells.length * 2);
    cells.set(this.#cells);
    this.#cells = cells;
  }
}

/** Number of the unit that a write goes to. */
export function unitOf(write: StoreWrite): number {
  return (write.table << 24) | (write.partition << 8) | write.slot;
}

/** A cluster row's key as a key of a map. */
export function keyString(key: Uint8Array): string {
  let text = '';
  for (const byte of key) text += String.fromCharCode(byte);
  return text;
}
