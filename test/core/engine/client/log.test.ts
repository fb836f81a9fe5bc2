// Goal: what is shown, stored and acknowledged (DESIGN 4.7, 5; models/delivery m3, m6, m7), each rule alone.
import { describe, expect, it } from 'vitest';
import { RecordMap } from '../../../../core/engine/client/client-records.ts';
import { ErrorCode } from '../../../../core/protocol/generated/codes.ts';
import {
  newAckConfirmed,
  newLive,
  newPage,
  newReadConfirmed,
  newReceipt,
  newUndelivered,
} from '../../../../core/protocol/generated/server-frames.ts';
import { defaultLimits } from '../../../../core/protocol/limits.ts';
import { bookmark, conversation, entry, event, page, peer, Scripted, storeB } from './scripted.ts';

describe('events', () => {
  it('are shown only without a hole; what is missing is fetched first', () => {
    const client = new Scripted().begin();
    client.feed(event(1), event(4), event(3));
    expect(client.shown()).toEqual([1]);
    const [sync] = client.of(6);
    expect(sync.items).toEqual([{ ...conversation, afterSeq: 1 }]);
    client.feed(page(sync.requestId, [2, 3, 4], 4));
    expect(client.shown()).toEqual([1, 2, 3, 4]);
    client.feed(event(4), event(5));
    expect(client.shown()).toEqual([1, 2, 3, 4, 5]);
  });

  it('are fetched page by page up to the head', () => {
    const client = new Scripted().begin();
    client.feed(entry(5));
    const [first] = client.of(6);
    client.feed(page(first.requestId, [1, 2], 5, true));
    const [second] = client.of(6);
    expect(second.items[0].afterSeq).toBe(2);
    client.feed(page(second.requestId, [3, 4, 5], 5));
    expect(client.shown()).toEqual([1, 2, 3, 4, 5]);
    expect(client.of(6)).toEqual([]);
  });

  it('a busy answer is asked again, an unanswered one too', () => {
    const client = new Scripted().begin();
    client.feed(entry(1));
    const [first] = client.of(6);
    client.feed({ ...newPage(), requestId: first.requestId, ...conversation, code: ErrorCode.busy });
    client.wait(defaultLimits.retryAfterMs + 100);
    expect(client.of(6)).toHaveLength(1);
    client.wait(defaultLimits.requestMs + 100);
    expect(client.of(6)).toHaveLength(1);
  });

  it('too far behind: begins anew at the tail, and says so', () => {
    const client = new Scripted({ tailEventsMax: 10 }).begin();
    client.feed(entry(100));
    const [sync] = client.of(6);
    expect(sync.items[0].afterSeq).toBe(90);
    expect(client.told).toContainEqual({ kind: 'reset', ...conversation, fromSeq: 91 });
  });

  it('a log shorter than the cursor: reset of that conversation, also in the store', () => {
    const table = new RecordMap();
    const client = new Scripted({ table }).begin();
    client.feed(event(1), event(2), event(3), entry(5));
    const [sync] = client.of(6);
    client.feed({ ...newPage(), requestId: sync.requestId, ...conversation, code: ErrorCode.reset, headSeq: 1, headOthersNo: 1 });
    expect(client.told).toContainEqual({ kind: 'reset', ...conversation, fromSeq: 1 });
    const [again] = client.of(6);
    expect(again.items[0].afterSeq).toBe(0);
    client.feed(page(again.requestId, [1], 1));
    expect(table.get('c/10-20')).toMatchObject({ cursor: 1 });
  });
});

describe('the store', () => {
  it('holds events and entries before the bookmark that covers them', () => {
    const client = new Scripted({ holdStore: true });
    client.begin();
    while (client.stores.length > 0) client.confirm();
    client.feed(event(1), event(3), bookmark(2, 9));
    const [effect] = client.stores;
    const keys = effect.records.map(({ key }) => key);
    expect(keys).toEqual(['c/10-20', 'b']);
    expect(effect.records[0].value).toMatchObject({ cursor: 1, lastSeq: 3 });
  });

  it('an event behind a gap is known after a crash: the start syncs it', () => {
    const table = new RecordMap();
    const client = new Scripted({ table }).begin();
    client.feed(event(1));
    client.feed(event(3), bookmark(2, 9));
    const next = new Scripted({ table }).begin();
    expect(next.frames[0]).toMatchObject({ type: 1, epoch: 2, batch: 9 });
    expect(next.of(6)[0].items).toEqual([{ ...conversation, afterSeq: 1 }]);
  });

  it('takes no bookmark of another store', () => {
    const client = new Scripted().begin();
    client.feed(bookmark(2, 9, storeB));
    client.reconnect();
    expect(client.of(1)[1]).toMatchObject({ epoch: 0, batch: 0 });
  });

  it('keeps the higher of two bookmarks', () => {
    const client = new Scripted().begin();
    client.feed(bookmark(3, 1), bookmark(2, 9));
    client.reconnect();
    expect(client.of(1)[1]).toMatchObject({ epoch: 3, batch: 1 });
  });
});

