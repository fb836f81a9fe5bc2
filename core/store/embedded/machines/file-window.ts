/** A window that moves over a file too long to be read at once: one buffer, filled from wherever the reader is. */
import type { FilePort } from './ports.ts';

export class FileWindow {
  readonly #files: FilePort;
  readonly #windowBytes: number;
  #buffer: Uint8Array;
  #name = '';
  #start = 0;
  #bytes: Uint8Array;
  #ended = false;

  constructor(files: FilePort, windowBytes: number) {
    this.#files = files;
    this.#windowBytes = windowBytes;
    this.#buffer = new Uint8Array(0);
    this.#bytes = this.#buffer;
  }

  /** Goes to another file; nothing of it is here yet. */
  enter(name: string): void {
    this.#name = name;
    this.#start = 0;
    this.#bytes = this.#buffer.subarray(0, 0);
    this.#ended = false;
  }

  /** What is here; valid until the next `load`. */
  get bytes(): Uint8Array {
    return this.#bytes;
  }

  /** Place of the first byte in the file. */
  get start(): number {
    return this.#start;
  }

  /** The last byte is the file's last. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Bytes `[at, at + length)`, as far as the file has them, are here. */
  has(at: number, length: number): boolean {
    return at >= this.#start && (this.#ended || at + length <= this.#start + this.#bytes.length);
  }

  /** Brings bytes `[at, at + length)`, as far as the file has them, and more; false: it cannot be read. */
  load(at: number, length: number, done: (loaded: boolean) => void): void {
    const needed = Math.max(length, this.#windowBytes);
    if (this.#buffer.length < needed) this.#buffer = new Uint8Array(needed);
    this.#files.read(this.#name, at, this.#buffer, (count) => {
      this.#start = at;
      this.#bytes = this.#buffer.subarray(0, count ?? 0);
      this.#ended = count !== null && count < this.#buffer.length;
      done(count !== null);
    });
  }
}
