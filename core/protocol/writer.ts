/**
 * Writes frames and rows into one growing arena.
 *
 * Method: the arena is kept and reused, so that a message costs no allocation once it has grown. A view of it is valid
 * until the next write or reset; whoever keeps bytes takes a copy.
 */
import { utf8Length, writeUtf8 } from './utf8.ts';

const safeIntegerMax = Number.MAX_SAFE_INTEGER;
const twoTo32 = 0x1_0000_0000;
/** Shorter copies go byte by byte: a subarray costs more than they do. */
const loopBytesMax = 40;

/** An arena with the primitives of the wire format (PROTOCOL.md, "Primitives"). */
export class FrameWriter {
  /** The arena; only the first `length` bytes mean anything. */
  bytes: Uint8Array;
  length = 0;

  constructor(initialBytes = 1024) {
    this.bytes = new Uint8Array(initialBytes);
  }

  /** Empties the arena; it keeps its size. */
  reset(): void {
    this.length = 0;
  }

  /** Makes room for `count` more bytes. */
  reserve(count: number): void {
    if (this.length + count > this.bytes.length) this.grow(count);
  }

  u8(value: number): void {
    this.reserve(1);
    this.bytes[this.length++] = value;
  }

  u16(value: number): void {
    this.reserve(2);
    this.bytes[this.length] = value >>> 8;
    this.bytes[this.length + 1] = value;
    this.length += 2;
  }

  u32(value: number): void {
    this.reserve(4);
    this.putU32(this.length, value);
    this.length += 4;
  }

  /** Unsigned LEB128 of an integer from 0 to 2^53 - 1. */
  varint(value: number): void {
    this.reserve(8);
    this.length = this.putVarint(this.length, value);
  }

  /** Eight bytes, big-endian, of an integer from 0 to 2^53 - 1. */
  id53(value: number): void {
    if (!(value >= 0 && value <= safeIntegerMax)) throw new RangeError(`no id: ${value}`);
    this.reserve(8);
    const low = value >>> 0;
    this.putU32(this.length, (value - low) / twoTo32);
    this.putU32(this.length + 4, low);
    this.length += 8;
  }

  /** Eight bytes, big-endian, of two u32. */
  u64(high: number, low: number): void {
    this.reserve(8);
    this.putU32(this.length, high);
    this.putU32(this.length + 4, low);
    this.length += 8;
  }

  /** Length as varint, then the string as UTF-8. */
  string(text: string): void {
    const units = text.length;
    this.reserve(units + 8);
    const start = this.length;
    const bytes = this.bytes;
    let at = this.putVarint(start, units);
    for (let index = 0; index < units; index++) {
      const unit = text.charCodeAt(index);
      if (unit >= 0x80) {
        this.wideString(text);
        return;
      }
      bytes[at++] = unit;
    }
    this.length = at;
  }

  /** Length as varint, then the bytes. They must be valid UTF-8. */
  text(bytes: Uint8Array): void {
    this.framed(bytes, 0, bytes.length);
  }

  /** Length as varint, then the bytes. */
  blob(bytes: Uint8Array): void {
    this.framed(bytes, 0, bytes.length);
  }

  /** Raw copy of `bytes[start, end)`. */
  append(bytes: Uint8Array, start = 0, end = bytes.length): void {
    const count = end - start;
    this.reserve(count);
    if (count <= loopBytesMax) {
      copyShort(bytes, start, end, this.bytes, this.length);
    } else if (count === bytes.length) {
      this.bytes.set(bytes, this.length);
    } else {
      this.bytes.set(bytes.subarray(start, end), this.length);
    }
    this.length += count;
  }

  /** Length as varint, then `bytes[start, end)`: a frame of a run. */
  framed(bytes: Uint8Array, start: number, end: number): void {
    this.varint(end - start);
    this.append(bytes, start, end);
  }

  /**
   * Leaves room for a length of `reserved` bytes (1 or 2, a guess) and returns the mark for `closeLength`:
   * what is written in between is moved when the guess was wrong.
   */
  openLength(reserved: number): number {
    this.reserve(reserved);
    const mark = this.length;
    this.length += reserved;
    return mark;
  }

  /** Writes the number of bytes since `openLength` into the room it left. */
  closeLength(mark: number, reserved: number): void {
    const count = this.length - mark - reserved;
    const needed = varintSize(count);
    if (needed !== reserved) {
      if (needed > reserved) this.reserve(needed - reserved);
      this.bytes.copyWithin(mark + needed, mark + reserved, this.length);
      this.length += needed - reserved;
    }
    this.putVarint(mark, count);
  }

  /** What was written; valid until the next write. */
  view(): Uint8Array {
    return this.bytes.subarray(0, this.length);
  }

  /** A copy of what was written. */
  copy(): Uint8Array {
    return this.bytes.slice(0, this.length);
  }

  private wideString(text: string): void {
    const count = utf8Length(text);
    this.varint(count);
    this.reserve(count);
    this.length = writeUtf8(text, this.bytes, this.length);
  }

  private putU32(at: number, value: number): void {
    const bytes = this.bytes;
    bytes[at] = value >>> 24;
    bytes[at + 1] = value >>> 16;
    bytes[at + 2] = value >>> 8;
    bytes[at + 3] = value;
  }

  private putVarint(start: number, value: number): number {
    const bytes = this.bytes;
    let at = start;
    if (value >= 0 && value < twoTo32) {
      let rest = value >>> 0;
      while (rest > 0x7f) {
        bytes[at++] = (rest & 0x7f) | 0x80;
        rest >>>= 7;
      }
      bytes[at++] = rest;
      return at;
    }
    if (!(value >= 0 && value <= safeIntegerMax)) throw new RangeError(`no varint: ${value}`);
    // 28 bits from the low word, then 25 bits: the low word's highest four and the high word's 21.
    const low = value >>> 0;
    bytes[at] = (low & 0x7f) | 0x80;
    bytes[at + 1] = ((low >>> 7) & 0x7f) | 0x80;
    bytes[at + 2] = ((low >>> 14) & 0x7f) | 0x80;
    bytes[at + 3] = ((low >>> 21) & 0x7f) | 0x80;
    at += 4;
    let rest = ((value - low) / twoTo32) * 16 + (low >>> 28);
    while (rest > 0x7f) {
      bytes[at++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    bytes[at++] = rest;
    return at;
  }

  private grow(count: number): void {
    const grown = new Uint8Array(Math.max(this.bytes.length * 2, this.length + count, 64));
    grown.set(this.bytes.subarray(0, this.length));
    this.bytes = grown;
  }
}

/** Bytes that `varint` writes for a value below 2^32. */
function varintSize(value: number): number {
  if (value < 0x80) return 1;
  if (value < 0x4000) return 2;
  if (value < 0x20_0000) return 3;
  return value < 0x1000_0000 ? 4 : 5;
}

/** Four bytes a step: half the time of a loop over single ones. */
function copyShort(from: Uint8Array, start: number, end: number, to: Uint8Array, at: number): void {
  const shift = at - start;
  let next = start;
  for (const last = end - 4; next <= last; next += 4) {
    to[next + shift] = from[next];
    to[next + shift + 1] = from[next + 1];
    to[next + shift + 2] = from[next + 2];
    to[next + shift + 3] = from[next + 3];
  }
  for (; next < end; next += 1) to[next + shift] = from[next];
}