describe('a restored server', () => {
  it('clears cursors before the new storeId, sends no ack, and says hello anew without a bookmark', () => {
    const table = new RecordMap();
    const client = new Scripted({ table }).begin();
    client.feed(event(1), event(2), bookmark(2, 5));
    client.takeFrames();
    client.reconnect(storeB);
    expect(client.takeFrames().map((frame) => frame.type)).toEqual([1]);
    expect(client.disconnects).toBe(1);
    expect(client.told).toContainEqual({ kind: 'reset', conversationA: 0, conversationB: 0, fromSeq: 1 });
    expect(table.get('c/10-20')).toBeUndefined();
    expect(table.get('b')).toBeUndefined();
    expect(table.get('s')).toMatchObject({ storeId: '0000000300000004' });
    client.reconnect(storeB);
    const frames = client.takeFrames();
    expect(frames[0]).toMatchObject({ type: 1, epoch: 0, batch: 0, storeIdHigh: 3 });
    expect(frames.filter((frame) => frame.type === 4)).toEqual([]);
  });
});

describe('acks', () => {
  it('leave after the cursor was stored, never before', () => {
    const client = new Scripted({ holdStore: true });
    client.begin();
    while (client.stores.length > 0) client.confirm();
    client.takeFrames();
    client.feed(event(1));
    expect(client.of(4)).toEqual([]);
    client.confirm();
    expect(client.of(4)).toMatchObject([{ seq: 1 }]);
  });

  it('are one for all events of a message', () => {
    const client = new Scripted({ lean: true }).begin();
    client.feed(event(1), event(2), event(3));
    expect(client.of(4).map((ack) => ack.seq)).toEqual([3]);
  });

  it('are repeated until confirmed: after ackRepeatMs, at resume, at a new epoch of the home (12)', () => {
    const client = new Scripted().begin();
    client.feed(event(1));
    client.takeFrames();
    client.wait(defaultLimits.ackRepeatMs + 100);
    expect(client.of(4)).toHaveLength(1);
    client.reconnect();
    expect(client.of(4)).toHaveLength(1);
    client.feed({ ...newAckConfirmed(), ...conversation, seq: 0, epoch: 2 });
    expect(client.of(4)).toEqual([]);
    client.feed({ ...newAckConfirmed(), ...conversation, seq: 0, epoch: 3 });
    expect(client.of(4)).toHaveLength(1);
    client.feed({ ...newAckConfirmed(), ...conversation, seq: 1, epoch: 3 });
    client.wait(3 * defaultLimits.ackRepeatMs);
    client.reconnect();
    expect(client.of(4)).toEqual([]);
  });

  it('unconfirmed ones go again after a crash', () => {
    const table = new RecordMap();
    new Scripted({ table }).begin().feed(event(1));
    expect(new Scripted({ table }).begin().of(4)).toMatchObject([{ seq: 1 }]);
  });
});

describe('reads', () => {
  it('are repeated until both homes confirmed, over a crash too', () => {
    const table = new RecordMap();
    const client = new Scripted({ table }).begin();
    client.feed(event(1), event(2));
    client.step({ kind: 'read', ...conversation, seq: 2, othersNo: 2 });
    expect(client.of(5)).toMatchObject([{ seq: 2, othersNo: 2 }]);
    client.feed({ ...newReadConfirmed(), ...conversation, seq: 2, inbox: true });
    client.wait(defaultLimits.ackRepeatMs + 100);
    expect(client.of(5)).toHaveLength(1);
    const next = new Scripted({ table }).begin();
    expect(next.of(5)).toMatchObject([{ seq: 2, othersNo: 2 }]);
    next.feed({ ...newReadConfirmed(), ...conversation, seq: 2, inbox: true });
    next.feed({ ...newReadConfirmed(), ...conversation, seq: 2, inbox: false });
    next.wait(3 * defaultLimits.ackRepeatMs);
    expect(next.of(5)).toEqual([]);
  });

  it('never speak of what was not shown', () => {
    const client = new Scripted().begin();
    client.feed(event(1), event(9));
    client.step({ kind: 'read', ...conversation, seq: 9, othersNo: 9 });
    expect(client.of(5)).toMatchObject([{ seq: 1 }]);
  });
});

describe('receipts', () => {
  it('never go back, and drop undelivered at or below delivered (16)', () => {
    const client = new Scripted().begin();
    const receipt = { ...newReceipt(), ...conversation, user: peer };
    client.feed({ ...receipt, delivered: 3, read: 1 }, { ...receipt, delivered: 2, read: 0 });
    client.feed({ ...newUndelivered(), ...conversation, seq: 3 }, { ...newUndelivered(), ...conversation, seq: 4 });
    expect(client.told.filter((told) => told.kind === 'receipt')).toEqual([
      { kind: 'receipt', ...conversation, user: peer, delivered: 3, read: 1 },
    ]);
    expect(client.told.filter((told) => told.kind === 'undelivered')).toEqual([{ kind: 'undelivered', ...conversation, seq: 4 }]);
  });

  it('watermarks of what is shown are asked for at each live marker (13)', () => {
    const client = new Scripted().begin();
    client.step({ kind: 'show', ...conversation, shown: true });
    const [sync] = client.of(6);
    const marks = [{ user: peer, delivered: 2, read: 2 }];
    client.feed({ ...newPage(), requestId: sync.requestId, ...conversation, watermarks: marks });
    expect(client.told).toContainEqual({ kind: 'receipt', ...conversation, user: peer, delivered: 2, read: 2 });
    client.feed(newLive());
    expect(client.of(6)).toHaveLength(1);
  });
});
