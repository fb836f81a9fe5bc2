// Goal: bytes that are no frame give a typed failure, never an exception, never more work than the bytes are worth.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type DecodeFailureReason,
  decodeFrame,
  encodeFrame,
  encodeFrames,
  type Frame,
  FrameReader,
  FrameType,
  FrameWriter,
  newFrame,
  newSend,
  newSync,
  RunReader,
  readFrames,
} from '../../../core/protocol/index.ts';
import { checkLimits, defaultLimits } from '../../../core/protocol/limits.ts';
import { anyFrame } from './arbitrary-frames.ts';

describe('a frame that is cut', () => {
  it('fails at each byte, except where only whole optional fields are missing', () => {
    fc.assert(
      fc.property(anyFrame, (frame) => {
        const bytes = encodeFrame(frame);
        for (let end = 0; end < bytes.length; end++) {
          const decoded = decodeFrame(bytes, 0, end);
          // Without optional fields a frame may end: then it must be a frame of its own, with that very encoding.
          if ('failed' in decoded) expect(decoded.reason).toBe('truncated');
          else expect(encodeFrame(decoded)).toEqual(bytes.subarray(0, end));
        }
      }),
      { numRuns: 200 },
    );
  });

  it('fails at each byte of a frame without optional fields', () => {
    const bytes = encodeFrame(sample());
    for (let end = 0; end < bytes.length; end++) expect(reasonOf(decodeFrame(bytes, 0, end))).toBe('truncated');
    expect(reasonOf(decodeFrame(bytes))).toBe('');
  });
});

describe('any bytes', () => {
  it('give a frame or a failure', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.constantFrom(...Object.values(FrameType)), (bytes, type) => {
        decodeFrame(bytes);
        readFrames(bytes, () => {});
        bytes[0] = type;
        const decoded = decodeFrame(bytes);
        if ('failed' in decoded) expect(decoded.position).toBeLessThanOrEqual(bytes.length);
      }),
      { numRuns: 3000 },
    );
  });

  it('give a frame or a failure when a valid frame is changed in places', () => {
    const changes = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(anyFrame, changes, (frame, places) => {
        const bytes = encodeFrame(frame);
        for (const [place, value] of places) bytes[place % bytes.length] = value;
        const decoded = decodeFrame(bytes);
        // What is taken can be written again.
        if (!('failed' in decoded)) encodeFrame(decoded);
      }),
      { numRuns: 3000 },
    );
  });
});

describe('lengths that lie', () => {
  it.each([
    ['a body of 2^53 - 1 bytes', [...sendHead(), 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f], 'tooLong'],
    ['a body longer than the frame', [...sendHead(), 0x20, 0x61], 'truncated'],
    ['a varint of nine bytes', [...sendHead(), 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01], 'badVarint'],
    ['a varint above 2^53 - 1', [...sendHead(), 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x1f], 'badVarint'],
    ['a varint with a zero at its end', [...sendHead(), 0x81, 0x00, 0x61], 'badVarint'],
    ['an optional field longer than the frame', [...sendHead(), 0x01, 0x61, 0x01, 0x05, 0x01], 'truncated'],
    ['an optional field longer than its value', [...sendHead(), 0x01, 0x61, 0x01, 0x02, 0x01, 0x01], 'trailingBytes'],
    ['an optional field twice', [...sendHead(), 0x01, 0x61, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01], 'badTag'],
    ['optional fields that descend', [...sendHead(), 0x01, 0x61, 0x02, 0x01, 0x01, 0x01, 0x01, 0x01], 'badTag'],
    ['tag 0', [...sendHead(), 0x01, 0x61, 0x00, 0x00], 'badTag'],
  ])('%s', (_name, bytes, reason) => {
    expect(reasonOf(decodeFrame(Uint8Array.from(bytes)))).toBe(reason);
  });

  it('a list of more items than bytes allocates nothing', () => {
    const sync = newSync();
    sync.limit = 10;
    const bytes = encodeFrame(sync);
    bytes[bytes.length - 1] = defaultLimits.syncItemsMax;
    expect(reasonOf(decodeFrame(bytes))).toBe('truncated');
    bytes[bytes.length - 1] = defaultLimits.syncItemsMax + 1;
    expect(reasonOf(decodeFrame(bytes))).toBe('tooLong');
  });
});

