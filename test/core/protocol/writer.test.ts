// Goal: the arena grows wherever a write needs it, and lengths that were guessed wrong move what they must.
import { describe, expect, it } from 'vitest';
import { FrameReader, FrameWriter } from '../../../core/protocol/index.ts';

describe('the arena', () => {
  it.each([0, 1, 126, 127, 128, 129, 16_383, 16_384, 70_000])('takes a part of %d bytes behind a guessed length', (size) => {
    for (const guess of [1, 2]) {
      // Full to the last byte, so that a longer length has no room.
      const w = new FrameWriter(1 + guess + size);
      w.u8(7);
      const mark = w.openLength(guess);
      w.append(new Uint8Array(size).fill(5));
      w.closeLength(mark, guess);
      const reader = new FrameReader();
      reader.reset(w.view());
      expect(reader.u8()).toBe(7);
      expect(reader.blob(size)).toEqual(new Uint8Array(size).fill(5));
      expect([reader.position, reader.failure]).toEqual([w.length, '']);
    }
  });

  it('grows from nothing with each primitive', () => {
    const writes: ((w: FrameWriter) => void)[] = [
      (w) => w.u8(1),
      (w) => w.u16(0xabcd),
      (w) => w.u32(0xdeadbeef),
      (w) => w.varint(2 ** 40),
      (w) => w.id53(2 ** 53 - 1),
      (w) => w.u64(1, 2),
      (w) => w.string('ascii'),
      (w) => w.string('€'.repeat(50)),
      (w) => w.blob(new Uint8Array(100)),
    ];
    for (const write of writes) {
      const small = new FrameWriter(0);
      const large = new FrameWriter(1000);
      write(small);
      write(large);
      expect(small.copy()).toEqual(large.copy());
    }
  });

  it('copies parts of arrays, short and long', () => {
    const source = Uint8Array.from({ length: 200 }, (_, index) => index);
    const w = new FrameWriter(4);
    w.append(source, 3, 10);
    w.append(source, 50, 150);
    expect(w.copy()).toEqual(Uint8Array.from([...source.subarray(3, 10), ...source.subarray(50, 150)]));
  });

  it('refuses numbers it cannot write', () => {
    const w = new FrameWriter();
    for (const bad of [-1, 2 ** 53, Number.NaN]) {
      expect(() => w.varint(bad)).toThrow(RangeError);
      expect(() => w.id53(bad)).toThrow(RangeError);
    }
  });
});
