// Goal: messages come out of a byte stream whole and in order however it is cut, and never above the bound.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { beginStreamMessage, endStreamMessage, FrameWriter, StreamSplitter } from '../../../core/protocol/index.ts';

describe('the splitter', () => {
  it('gives back the messages whatever the cuts', () => {
    const messages = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 8 });
    const cuts = fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(messages, cuts, (sent, sizes) => {
        const splitter = new StreamSplitter(300);
        const seen: Uint8Array[] = [];
        const stream = streamOf(sent);
        let turn = 0;
        for (let at = 0; at < stream.length; ) {
          const size = sizes[turn++ % sizes.length];
          expect(splitter.push(stream.slice(at, at + size), (bytes, start, end) => seen.push(bytes.slice(start, end)))).toBe(true);
          expect(splitter.heldBytes).toBeLessThan(304);
          at += size;
        }
        expect(seen.map((message) => [...message])).toEqual(sent.map((message) => [...message]));
        expect(splitter.heldBytes).toBe(0);
      }),
      { numRuns: 500 },
    );
  });

  it('goes byte by byte', () => {
    const splitter = new StreamSplitter(10);
    const seen: number[] = [];
    for (const byte of streamOf([Uint8Array.from([7, 8]), new Uint8Array(0), Uint8Array.from([9])])) {
      splitter.push(Uint8Array.from([byte]), (bytes, start, end) => seen.push(end - start, ...bytes.subarray(start, end)));
    }
    expect(seen).toEqual([2, 7, 8, 0, 1, 9]);
  });

  it.each([1, 3, 4, 5, 100])('refuses a message above its bound and keeps nothing of it, in chunks of %d', (size) => {
    const splitter = new StreamSplitter(1000);
    const stream = streamOf([Uint8Array.from([1])]);
    const bad = Uint8Array.from([...stream, 0xff, 0xff, 0xff, 0xff, 1, 2, 3]);
    let messages = 0;
    for (let at = 0; at < bad.length; at += size) splitter.push(bad.subarray(at, at + size), () => messages++);
    expect(messages).toBe(1);
    expect(splitter.tooLarge).toBe(true);
    expect(splitter.push(stream, () => messages++)).toBe(false);
    expect(messages).toBe(1);
    expect(splitter.heldBytes).toBeLessThanOrEqual(4);
  });
});

function streamOf(messages: readonly Uint8Array[]): Uint8Array {
  const writer = new FrameWriter();
  for (const message of messages) {
    const mark = beginStreamMessage(writer);
    writer.append(message);
    endStreamMessage(writer, mark);
  }
  return writer.copy();
}
