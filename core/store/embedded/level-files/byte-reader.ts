/** Reads LevelDB's little-endian numbers and strings with a length before them; beyond the end it throws. */

export class LevelFormatError extends Error {
  override readonly name = 'LevelFormatError';
}

export class ByteReader {
  at: number;
  readonly #bytes: Uint8Array;
  readonly #end: number;

  constructor(bytes: Uint8Array, at: number = 0, end: number = bytes.length) {
    this.#bytes = bytes;
    this.at = at;
    this.#end = end;
  }

  get atEnd(): boolean {
    return this.at >= this.#end;
  }

  u8(): number {
    if (this.at >= this.#end) throw new LevelFormatError('ends too early');
    const value = this.#bytes[this.at];
    this.at += 1;
    return value;
  }

  u32(): number {
    return (this.u8() | (this.u8() << 8) | (this.u8() << 16) | (this.u8() << 24)) >>> 0;
  }

  /** Up to 2^53; larger ones are not in use here. */
  varint(): number {
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = this.u8();
      value += (byte & 127) * scale;
      if (byte < 128) return value;
      scale *= 128;
      if (scale > 2 ** 56) throw new LevelFormatError('holds a number that is too long');
    }
  }

  string(): Uint8Array {
    return this.take(this.varint());
  }

  take(length: number): Uint8Array {
    if (this.at + length > this.#end) throw new LevelFormatError('ends too early');
    const bytes = this.#bytes.subarray(this.at, this.at + length);
    this.at += length;
    return bytes;
  }
}
