/**
 * The rows on which conditions lie, as every record in line leaves them, durable or not (DESIGN 7, F13).
 *
 * Method: a cell a row, read from the index the first time it is asked for and from then on moved by each batch that
 * takes its place in line. A full store has 230,400 fences of units a table: their cells lie in chunks and are found by number, so that
 * a unit costs 36 bytes and nothing is copied when they grow. Cluster rows are few and may be long, so they are kept by their key.
 */
import { equalRanges } from '../../../model/byte-order.ts';
import { slotsPerPartition } from '../../../model/partition.ts';
import type { StoreWrite } from '../../port.ts';
import { fenceBytesMax } from '../../write-rules.ts';

const cellBytes = fenceBytesMax + 1;
/** Length byte of a cell whose row does not exist. */
const absent = 255;
const cellsPerChunk = 1024;

export class ConditionLine {
  /** By table and partition: of each slot the number of its cell, from 1; 0: not known. */
  readonly #cellOfSlot = new Map<number, Int32Array>();
  readonly #chunks: Uint8Array[] = [];
  #units = 0;
  readonly #cluster = new Map<string, Uint8Array | null>();

  get units(): number {
    return this.#units;
  }

  hasUnit(unit: number): boolean {
    return this.#cellOf(unit) !== 0;
  }

  /** Whether the unit's fence, as the line leaves it, is `expected`. The unit must be known. */
  unitHolds(unit: number, expected: Uint8Array | null): boolean {
    const cell = this.#cellOf(unit);
    if (cell === 0) throw new Error(`unit ${unit} is not in the line`);
    const chunk = this.#chunkOf(cell);
    const at = placeOf(cell);
    const length = chunk[at];
    if (expected === null || length === absent) return expected === null && length === absent;
    return expected.length === length && equalRanges(chunk, at + 1, expected, 0, length);
  }

  /** The fence becomes `bytes[from, to)`; `null`: the row does not exist. */
  setUnit(unit: number, bytes: Uint8Array | null, from: number, to: number): void {
    const known = this.#cellOf(unit);
    const cell = known === 0 ? this.#add(unit) : known;
    const chunk = this.#chunkOf(cell);
    const at = placeOf(cell);
    if (bytes === null) {
      chunk[at] = absent;
      return;
    }
    chunk[at] = to - from;
    for (let index = from; index < to; index += 1) chunk[at + 1 + index - from] = bytes[index];
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

  #cellOf(unit: number): number {
    return this.#cellOfSlot.get(Math.floor(unit / slotsPerPartition))?.[unit % slotsPerPartition] ?? 0;
  }

  #chunkOf(cell: number): Uint8Array {
    return this.#chunks[Math.floor((cell - 1) / cellsPerChunk)];
  }

  #add(unit: number): number {
    const partition = Math.floor(unit / slotsPerPartition);
    const cells = this.#cellOfSlot.get(partition) ?? new Int32Array(slotsPerPartition);
    this.#cellOfSlot.set(partition, cells);
    if (this.#units % cellsPerChunk === 0) this.#chunks.push(new Uint8Array(cellsPerChunk * cellBytes));
    this.#units += 1;
    cells[unit % slotsPerPartition] = this.#units;
    return this.#units;
  }
}

function placeOf(cell: number): number {
  return ((cell - 1) % cellsPerChunk) * cellBytes;
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
