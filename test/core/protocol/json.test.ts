// Goal: the JSON that PROTOCOL.md promises, and a typed failure for everything else.
import { describe, expect, it } from 'vitest';
import {
  type DecodeFailure,
  encodeUtf8,
  entryFromJson,
  entryToJson,
  eventFromJson,
  eventToJson,
  FrameType,
  frameFromJson,
  frameToJson,
  messageFromJson,
  newEntryStruct,
  newEventStruct,
  newSend,
  newToHome,
} from '../../../core/protocol/index.ts';

const send = {
  type: 'send',
  conversation: '3-5',
  senderId: '18446744073709551615',
  clientSeq: 1,
  sendId: '4294967296',
  kind: 1,
  body: 'Grüße 😀',
};

describe('frames', () => {
  it('are objects as the schema says', () => {
    const frame = newSend();
    Object.assign(frame, {
      conversationA: 3,
      conversationB: 5,
      senderIdHigh: 0xffff_ffff,
      senderIdLow: 0xffff_ffff,
      clientSeq: 1,
      sendIdHigh: 1,
    });
    frame.kind = 1;
    frame.body = encodeUtf8('Grüße 😀');
    expect(frameToJson(frame)).toEqual(send);
    expect(frameFromJson(send)).toEqual(frame);
  });

  it('name codes and groups, and carry bytes as base64url', () => {
    expect(frameToJson({ type: FrameType.failed, requestId: 1, code: 20, retryAfterMs: 250 })).toMatchObject({ code: 'busy' });
    expect(frameToJson({ type: FrameType.failed, requestId: 1, code: 999, retryAfterMs: 0 })).toMatchObject({ code: 'code999' });
    expect(frameToJson({ type: FrameType.typing, conversationA: 7, conversationB: 0 })).toMatchObject({ conversation: 'g7' });
    const inner = newToHome();
    Object.assign(inner, { session: 1, user: 2, frame: Uint8Array.from([0xfb, 0xff, 0xfe, 1]) });
    expect(frameToJson(inner)).toEqual({ type: 'toHome', session: 1, user: 2, frame: '-__-AQ' });
  });

  it('skip members nobody knows, and inherit none', () => {
    expect(frameFromJson({ ...send, colour: { deep: [1] } })).toMatchObject({ type: FrameType.send });
    expect(frameFromJson(Object.create(send))).toMatchObject({ failed: true });
    expect(frameFromJson({ type: 'toString' })).toMatchObject({ reason: 'unknownType' });
  });
});

describe('what is no frame', () => {
  it.each<[string, unknown, DecodeFailure['reason'], string]>([
    ['null', null, 'badJson', ''],
    ['a number', 3, 'badJson', ''],
    ['an array', [send], 'badJson', ''],
    ['no type', {}, 'unknownType', 'type'],
    ['a type that is a number', { ...send, type: 3 }, 'unknownType', 'type'],
    ['a missing field', { ...send, body: undefined }, 'missingField', 'body'],
    ['null for a field', { ...send, body: null }, 'badValue', 'body'],
    ['a negative number', { ...send, clientSeq: -1 }, 'badValue', 'clientSeq'],
    ['a fraction', { ...send, clientSeq: 1.5 }, 'badValue', 'clientSeq'],
    ['2^53', { ...send, clientSeq: 2 ** 53 }, 'badValue', 'clientSeq'],
    ['256 for a byte', { ...send, kind: 256 }, 'badValue', 'kind'],
    ['a u64 as number', { ...send, sendId: 5 }, 'badValue', 'sendId'],
    ['a u64 that is too large', { ...send, sendId: '18446744073709551616' }, 'badValue', 'sendId'],
    ['a u64 with a leading zero', { ...send, sendId: '01' }, 'badValue', 'sendId'],
    ['the upper user first', { ...send, conversation: '5-3' }, 'badConversation', 'conversation'],
    ['user 0', { ...send, conversation: '0-3' }, 'badConversation', 'conversation'],
    ['an id above 2^53 - 1', { ...send, conversation: 'g9007199254740993' }, 'badConversation', 'conversation'],
    ['a lone surrogate', { ...send, body: '\ud800' }, 'badText', 'body'],
    ['a long body', { ...send, body: 'ü'.repeat(4097) }, 'tooLong', 'body'],
    ['a string for a bool', { type: 'block', requestId: 1, conversation: '1-2', blocked: 'true' }, 'badValue', 'blocked'],
    ['an unknown code', { type: 'failed', requestId: 1, code: 'sad', retryAfterMs: 0 }, 'badValue', 'code'],
    ['bad base64url', { type: 'toHome', session: 1, user: 2, frame: '+A==' }, 'badValue', 'frame'],
    ['base64url with bits left over', { type: 'toHome', session: 1, user: 2, frame: 'AB' }, 'badValue', 'frame'],
    ['id 0', { type: 'toHome', session: 1, user: 0, frame: '' }, 'badId', 'user'],
    ['items that are no objects', { type: 'sync', requestId: 1, limit: 1, bytesMax: 0, items: [3] }, 'badValue', 'items'],
    [
      'an item without a field',
      { type: 'sync', requestId: 1, limit: 1, bytesMax: 0, items: [{ afterSeq: 1 }] },
      'missingField',
      'conversation',
    ],
    ['too many items', { type: 'sync', requestId: 1, limit: 1, bytesMax: 0, items: new Array(65).fill({}) }, 'tooLong', 'items'],
  ])('%s', (_name, value, reason, field) => {
    expect(frameFromJson(value)).toMatchObject({ failed: true, reason, field });
  });

  it.each(['', '{', '[{"type":"ping"}', 'nul', '[1]', '['.repeat(100_000), `${'['.repeat(50_000)}${']'.repeat(50_000)}`])(
    'text %#',
    (text) => {
      expect(messageFromJson(text)).toMatchObject({ failed: true });
    },
  );
});

describe('structs in HTTP bodies', () => {
  it('are objects of the same fields', () => {
    const event = newEventStruct();
    Object.assign(event, { seq: 4, author: 3, kind: 1, replyTo: 2, sendIdLow: 9 });
    event.body = encodeUtf8('hi');
    const json = eventToJson(event);
    expect(json).toMatchObject({ seq: 4, author: 3, body: 'hi', sendId: '9', replyTo: 2 });
    expect(json).not.toHaveProperty('target');
    expect(eventFromJson(json)).toEqual(event);
    const entry = newEntryStruct();
    Object.assign(entry, { conversationA: 1, conversationB: 2, lastSeq: 3 });
    expect(entryToJson(entry)).toMatchObject({ conversation: '1-2', lastSeq: 3 });
    expect(entryFromJson(entryToJson(entry))).toEqual(entry);
    expect(entryFromJson(7)).toMatchObject({ failed: true });
  });
});
