// What a client says goes to the right owner as its own bytes, or is answered by the edge itself.
import { describe, expect, it } from 'vitest';
import { hashBytes } from '../../../../core/model/hash.ts';
import { partitionOf, partitionOfHash } from '../../../../core/model/partition.ts';
import { encodeFrame } from '../../../../core/protocol/codec.ts';
import { ErrorCode } from '../../../../core/protocol/generated/codes.ts';
import { FrameType } from '../../../../core/protocol/generated/frame-type.ts';
import { encodeUtf8 } from '../../../../core/protocol/utf8.ts';
import { EdgeHarness, frame, inner } from './edge-harness.ts';

const me = 200;
const lower = 100;
const body = encodeUtf8('hello, wörld');
const send = {
  conversationA: lower,
  conversationB: me,
  senderIdHigh: 1,
  senderIdLow: 2,
  clientSeq: 3,
  sendIdHigh: 4,
  sendIdLow: 5,
  kind: 1,
  body,
};
const identity = { conversationA: lower, conversationB: me, senderIdHigh: 1, senderIdLow: 2, clientSeq: 3, sendIdHigh: 4, sendIdLow: 5 };

/** A node for each partition, so that a test sees where a frame goes. */
function live(transport: 'stream' | 'request' = 'stream'): EdgeHarness {
  const edge = new EdgeHarness({}, (partition) => partition);
  edge.live(1, me, 'me', transport);
  return edge;
}

describe('routing', () => {
  it('passes a send to the home of the lower user, its bytes untouched', () => {
    const edge = live();
    edge.receive(1, frame('send', send));
    expect(edge.told[0].node).toBe(partitionOf(lower));
    const link = edge.linkFrame('toHome');
    expect(link).toMatchObject({ session: 1, user: me });
    expect(link.frame).toEqual(encodeFrame(frame('send', send)));
    expect(edge.said).toEqual([]);
  });

  it('passes acks, history, typing and block to the home', () => {
    const edge = live();
    const conversation = { conversationA: lower, conversationB: me };
    edge.receive(
      1,
      frame('ack', { ...conversation, seq: 9 }),
      frame('history', { ...conversation, requestId: 1, limit: 20 }),
      frame('typing', conversation),
      frame('block', { ...conversation, requestId: 2, blocked: true }),
    );
    expect(edge.toldNames()).toEqual(['toHome', 'toHome', 'toHome', 'toHome']);
    expect(edge.told.every((entry) => entry.node === partitionOf(lower))).toBe(true);
  });

  it('tells a read to both of its homes', () => {
    const edge = live();
    edge.receive(1, frame('read', { conversationA: lower, conversationB: me, seq: 9, othersNo: 8 }));
    expect(edge.told.map((entry) => entry.node)).toEqual([partitionOf(lower), partitionOf(me)]);
    expect(edge.linkFrame('toUser')).toMatchObject({ about: me, user: me });
  });

  it('splits a sync by conversation', () => {
    const edge = live();
    const items = [
      { conversationA: lower, conversationB: me, afterSeq: 5 },
      { conversationA: me, conversationB: 300, afterSeq: 0 },
      { conversationA: 7, conversationB: 8, afterSeq: 0 },
    ];
    edge.receive(1, frame('sync', { requestId: 4, limit: 10, bytesMax: 0, items }));
    expect(edge.told.map((entry) => entry.node)).toEqual([partitionOf(lower), partitionOf(me)]);
    const parts = edge.told.map((entry) => inner(entry.frame as { type: typeof FrameType.toHome; frame: Uint8Array } & typeof entry.frame));
    expect(parts[0]).toMatchObject({ type: FrameType.sync, requestId: 4, limit: 10, items: [items[0]] });
    expect(parts[1]).toMatchObject({ type: FrameType.sync, requestId: 4, limit: 10, items: [items[1]] });
    expect(edge.answer('page')).toMatchObject({ requestId: 4, conversationA: 7, conversationB: 8, code: ErrorCode.notMember });
  });

  it('asks own owner for list and flag, each owner for its name, the names owner for a lookup', () => {
    const edge = live();
    edge.receive(
      1,
      frame('list', { requestId: 1, limit: 10 }),
      frame('flag', { requestId: 2, conversationA: lower, conversationB: me, flags: 1 }),
      frame('names', {
        requestId: 3,
        users: [
          { user: 17, name: '' },
          { user: 18, name: '' },
        ],
      }),
      frame('lookup', { requestId: 4, name: 'ann' }),
    );
    expect(edge.told.map((entry) => entry.node)).toEqual([
      partitionOf(me),
      partitionOf(me),
      partitionOf(17),
      partitionOf(18),
      partitionOfHash(hashBytes(encodeUtf8('ann'))),
    ]);
  });

  it('lets the client leave', () => {
    const edge = live();
    edge.receive(1, frame('goodbye'));
    expect(edge.closes).toEqual([{ connection: 1, code: ErrorCode.ok }]);
    expect(edge.toldNames()).toEqual(['unregister']);
  });
});

