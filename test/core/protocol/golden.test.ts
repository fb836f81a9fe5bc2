// Goal: the bytes on the wire never change by accident. Method: frames written out by hand from PROTOCOL.md's rules.
import { describe, expect, it } from 'vitest';
import {
  closeCodeOf,
  decodeFrame,
  ErrorCode,
  encodeFrame,
  encodeUtf8,
  errorName,
  errorNumber,
  type Frame,
  FrameType,
  newEvent,
  newHello,
  newPage,
  newSend,
} from '../../../core/protocol/index.ts';
import { errorCodes } from '../../../core/protocol/schema.ts';

const id5 = '0000000000000005';
const id9 = '0000000000000009';

describe('golden bytes', () => {
  it.each<[string, Frame, string]>([
    ['ping', { type: FrameType.ping }, '0d'],
    ['ack', { type: FrameType.ack, conversationA: 5, conversationB: 9, seq: 300 }, `04${id5}${id9}ac02`],
    ['done, highest number', { type: FrameType.done, requestId: Number.MAX_SAFE_INTEGER }, '34ffffffffffffff0f'],
    ['hello', hello(), `0101026a74${id5}${id9}03${'0123456789abcdef'}0207`],
    ['send', send(), `03${id5}${id9}aabbccdd0000000101${'0102030405060708'}01${'03'}e282ac`],
    [
      'send, all optional fields',
      { ...send(), kind: 2, target: 128, replyTo: 1, idempotencyKey: 'k' },
      `03${id5}${id9}aabbccdd0000000101${'0102030405060708'}02${'03'}e282ac0102800102010103${'0201'}6b`,
    ],
    ['event', event(), `21${id5}${id9}010101${'808080808020'}01${id9}aabbccdd0000000107${'0102030405060708'}026869030101`],
    [
      'page with an event',
      page(),
      `3002${id5}${id9}0003020101${'0a'}${id5}0302${'01'}${'29'}010101${'808080808020'}01${id9}aabbccdd0000000107${'0102030405060708'}026869030101010102`,
    ],
  ])('%s', (_name, frame, hex) => {
    expect(toHex(encodeFrame(frame))).toBe(hex);
    expect(decodeFrame(fromHex(hex))).toEqual(frame);
  });
});

describe('codes', () => {
  it('have names, numbers and close codes as the table says', () => {
    for (const code of errorCodes) {
      expect(errorName(code.number)).toBe(code.name);
      expect(errorNumber(code.name)).toBe(code.number);
      expect(ErrorCode[code.name]).toBe(code.number);
      expect(closeCodeOf(code.number)).toBe('close' in code ? code.close : 0);
    }
    expect(errorName(12345)).toBe('code12345');
    expect(errorNumber('code12345')).toBe(12345);
    expect(errorNumber('code9007199254740991')).toBe(Number.MAX_SAFE_INTEGER);
    expect(errorNumber('code9007199254740992')).toBe(-1);
    expect(errorNumber('code0')).toBe(-1);
    expect(errorNumber('nonsense')).toBe(-1);
  });

  it('are each there once', () => {
    expect(new Set(errorCodes.map((code) => code.number)).size).toBe(errorCodes.length);
    expect(new Set(errorCodes.map((code) => code.name)).size).toBe(errorCodes.length);
    const closes = errorCodes.flatMap((code) => ('close' in code ? [code.close] : []));
    expect(new Set(closes).size).toBe(closes.length);
  });
});

function hello(): Frame {
  return {
    ...newHello(),
    protocol: 1,
    token: 'jt',
    deviceId: 5,
    tabId: 9,
    attempt: 3,
    storeIdHigh: 0x01234567,
    storeIdLow: 0x89abcdef,
    epoch: 2,
    batch: 7,
  };
}

function send(): ReturnType<typeof newSend> {
  return { ...newSend(), conversationA: 5, conversationB: 9, ...sender, clientSeq: 1, kind: 1, body: encodeUtf8('€') };
}

const sender = { senderIdHigh: 0xaabbccdd, senderIdLow: 1, sendIdHigh: 0x01020304, sendIdLow: 0x05060708 };
const eventFields = {
  seq: 1,
  messageNo: 1,
  authorNo: 1,
  timestamp: 2 ** 40,
  kind: 1,
  author: 9,
  ...sender,
  clientSeq: 7,
  body: encodeUtf8('hi'),
  target: 0,
  editSeq: 0,
  deleted: true,
  replyTo: 0,
};

function event(): Frame {
  return { ...newEvent(), conversationA: 5, conversationB: 9, ...eventFields };
}

function page(): Frame {
  return {
    ...newPage(),
    requestId: 2,
    conversationA: 5,
    conversationB: 9,
    headSeq: 3,
    headOthersNo: 2,
    more: true,
    watermarks: [{ user: 5, delivered: 3, read: 2 }],
    events: [eventFields],
    blockedBy: 2,
  };
}

function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

function fromHex(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex, 'hex'));
}