describe('values', () => {
  it.each<[string, DecodeFailureReason, (bytes: Uint8Array) => void]>([
    ['an id of 0', 'badId', (bytes) => bytes.fill(0, 1, 9)],
    ['an id above 2^53 - 1', 'badId', (bytes) => bytes.set([0, 0x20], 1)],
    ['the upper user first', 'badConversation', (bytes) => bytes.set([9], 8)],
  ])('%s is refused', (_name, reason, change) => {
    const bytes = encodeFrame(sample());
    change(bytes);
    expect(reasonOf(decodeFrame(bytes))).toBe(reason);
  });

  it('a bool is 0 or 1', () => {
    const frame = newFrame(FrameType.block);
    if (frame.type !== FrameType.block) throw new Error('not a block');
    frame.conversationA = 1;
    const bytes = encodeFrame(frame);
    bytes[bytes.length - 1] = 2;
    expect(reasonOf(decodeFrame(bytes))).toBe('badBool');
  });

  it('an id of 0 is taken where the schema says so', () => {
    expect(reasonOf(decodeFrame(encodeFrame(newFrame(FrameType.userNames))))).toBe('');
    expect(reasonOf(decodeFrame(encodeFrame(newFrame(FrameType.names))))).toBe('');
    expect(reasonOf(decodeFrame(encodeFrame(newFrame(FrameType.typing))))).toBe('badId');
  });

  it('text must be UTF-8', () => {
    expect(reasonOf(decodeFrame(Uint8Array.from([...sendHead(), 0x02, 0xc0, 0x80])))).toBe('badText');
  });

  it('limits come from the reader', () => {
    const frame = sample();
    frame.body = new Uint8Array(9000).fill(0x61);
    const bytes = encodeFrame(frame);
    expect(reasonOf(decodeFrame(bytes))).toBe('tooLong');
    expect(reasonOf(decodeFrame(bytes, 0, bytes.length, checkLimits({ bodyBytesMax: 10_000 })))).toBe('');
  });
});

describe('what later versions add', () => {
  it('unknown optional fields are skipped, in frames with and without own ones', () => {
    fc.assert(
      fc.property(anyFrame, fc.integer({ min: 20, max: 100_000 }), fc.uint8Array({ maxLength: 200 }), (frame, tag, value) => {
        const writer = new FrameWriter();
        writer.append(encodeFrame(frame));
        writer.varint(tag);
        writer.blob(value);
        const decoded = decodeFrame(writer.copy());
        expect('failed' in decoded ? decoded : encodeFrame(decoded)).toEqual(encodeFrame(frame));
      }),
      { numRuns: 300 },
    );
  });

  it('an unknown type is a failure', () => {
    expect(reasonOf(decodeFrame(Uint8Array.from([127])))).toBe('unknownType');
    expect(reasonOf(decodeFrame(new Uint8Array(0)))).toBe('truncated');
  });
});

describe('a message', () => {
  it.each<[string, number[], DecodeFailureReason]>([
    ['with rubbish at its end', [1, FrameType.ping, 9, FrameType.ping], 'truncated'],
    ['with an empty frame', [1, FrameType.ping, 0], 'truncated'],
    ['with a frame that is too large', [1, FrameType.ping, 0xff, 0xff, 0xff, 0x7f], 'frameTooLarge'],
    ['with a length that is no varint', [1, FrameType.ping, 0x80], 'truncated'],
    ['with bytes behind a frame', [1, FrameType.ping, 2, FrameType.ping, 1], 'truncated'],
  ])('%s fails after its good frames', (_name, bytes, reason) => {
    const seen: Frame[] = [];
    const failure = readFrames(Uint8Array.from(bytes), (frame) => seen.push(frame));
    expect(failure?.reason).toBe(reason);
    expect(seen).toHaveLength(1);
  });

  it('may be empty', () => {
    expect(readFrames(new Uint8Array(0), () => {})).toBeNull();
  });

  it('is walked without decoding', () => {
    const bytes = encodeFrames([newFrame(FrameType.ping), sample(), newFrame(FrameType.pong)]);
    const run = new RunReader(defaultLimits.frameBytesMax);
    run.reset(bytes);
    const types: number[] = [];
    while (run.next()) types.push(bytes[run.frameStart]);
    expect(types).toEqual([FrameType.ping, FrameType.send, FrameType.pong]);
    expect(run.failure).toBe('');
    run.reset(bytes, 0, bytes.length - 1);
    while (run.next()) types.push(bytes[run.frameStart]);
    expect(types).toHaveLength(5);
    expect(run.failure).toBe('truncated');
    expect(run.next()).toBe(false);
    run.reset(Uint8Array.from([0]));
    expect(run.next()).toBe(false);
    expect(run.failure).toBe('truncated');
  });
});

describe('the reader after a failure', () => {
  it('returns zeros and keeps the first reason', () => {
    const reader = new FrameReader();
    reader.reset(Uint8Array.from([2, 1, 2, 3, 4, 5, 6, 7, 8, 9]));
    reader.bool();
    expect(reader.failure).toBe('badBool');
    reader.u64();
    expect([reader.u8(), reader.varint(), reader.id53(), reader.u32(), reader.string(9), reader.high, reader.low]).toEqual([
      0,
      0,
      0,
      0,
      '',
      0,
      0,
    ]);
    expect(reader.failure).toBe('badBool');
    expect(reader.failurePosition).toBe(1);
  });

  it('returns zeros also behind the part in which it failed', () => {
    const reader = new FrameReader();
    reader.reset(Uint8Array.from([1, 2, 9, 9]));
    const outer = reader.enter();
    reader.bool();
    reader.leave(outer);
    expect([reader.u8(), reader.failure]).toEqual([0, 'badBool']);
  });
});

function sample(): ReturnType<typeof newSend> {
  const frame = newSend();
  frame.conversationA = 3;
  frame.conversationB = 5;
  frame.body = Uint8Array.from([0x61]);
  return frame;
}

/** A send up to its body. */
function sendHead(): number[] {
  return [...encodeFrame(sample())].slice(0, -2);
}

function reasonOf(decoded: ReturnType<typeof decodeFrame>): DecodeFailureReason | '' {
  return 'failed' in decoded ? decoded.reason : '';
}
