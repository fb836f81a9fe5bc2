// Goal: every frame survives both codecs unchanged, and one frame has one encoding. Method: properties over frames drawn from the schema.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeFrame,
  encodeFrame,
  encodeFrames,
  type Frame,
  FrameReader,
  FrameType,
  FrameWriter,
  frameFromJson,
  frameName,
  frameToJson,
  messageFromJson,
  messageToJson,
  newEventStruct,
  newSend,
  readEventStruct,
  readFrames,
  readSend,
  writeEventStruct,
  writeSend,
} from '../../../core/protocol/index.ts';
import { frames } from '../../../core/protocol/schema.ts';
import { anyFrame, arbitraryFrame } from './arbitrary-frames.ts';

const names = Object.keys(FrameType) as (keyof typeof FrameType)[];

describe('binary', () => {
  it.each(names)('%s: decode(encode(f)) = f, and the same bytes again', (name) => {
    fc.assert(
      fc.property(arbitraryFrame(name), (frame) => {
        const bytes = encodeFrame(frame);
        const decoded = decodeFrame(bytes);
        expect(plain(decoded)).toEqual(plain(frame));
        expect(encodeFrame(decoded as Frame)).toEqual(bytes);
      }),
      { numRuns: 60 },
    );
  });

  it('reads the frames of a message in order, at any place in a buffer', () => {
    fc.assert(
      fc.property(fc.array(anyFrame, { maxLength: 6 }), (message) => {
        const seen: unknown[] = [];
        expect(readFrames(encodeFrames(message), (frame) => seen.push(plain(frame)))).toBeNull();
        expect(seen).toEqual(message.map(plain));
      }),
      { numRuns: 100 },
    );
  });

  it('reuses an object: nothing of the frame before is left in it', () => {
    const reader = new FrameReader();
    const writer = new FrameWriter(1);
    const reused = newSend();
    fc.assert(
      fc.property(arbitraryFrame('send'), (frame) => {
        if (frame.type !== FrameType.send) throw new Error('not a send');
        writer.reset();
        writeSend(writer, frame);
        reader.reset(writer.copy());
        reader.varint();
        expect(readSend(reader, reused)).toBe(true);
        expect(plain(reused)).toEqual(plain(frame));
      }),
      { numRuns: 200 },
    );
  });

  it('reads a struct alone, as it stands in a store row', () => {
    fc.assert(
      fc.property(arbitraryFrame('event'), (frame) => {
        if (frame.type !== FrameType.event) throw new Error('not an event');
        const { type: _type, conversationA: _a, conversationB: _b, ...event } = frame;
        const writer = new FrameWriter();
        writer.u8(7);
        writeEventStruct(writer, event);
        const reader = new FrameReader();
        reader.reset(writer.view(), 1);
        const read = newEventStruct();
        expect(readEventStruct(reader, read)).toBe(true);
        expect(plain(read)).toEqual(plain(event));
      }),
    );
  });
});

describe('json', () => {
  it.each(names)('%s: fromJson(toJson(f)) = f, through text', (name) => {
    fc.assert(
      fc.property(arbitraryFrame(name), (frame) => {
        const json = frameToJson(frame);
        expect(json.type).toBe(name);
        expect(plain(frameFromJson(JSON.parse(JSON.stringify(json))))).toEqual(plain(frame));
      }),
      { numRuns: 60 },
    );
  });

  it('carries messages of one frame or several', () => {
    fc.assert(
      fc.property(fc.array(anyFrame, { maxLength: 4 }), (message) => {
        const decoded = messageFromJson(messageToJson(message));
        expect(Array.isArray(decoded) ? decoded.map(plain) : decoded).toEqual(message.map(plain));
      }),
    );
  });
});

describe('the table', () => {
  it('has each type and name once, below 128', () => {
    expect(new Set(frames.map((frame) => frame.type)).size).toBe(frames.length);
    expect(new Set(frames.map((frame) => frame.name)).size).toBe(frames.length);
    expect(frames.every((frame) => frame.type > 0 && frame.type < 128)).toBe(true);
    for (const frame of frames) expect(frameName(frame.type)).toBe(frame.name);
    expect(frameName(127)).toBe('');
  });
});

/** Comparable whatever array type holds the bytes and in which order members were set. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return `bytes ${Array.from(value).join(' ')}`;
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, plain(member)]));
}
