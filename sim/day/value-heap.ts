/**
 * Row values of at most 255 bytes, rewritten in place: no object a row.
 *
 * Method: cells of 8-byte steps in blocks of one size; a cell holds a length byte and the value. A reference is the cell's place in steps,
 * 0 none. A value that outgrows its cell moves to a larger one, and the old cell is used again.
 */

const stepShift = 3;
const blockShift = 23;
const blockBytes = 1 << blockShift;
const blockMask = blockBytes - 1;
const sizes = 33;

export class ValueHeap {
  readonly #blocks: Uint8Array[] = [];
  /** The first step is never given away: reference 0 means none. */
  #end = 1 << stepShift;
  readonly #free: number[][] = Array.from({ length: sizes }, () => []);

  get bytes(): number {
    return this.#blocks.length * blockBytes;
  }

  /** Puts `bytes[start, end)` in the place of `reference` (0: a new one); returns where it is now. */
  put(reference: number, bytes: Uint8Array, start: number, end: number): number {
    const length = end - start;
    if (length > 255) throw new Error(`a row value of ${length} bytes`);
    const steps = (length >> stepShift) + 1;
    let at = reference;
    if (at === 0 || (this.#lengthAt(at) >> stepShift) + 1 !== steps) {
      if (at !== 0) this.#free[(this.#lengthAt(at) >> stepShift) + 1].push(at);
      at = this.#free[steps].pop() ?? this.#make(steps);
    }
    const byte = at * 8;
    const block = this.#blocks[Math.floor(byte / blockBytes)];
    let to = byte & blockMask;
    block[to] = length;
    for (let from = start; from < end; from += 1) {
      to += 1;
      block[to] = bytes[from];
    }
    return at;
  }

  /** A copy of the value. */
  get(reference: number): Uint8Array {
    const byte = reference * 8;
    const block = this.#blocks[Math.floor(byte / blockBytes)];
    const at = byte & blockMask;
    return block.slice(at + 1, at + 1 + block[at]);
  }

  #lengthAt(reference: number): number {
    const byte = reference * 8;
    return this.#blocks[Math.floor(byte / blockBytes)][byte & blockMask];
  }

  #make(steps: number): number {
    const bytes = steps << stepShift;
    const left = blockBytes - (this.#end & blockMask);
    if (left < bytes) this.#end += left;
    const block = Math.floor(this.#end / blockBytes);
    while (this.#blocks.length <= block) this.#blocks.push(new Uint8Array(blockBytes));
    const at = this.#end;
    this.#end += bytes;
    return at / 8;
  }
}
