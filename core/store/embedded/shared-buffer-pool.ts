/** Shared memory for records, in sizes of powers of two, used again: the index worker knows each buffer by its number. */
import type { BufferPool } from './machines/ports.ts';

const bytesMin = 16 * 1024;
/** Free memory kept at most: three seconds of a busy journal. What a burst needed beyond it is given back. */
const freeBytesMax = 32 * 1024 * 1024;

export class SharedBufferPool implements BufferPool {
  onMade: (id: number, memory: SharedArrayBuffer) => void = () => {};
  onDropped: (id: number) => void = () => {};
  readonly #ids = new Map<Uint8Array, number>();
  readonly #free = new Map<number, Uint8Array[]>();
  #freeBytes = 0;
  #lastId = 0;

  take(bytes: number): Uint8Array {
    let size = bytesMin;
    while (size < bytes) size *= 2;
    const buffer = this.#free.get(size)?.pop();
    if (buffer !== undefined) {
      this.#freeBytes -= size;
      return buffer;
    }
    const memory = new SharedArrayBuffer(size);
    const made = new Uint8Array(memory);
    this.#lastId += 1;
    this.#ids.set(made, this.#lastId);
    this.onMade(this.#lastId, memory);
    return made;
  }

  give(buffer: Uint8Array): void {
    const size = buffer.length;
    if (this.#freeBytes + size > freeBytesMax) {
      this.onDropped(this.idOf(buffer));
      this.#ids.delete(buffer);
      return;
    }
    this.#freeBytes += size;
    const free = this.#free.get(size);
    if (free === undefined) this.#free.set(size, [buffer]);
    else free.push(buffer);
  }

  idOf(buffer: Uint8Array): number {
    const id = this.#ids.get(buffer);
    if (id === undefined) throw new Error('not a buffer of this pool');
    return id;
  }

  forEachBuffer(visit: (id: number, memory: SharedArrayBuffer) => void): void {
    for (const [buffer, id] of this.#ids) {
      if (buffer.buffer instanceof SharedArrayBuffer) visit(id, buffer.buffer);
    }
  }
}