describe('refusals', () => {
  it.each([
    ['a stranger', { conversationA: 1, conversationB: 2 }, ErrorCode.notMember],
    ['a group', { conversationA: 9, conversationB: 0 }, ErrorCode.unsupported],
    ['a long body', { body: new Uint8Array(8 * 1024 + 1).fill(65) }, ErrorCode.tooLarge],
    ['no kind', { kind: 0 }, ErrorCode.badSend],
    ['an unknown kind', { kind: 4 }, ErrorCode.badSend],
    ['an empty message', { body: new Uint8Array(0) }, ErrorCode.badSend],
    ['a message with a target', { target: 1 }, ErrorCode.badSend],
    ['an edit without a target', { kind: 2 }, ErrorCode.badSend],
    ['an edit that answers', { kind: 2, target: 1, replyTo: 2 }, ErrorCode.badSend],
    ['a deletion with a body', { kind: 3, target: 1 }, ErrorCode.badSend],
    ['number 0', { clientSeq: 0 }, ErrorCode.badSend],
    ['a key on a stream', { clientSeq: 0, idempotencyKey: 'k' }, ErrorCode.badSend],
  ])('refuses %s and keeps the connection', (_name, change, code) => {
    const edge = live();
    edge.receive(1, frame('send', { ...send, ...change }));
    const { conversationA, conversationB, clientSeq } = { ...send, ...change };
    expect(edge.answer('refused')).toMatchObject({ ...identity, conversationA, conversationB, clientSeq, code });
    expect(edge.told).toEqual([]);
    expect(edge.closes).toEqual([]);
  });

  it('takes edits and deletions', () => {
    const edge = live();
    edge.receive(1, frame('send', { ...send, kind: 2, target: 4 }));
    edge.receive(1, frame('send', { ...send, kind: 3, target: 4, body: new Uint8Array(0) }));
    expect(edge.toldNames()).toEqual(['toHome', 'toHome']);
  });

  it('takes a key from a request, without a number', () => {
    const edge = live('request');
    edge.receive(1, frame('send', { ...send, clientSeq: 0, idempotencyKey: 'k' }));
    expect(edge.toldNames()).toEqual(['toHome']);
    edge.receive(1, frame('send', { ...send, clientSeq: 1, idempotencyKey: 'k' }));
    expect(edge.answer('refused').code).toBe(ErrorCode.badSend);
  });

  it('answers what is asked about conversations of others', () => {
    const edge = live();
    const strangers = { conversationA: 1, conversationB: 2 };
    edge.receive(1, frame('history', { ...strangers, requestId: 1 }));
    expect(edge.answer('page')).toMatchObject({ requestId: 1, code: ErrorCode.notMember });
    edge.receive(1, frame('block', { ...strangers, requestId: 2 }), frame('flag', { ...strangers, requestId: 3 }));
    edge.receive(1, frame('ack', strangers), frame('read', strangers), frame('typing', strangers));
    expect(edge.names(1)).toEqual(['page', 'failed', 'failed', 'failed', 'failed', 'failed']);
    expect(edge.told).toEqual([]);
  });

  it('closes on text that is no UTF-8', () => {
    const edge = live();
    edge.receive(1, frame('send', { ...send, body: new Uint8Array([0xc3, 0x28]) }));
    expect(edge.closes).toEqual([{ connection: 1, code: ErrorCode.malformed }]);
  });
});

describe('rates', () => {
  it('answers sends over the rate of a connection with busy, and takes them later', () => {
    const edge = new EdgeHarness({ connectionFramesPerSecond: 10, connectionFramesBurst: 5 });
    edge.live(1, me);
    edge.pass(10_000);
    for (let n = 0; n < 7; n++) edge.receive(1, frame('send', send));
    expect(edge.toldNames()).toHaveLength(5);
    expect(edge.names(1)).toEqual(['retry', 'retry']);
    expect(edge.said[0].frame).toMatchObject({ ...identity, code: ErrorCode.busy });
    edge.pass(1_000);
    edge.receive(1, frame('send', send));
    expect(edge.toldNames()).toHaveLength(6);
  });

  it('limits a user over all connections, also ones that come and go', () => {
    const edge = new EdgeHarness({ userSendsPerSecond: 1, userSendsBurst: 4 });
    edge.live(1, me);
    edge.live(2, me);
    for (let n = 0; n < 2; n++) edge.receive(1, frame('send', send));
    for (let n = 0; n < 2; n++) edge.receive(2, frame('send', send));
    expect(edge.toldNames()).toHaveLength(4);
    edge.live(3, me);
    edge.receive(3, frame('send', send));
    expect(edge.answer('retry')).toMatchObject({ code: ErrorCode.busy });
    expect(edge.answer('retry').retryAfterMs).toBeGreaterThan(900);
    edge.forget();
    edge.pass(20_000);
    for (let n = 0; n < 4; n++) edge.receive(3, frame('send', send));
    expect(edge.toldNames()).toHaveLength(4);
  });

  it('leaves out watermarks over the rate and closes on anything else', () => {
    const edge = new EdgeHarness({ connectionFramesPerSecond: 10, connectionFramesBurst: 5 });
    edge.live(1, me);
    edge.pass(10_000);
    for (let n = 0; n < 50; n++) edge.receive(1, frame('ack', { conversationA: lower, conversationB: me, seq: n }));
    expect(edge.told).toHaveLength(5);
    expect(edge.closes).toEqual([]);
    edge.receive(1, frame('list', { limit: 1 }));
    expect(edge.answer('error')).toMatchObject({ code: ErrorCode.rateLimited });
    expect(edge.closes).toEqual([{ connection: 1, code: ErrorCode.rateLimited }]);
  });
});
