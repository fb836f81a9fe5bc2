// Goal: the sender's rules of DESIGN 4 and models/delivery (numbers in brackets are its findings), each alone.
import { describe, expect, it } from 'vitest';
import { RecordMap } from '../../../../core/engine/client/client-records.ts';
import { ErrorCode } from '../../../../core/protocol/generated/codes.ts';
import { newCounterConflict, newExpired, newPage, newRefused, newRejected } from '../../../../core/protocol/generated/server-frames.ts';
import { defaultLimits } from '../../../../core/protocol/limits.ts';
import { decodeUtf8 } from '../../../../core/protocol/utf8.ts';
import { accepted, conversation, eventOf, identity, me, page, retry, Scripted, type SendFrame, storeB } from './scripted.ts';

const W = defaultLimits.windowSends;

function sendMany(client: Scripted, count: number): SendFrame[] {
  for (let index = 0; index < count; index++) client.send(`m${index + 1}`);
  return client.sends();
}

describe('a send', () => {
  it('leaves only after its number, sendId and text were stored', () => {
    const client = new Scripted({ holdStore: true });
    client.begin();
    client.confirm();
    client.takeFrames();
    client.send('hello');
    expect(client.sends()).toEqual([]);
    const records = client.stores.flatMap((effect) => effect.records.map(({ value }) => value));
    expect(records).toContainEqual(expect.objectContaining({ body: 'hello' }));
    while (client.stores.length > 0) client.confirm();
    expect(client.sends().map((send) => send.clientSeq)).toEqual([1]);
  });

  it('goes out only when every number ≤ n − W has its outcome (3)', () => {
    const client = new Scripted().begin();
    const first = sendMany(client, W + 3);
    expect(first.map((send) => send.clientSeq)).toEqual(Array.from({ length: W }, (_, index) => index + 1));
    // 2 … W are accepted, 1 is not: nothing more may go.
    client.feed(...first.slice(1).map((send) => accepted(send, send.clientSeq)));
    expect(client.sends()).toEqual([]);
    client.feed(accepted(first[0], 1));
    expect(client.sends().map((send) => send.clientSeq)).toEqual([W + 1, W + 2, W + 3]);
  });

  it('goes again on a new connection under the same identity, and has one outcome', () => {
    const client = new Scripted().begin();
    const [before] = sendMany(client, 1);
    client.reconnect();
    const [again] = client.sends();
    expect(again).toEqual(before);
    client.feed(accepted(again, 7), accepted(again, 7), eventOf(again, 1));
    expect(client.outcomes()).toEqual(['1 accepted 7']);
  });

  it('goes again after sendRepeatMs without an answer', () => {
    const client = new Scripted().begin();
    const [before] = sendMany(client, 1);
    client.wait(defaultLimits.sendRepeatMs);
    expect(client.sends()).toEqual([before]);
  });

  it('waits for the store once, however many effects are confirmed before its own', () => {
    const client = new Scripted({ holdStore: true });
    client.begin();
    const confirmAll = () => {
      while (client.stores.length > 0) client.confirm();
    };
    confirmAll();
    client.takeFrames();
    client.send('first');
    confirmAll();
    const [first] = client.sends();
    // Effects of another conversation come before those of two senders of this one.
    for (let index = 0; index < 40; index++) {
      const identityWords = { sendIdHigh: 7, sendIdLow: index, senderIdHigh: 7, senderIdLow: 7 };
      const text = { messageKind: 1, body: new Uint8Array(1), target: 0, replyTo: 0 };
      client.step({ kind: 'send', localId: 1000 + index, conversationA: me, conversationB: me, ...text, ...identityWords });
    }
    client.send('second');
    client.feed({ ...newCounterConflict(), ...identity(first) });
    confirmAll();
    const texts = client.sends().filter((send) => send.conversationB !== me);
    expect(texts.map((send) => decodeUtf8(send.body))).toEqual(['second', 'first']);
  });

  it('outlives the process: restored, told, sent again under the same identity', () => {
    const table = new RecordMap();
    const [before] = sendMany(new Scripted({ table }).begin(), 1);
    const next = new Scripted({ table }).begin();
    expect(next.told).toContainEqual(expect.objectContaining({ kind: 'restored', localId: -1 }));
    expect(next.sends()).toEqual([before]);
    next.feed(accepted(before, 1));
    expect(next.outcomes()).toEqual(['-1 accepted 1']);
    expect(table.list().filter(({ key }) => key.startsWith('o/x/m/'))).toEqual([]);
    // …and the sender goes on with the next number.
    next.send('after');
    expect(next.sends()[0]).toMatchObject({ clientSeq: 2, senderIdLow: before.senderIdLow });
  });

  it('takes the next number after a restart, also when none is open', () => {
    const table = new RecordMap();
    const client = new Scripted({ table }).begin();
    const [before] = sendMany(client, 1);
    client.feed(accepted(before, 1));
    const next = new Scripted({ table }).begin();
    next.send('after');
    expect(next.sends()[0]).toMatchObject({ clientSeq: 2, senderIdLow: before.senderIdLow });
  });

  it('is not sent before the welcome', () => {
    const client = new Scripted();
    client.step({
      kind: 'loaded',
      records: [{ key: 's', value: { storeId: '0000000100000002', user: 10, name: 'me' } }],
      outbox: 'x',
      deviceId: 1,
      tabId: 2,
    });
    client.step({ kind: 'token', token: 't' });
    client.step({ kind: 'connected' });
    client.send('early');
    expect(client.sends()).toEqual([]);
  });
});

