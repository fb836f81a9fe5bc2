/**
 * Reads the primitives of the wire format from bytes nobody vouches for.
 *
 * Method: the first bad value sets `failure` and moves `position` to `end`; from then on every read returns zeros. So the
 * generated readers check once, at the end of a frame, and nothing ever throws.
 */
import { noBytes } from './bytes.ts';
import type { DecodeFailureReason } from './failure.ts';
import { defaultLimits, type Limits } from './limits.ts';
import { decodeUtf8, validUtf8 } from './utf8.ts';

const twoTo32 = 0x1_0000_0000;
/** Highest word of 2^53 - 1. */
const id53HighMax = 0x1f_ffff;

export class FrameReader {
  /** What the `max` of the schema's fields mean for this reader. */
  readonly limits: Limits;
  bytes: Uint8Array = noBytes;
  position = 0;
  /** Reading ends here: of the frame, or inside it of a struct or an optional field. */
  end = 0;
  failure: DecodeFailureReason | '' = '';
  /** Where the first failure was found. */
  failurePosition = 0;
  /** The last `u64`. */
  high = 0;
  low = 0;

  constructor(limits: Limits = defaultLimits) {
    this.limits = limits;
  }

  /** Begins to read `bytes[start, end)`. */
  reset(bytes: Uint8Array, start = 0, end = bytes.length): void {
    this.bytes = bytes;
    this.position = start;
    this.end = end;
    this.failure = '';
    this.failurePosition = 0;
    this.high = 0;
    this.low = 0;
  }

  /** Notes the first failure and ends reading; returns 0 for the caller to return. */
  fail(reason: DecodeFailureReason): 0 {
    if (this.failure === '') {
      this.failure = reason;
      this.failurePosition = this.position;
    }
    this.position = this.end;
    return 0;
  }

  u8(): number {
    if (this.position >= this.end) return this.fail('truncated');
    return this.bytes[this.position++];
  }

  bool(): boolean {
    const value = this.u8();
    if (value > 1) this.fail('badBool');
    return value === 1;
  }

  u16(): number {
    const at = this.position;
    if (at + 2 > this.end) return this.fail('truncated');
    this.position = at + 2;
    return (this.bytes[at] << 8) | this.bytes[at + 1];
  }

  u32(): number {
    const at = this.position;
    if (at + 4 > this.end) return this.fail('truncated');
    this.position = at + 4;
    return this.word(at);
  }

  varint(): number {
    const at = this.position;
    if (at >= this.end) return this.fail('truncated');
    const first = this.bytes[at];
    if (first < 0x80) {
      this.position = at + 1;
      return first;
    }
    return this.longVarint(at, first & 0x7f);
  }

  /** An id from 1. */
  id53(): number {
    const value = this.id53OrZero();
    if (value === 0) return this.fail('badId');
    return value;
  }

  /** An id, or 0. */
  id53OrZero(): number {
    const at = this.position;
    if (at + 8 > this.end) return this.fail('truncated');
    const high = this.word(at);
    if (high > id53HighMax) return this.fail('badId');
    this.position = at + 8;
    return high * twoTo32 + this.word(at + 4);
  }

  /** Second id of a conversation whose first is `first`: the upper user, or 0 for a group. */
  secondId(first: number): number {
    const value = this.id53OrZero();
    if (value !== 0 && value < first) return this.fail('badConversation');
    return value;
  }

  /** Into `high` and `low`. */
  u64(): void {
    const at = this.position;
    if (at + 8 > this.end) {
      this.fail('truncated');
      this.high = 0;
      this.low = 0;
      return;
    }
    this.high = this.word(at);
    this.low = this.word(at + 4);
    this.position = at + 8;
  }

  /** A string of at most `bytesMax` bytes. */
  string(bytesMax: number): string {
    const count = this.count(bytesMax);
    if (count === 0) return '';
    const text = decodeUtf8(this.bytes, this.position, this.position + count);
    if (text === null) {
      this.fail('badText');
      return '';
    }
    this.position += count;
    return text;
  }

  /** Valid UTF-8 of at most `bytesMax` bytes, as a view of the input. */
  text(bytesMax: number): Uint8Array {
    const count = this.count(bytesMax);
    if (count === 0) return noBytes;
    const start = this.position;
    if (!validUtf8(this.bytes, start, start + count)) {
      this.fail('badText');
      return noBytes;
    }
    this.position = start + count;
    return this.bytes.subarray(start, start + count);
  }

  /** At most `bytesMax` bytes, as a view of the input. */
  blob(bytesMax: number): Uint8Array {
    const count = this.count(bytesMax);
    if (count === 0) return noBytes;
    const start = this.position;
    this.position = start + count;
    return this.bytes.subarray(start, start + count);
  }

  /** A length or number of items: at most `max`, and no more than bytes are left (an item has at least one). */
  count(max: number): number {
    const count = this.varint();
    if (count > max) return this.fail('tooLong');
    if (count > this.end - this.position) return this.fail('truncated');
    return count;
  }

  /** Reads a length and narrows `end` to so many bytes; returns the outer end for `leave`. */
  enter(): number {
    const outer = this.end;
    const count = this.varint();
    if (count > outer - this.position) {
      this.fail('truncated');
      return outer;
    }
    this.end = this.position + count;
    return outer;
  }

  /** Leaves what `enter` entered; it must have been read to its end. */
  leave(outer: number): void {
    if (this.position !== this.end) this.fail('trailingBytes');
    this.end = outer;
    if (this.failure !== '') this.position = outer;
  }

  /** Next optional field's tag, above `lastTag`; 0: none follows, or a failure. */
  tag(lastTag: number): number {
    if (this.position >= this.end) return 0;
    const tag = this.varint();
    if (tag <= lastTag) return this.fail('badTag');
    return tag;
  }

  /** Skips what is left before `end`: the value of an unknown optional field. */
  skip(): void {
    this.position = this.end;
  }

  /** Skips optional fields, none of which is known; returns whether all was well. */
  finish(): boolean {
    if (this.position < this.end) this.skipOptional();
    return this.failure === '';
  }

  private skipOptional(): void {
    let tag = this.tag(0);
    while (tag !== 0) {
      const outer = this.enter();
      this.skip();
      this.leave(outer);
      tag = this.tag(tag);
    }
  }

  private word(at: number): number {
    const bytes = this.bytes;
    return ((bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3]) >>> 0;
  }

  /** A varint of two to eight bytes, whose first gave `value`. */
  private longVarint(start: number, value: number): number {
    const bytes = this.bytes;
    const end = Math.min(this.end, start + 8);
    let result = value;
    let scale = 0x80;
    for (let at = start + 1; at < end; at++) {
      const byte = bytes[at];
      if (byte < 0x80) {
        // A zero in the highest place: the value would have fitted into fewer bytes.
        if (byte === 0) return this.fail('badVarint');
        result += byte * scale;
        if (result > Number.MAX_SAFE_INTEGER) return this.fail('badVarint');
        this.position = at + 1;
        return result;
      }
      result += (byte & 0x7f) * scale;
      scale *= 0x80;
    }
    return this.fail(this.end < start + 8 ? 'truncated' : 'badVarint');
  }
}
