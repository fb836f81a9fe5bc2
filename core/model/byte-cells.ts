/**
 * Short runs of bytes, each under a small number: where state that rests lies, beside the heap, at no cost to the garbage collector.
 *
 * Method: chunks are cut into cells of a multiple of 32 bytes, the run's length in the first two. A cell that was freed waits in the list
 * of its size, linked through its own bytes. Chunks are never given back: what rested once will rest again.
 */
import type { FrameReader } from '../protocol/reader.ts';

const unitBytes = 32;
const chunkUnits = 2048;
/** Largest cell. */
const unitsMax = 32;
const lengthBytes = 2;

export class ByteCells {
  private readonly chunks: Uint8Array[] = [];
  /** First unit that was never used. */
  private nextUnit = 0;
  /** First free cell of each size in units, plus one; 0: none. */
  private readonly firstFree = new Int32Array(unitsMax + 1);
  /** Cells that hold something. */
  count = 0;

  /** Bytes of all chunks. */
  get byteLength(): number {
    return this.chunks.length * chunkUnits * unitBytes;
  }

  /** Copies `bytes[start, end)`; returns the cell, or -1 when it is too long for any. */
  put(bytes: Uint8Array, start: number, end: number): number {
    const length = end - start;
    const units = unitsFor(length);
    if (units > unitsMax) return -1;
    const cell = this.take(units);
    const chunk = this.chunkOf(cell);
    const at = placeOf(cell);
    chunk[at] = length >>> 8;
    chunk[at + 1] = length;
    for (let from = start, to = at + lengthBytes; from < end; from++, to++) chunk[to] = bytes[from];
    this.count += 1;
    return cell;
  }

  /** Lets `reader` read the cell. */
  open(cell: number, reader: FrameReader): void {
    const start = placeOf(cell) + lengthBytes;
    reader.reset(this.chunkOf(cell), start, start + this.lengthOf(cell));
  }

  free(cell: number): void {
    const units = unitsFor(this.lengthOf(cell));
    this.link(cell, units);
    this.count -= 1;
  }

  private take(units: number): number {
    const free = this.firstFree[units] - 1;
    if (free >= 0) {
      const chunk = this.chunkOf(free);
      const at = placeOf(free);
      this.firstFree[units] = (chunk[at] << 24) | (chunk[at + 1] << 16) | (chunk[at + 2] << 8) | chunk[at + 3];
      return free;
    }
    const left = this.chunks.length * chunkUnits - this.nextUnit;
    if (left < units) {
      // The chunk's end becomes a free cell of its own.
      if (left > 0) this.link(this.nextUnit, left);
      this.nextUnit = this.chunks.length * chunkUnits;
      this.chunks.push(new Uint8Array(chunkUnits * unitBytes));
    }
    const cell = this.nextUnit;
    this.nextUnit += units;
    return cell;
  }

  /** Puts a cell at the head of its size's free list. */
  private link(cell: number, units: number): void {
    const next = this.firstFree[units];
    const chunk = this.chunkOf(cell);
    const at = placeOf(cell);
    chunk[at] = next >>> 24;
    chunk[at + 1] = next >>> 16;
    chunk[at + 2] = next >>> 8;
    chunk[at + 3] = next;
    this.firstFree[units] = cell + 1;
  }

  private lengthOf(cell: number): number {
    const chunk = this.chunkOf(cell);
    const at = placeOf(cell);
    return (chunk[at] << 8) | chunk[at + 1];
  }

  private chunkOf(cell: number): Uint8Array {
    return this.chunks[Math.floor(cell / chunkUnits)];
  }
}

function unitsFor(length: number): number {
  return Math.ceil((lengthBytes + length) / unitBytes);
}

function placeOf(cell: number): number {
  return (cell % chunkUnits) * unitBytes;
}
