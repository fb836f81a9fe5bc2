/**
 * Bytes under way: runs of frames between devices and nodes wait here until their event fires.
 *
 * Method: slots of four sizes in one arena each, with a free list; what is longer gets an array of its own. A handle is the slot's number and
 * size class in one whole number. An arena that grows is copied: a view taken before keeps the old one, whose content nobody changes.
 */
import { noBytes } from '../../core/protocol/bytes.ts';

const classBytes = [128, 512, 2048, 16_384] as const;
const longClass = classBytes.length;
const classShift = 28;
const slotMask = (1 << classShift) - 1;
const slotsStart = 64;
/** Shorter copies go byte by byte: a view costs more. */
const loopBytesMax = 40;

export class BytePool {
  /** Slots in use, and the most there were. */
  used = 0;
  usedMax = 0;
  readonly #arenas: Uint8Array[] = classBytes.map((bytes) => new Uint8Array(bytes * slotsStart));
  readonly #next: Int32Array[] = classBytes.map(() => new Int32Array(slotsStart));
  readonly #made: number[] = classBytes.map(() => 0);
  readonly #free: number[] = classBytes.map(() => -1);
  readonly #long = new Map<number, Uint8Array>();
  #longNext = 0;

  get arenaBytes(): number {
    return this.#arenas.reduce((sum, arena) => sum + arena.length, 0);
  }

  /** Copies `bytes[0, length)`; returns its handle. */
  put(bytes: Uint8Array, length: number): number {
    this.used += 1;
    if (this.used > this.usedMax) this.usedMax = this.used;
    let kind = 0;
    while (kind < longClass && classBytes[kind] < length) kind += 1;
    if (kind === longClass) return this.#putLong(bytes.slice(0, length));
    const slot = this.#take(kind);
    const arena = this.#arenas[kind];
    const at = slot * classBytes[kind];
    if (length <= loopBytesMax) for (let index = 0; index < length; index += 1) arena[at + index] = bytes[index];
    else arena.set(bytes.subarray(0, length), at);
    return (kind << classShift) | slot;
  }

  /** The array that holds the bytes put there, and where in it they begin. */
  arrayOf(handle: number): Uint8Array {
    const kind = handle >>> classShift;
    return kind === longClass ? (this.#long.get(handle & slotMask) ?? noBytes) : this.#arenas[kind];
  }

  startOf(handle: number): number {
    const kind = handle >>> classShift;
    return kind === longClass ? 0 : (handle & slotMask) * classBytes[kind];
  }

  /** The bytes put there. */
  view(handle: number, length: number): Uint8Array {
    const kind = handle >>> classShift;
    const slot = handle & slotMask;
    if (kind === longClass) return this.#long.get(slot) ?? noBytes;
    const at = slot * classBytes[kind];
    return this.#arenas[kind].subarray(at, at + length);
  }

  give(handle: number): void {
    const kind = handle >>> classShift;
    const slot = handle & slotMask;
    this.used -= 1;
    if (kind === longClass) {
      this.#long.delete(slot);
      return;
    }
    this.#next[kind][slot] = this.#free[kind];
    this.#free[kind] = slot;
  }

  #putLong(bytes: Uint8Array): number {
    this.#longNext = (this.#longNext + 1) & slotMask;
    this.#long.set(this.#longNext, bytes);
    return (longClass << classShift) | this.#longNext;
  }

  #take(kind: number): number {
    const free = this.#free[kind];
    if (free >= 0) {
      this.#free[kind] = this.#next[kind][free];
      return free;
    }
    const slot = this.#made[kind];
    this.#made[kind] += 1;
    if (slot === this.#next[kind].length) this.#grow(kind);
    return slot;
  }

  #grow(kind: number): void {
    const slots = this.#next[kind].length * 2;
    const next = new Int32Array(slots);
    next.set(this.#next[kind]);
    this.#next[kind] = next;
    const arena = new Uint8Array(slots * classBytes[kind]);
    arena.set(this.#arenas[kind]);
    this.#arenas[kind] = arena;
  }
}