describe('an own event', () => {
  it('resolves a send only with an equal sendId (2)', () => {
    const client = new Scripted().begin();
    const [send] = sendMany(client, 1);
    client.feed(eventOf({ ...send, sendIdLow: send.sendIdLow + 1 }, 1));
    expect(client.outcomes()).toEqual([]);
    client.feed(eventOf(send, 2));
    expect(client.outcomes()).toEqual(['1 accepted 2']);
  });
});

describe('answers', () => {
  it('counterConflict moves that send alone; every other keeps its number (1)', () => {
    const client = new Scripted().begin();
    const [one, two, three] = sendMany(client, 3);
    client.feed({ ...newCounterConflict(), ...identity(two) });
    const [moved] = client.sends();
    expect(moved.senderIdLow).not.toBe(two.senderIdLow);
    expect(moved.sendIdLow).not.toBe(two.sendIdLow);
    expect(moved.body).toEqual(two.body);
    client.wait(defaultLimits.sendRepeatMs);
    expect(client.sends().map((send) => [send.senderIdLow, send.clientSeq])).toEqual([
      [one.senderIdLow, 1],
      [three.senderIdLow, 3],
      [moved.senderIdLow, moved.clientSeq],
    ]);
    // New sends take the new sender.
    client.send('later');
    expect(client.sends()[0]).toMatchObject({ senderIdLow: moved.senderIdLow, clientSeq: moved.clientSeq + 1 });
  });

  it('gap waits for its predecessor and keeps its number', () => {
    const client = new Scripted().begin();
    const [one, two] = sendMany(client, 2);
    client.feed(retry(one, ErrorCode.busy, 0, 500), retry(two, ErrorCode.gap, 1));
    client.wait(400);
    expect(client.sends()).toEqual([]);
    client.wait(200);
    expect(client.sends()).toEqual([one, two]);
  });

  it('a late gap does not move anything (mutant gapMoves)', () => {
    const client = new Scripted().begin();
    const [one, two] = sendMany(client, 2);
    client.feed(retry(two, ErrorCode.gap, 1), accepted(one, 1));
    expect(client.sends()).toEqual([two]);
  });

  it('gap below what the sender had resolved before a restore retires it; sends above move (4)', () => {
    const client = new Scripted().begin();
    const [one, two] = sendMany(client, 2);
    client.feed(accepted(one, 1), accepted(two, 2));
    client.send('three');
    const [three] = client.sends();
    client.reconnect(storeB);
    // The hello spoke of the old store: it connects once more.
    expect(client.disconnects).toBe(1);
    client.reconnect(storeB);
    expect(client.sends()).toEqual([three]);
    client.feed(retry(three, ErrorCode.gap, 1));
    const [moved] = client.sends();
    expect(moved.clientSeq).toBe(1);
    expect(moved.senderIdLow).not.toBe(three.senderIdLow);
  });

  it('gap at a number that was open at the restore waits', () => {
    const client = new Scripted().begin();
    const [one, two] = sendMany(client, 2);
    client.reconnect(storeB);
    client.reconnect(storeB);
    client.takeFrames();
    client.feed(retry(two, ErrorCode.gap, 1), accepted(one, 1));
    expect(client.sends()).toEqual([two]);
  });

  it('expired is looked for in the log: found = accepted', () => {
    const client = new Scripted().begin();
    const [send] = sendMany(client, 1);
    client.feed({ ...newExpired(), ...identity(send) });
    const [history] = client.of(7);
    expect(history).toMatchObject({ fromSeq: 0, newer: true });
    const found = eventOf(send, 5);
    client.feed({ ...newPage(), requestId: history.requestId, ...conversation, headSeq: 9, events: [found as never] });
    expect(client.outcomes()).toEqual(['1 accepted 5']);
  });

  it('expired and not found up to the head: a new identity', () => {
    const client = new Scripted().begin();
    const [send] = sendMany(client, 1);
    client.feed({ ...newExpired(), ...identity(send) });
    const [first] = client.of(7);
    client.feed(page(first.requestId, [1, 2], 3, true));
    const [second] = client.of(7);
    expect(second.fromSeq).toBe(2);
    client.feed(page(second.requestId, [3], 3));
    const [moved] = client.sends();
    expect(moved.sendIdLow).not.toBe(send.sendIdLow);
    expect(moved.senderIdLow).not.toBe(send.senderIdLow);
  });

  it('rejected is an outcome; what comes later is dropped', () => {
    const client = new Scripted().begin();
    const [send] = sendMany(client, 1);
    client.feed({ ...newRejected(), ...identity(send), code: ErrorCode.blocked }, accepted(send, 3));
    expect(client.outcomes()).toEqual(['1 rejected 0']);
  });

  it('refused is told, and what stands behind goes on under a new sender', () => {
    const client = new Scripted().begin();
    const [one, two] = sendMany(client, 2);
    client.feed({ ...newRefused(), ...identity(one), code: ErrorCode.badSend });
    expect(client.outcomes()).toEqual(['1 refused 0']);
    const [moved] = client.sends();
    expect(moved).toMatchObject({ clientSeq: 1, body: two.body });
    expect(moved.senderIdLow).not.toBe(one.senderIdLow);
  });

  it('of an identity it no longer has are dropped', () => {
    const client = new Scripted().begin();
    const [send] = sendMany(client, 1);
    client.feed({ ...newCounterConflict(), ...identity(send) });
    client.takeFrames();
    client.feed(accepted(send, 1));
    expect(client.outcomes()).toEqual([]);
  });
});

it('more than outboxSendsMax open sends are refused here', () => {
  const client = new Scripted();
  client.begin();
  for (let index = 0; index <= defaultLimits.outboxSendsMax; index++) client.send('x');
  expect(client.outcomes()).toEqual([`${defaultLimits.outboxSendsMax + 1} refused 0`]);
});

it('an adopted outbox goes on while this one lives', () => {
  const table = new RecordMap();
  const [before] = sendMany(new Scripted({ table }).begin(), 1);
  const living = new Scripted().begin();
  living.step({ kind: 'adopted', records: table.list().filter(({ key }) => key.startsWith('o/')) });
  expect(living.sends()).toEqual([before]);
});
