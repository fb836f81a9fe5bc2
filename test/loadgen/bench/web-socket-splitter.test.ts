// Goal: messages come out whole wherever the stream is cut; what is no server's stream is noticed.
import { describe, expect, it } from 'vitest';
import { WebSocketSplitter } from '../../../loadgen/bench/web-socket-splitter.ts';

function frame(opcode: number, payload: Uint8Array): Uint8Array {
  const size = payload.length;
  const header =
    size < 126 ? [size] : size < 65_536 ? [126, size >> 8, size & 255] : [127, 0, 0, 0, 0, 0, size >> 16, (size >> 8) & 255, size & 255];
  return new Uint8Array([0x80 | opcode, ...header, ...payload]);
}

function message(size: number): Uint8Array {
  return new Uint8Array(size).map((_, index) => index + size);
}

describe('a stream of messages', () => {
  const messages = [message(3), message(125), message(126), message(700), message(0), message(66_000)];
  const stream = Buffer.concat([
    ...messages.map((payload) => frame(2, payload)),
    frame(9, message(4)),
    frame(10, message(0)),
    frame(2, message(1)),
  ]);

  it.each([1, 2, 3, 7, 100, 1_000, 70_000, stream.length])('in chunks of %d bytes', (chunk) => {
    const seen: Uint8Array[] = [];
    const splitter = new WebSocketSplitter(100_000, () => {});
    for (let at = 0; at < stream.length; at += chunk) {
      const taken = splitter.push(stream.subarray(at, at + chunk), (bytes, start, end) => seen.push(bytes.slice(start, end)));
      expect(taken).toBe(true);
    }
    expect(seen.map((bytes) => [...bytes])).toEqual([...messages, message(1)].map((bytes) => [...bytes]));
  });
});

it('tells the code of a close', () => {
  const codes: number[] = [];
  const splitter = new WebSocketSplitter(1_000, (code) => codes.push(code));
  splitter.push(frame(8, new Uint8Array([0x11, 0x51, 0x61])), () => {});
  splitter.push(frame(8, new Uint8Array(0)), () => {});
  expect(codes).toEqual([4433, 1005]);
});

it.each([
  ['a masked frame', [0x82, 0x81, 0, 0, 0, 0, 0]],
  ['a fragment', [0x02, 0x01, 0]],
  ['a reserved bit', [0xc2, 0x01, 0]],
  ['text', [0x81, 0x01, 0x61]],
  ['a message that is too long', [0x82, 127, 0, 0, 0, 1, 0, 0, 0, 0]],
])('refuses %s', (_, bytes) => {
  expect(new WebSocketSplitter(1_000, () => {}).push(new Uint8Array(bytes), () => {})).toBe(false);
});
