// What an owner does when partitions come and go, and when its lease ends (DESIGN 6).
import { beforeEach, describe, expect, it } from 'vitest';
import { Holding } from '../../../../core/engine/holding.ts';
import { ErrorCode } from '../../../../core/protocol/generated/codes.ts';
import { FrameType } from '../../../../core/protocol/generated/frame-type.ts';
import type { Frame } from '../../../../core/protocol/generated/frames.ts';
import { MemoryStore } from '../../../../core/store/memory/memory-store.ts';
import { frame } from '../edge/edge-harness.ts';
import { limits, OwnerHarness } from './owner-harness.ts';

const user = 5;
const sync: Frame = frame('sync', { requestId: 3, limit: 10, items: [{ conversationA: user, conversationB: user, afterSeq: 0 }] });

function send(clientSeq: number): Frame {
  return frame('send', {
    conversationA: user,
    conversationB: user,
    senderIdHigh: 1,
    senderIdLow: 1,
    clientSeq,
    sendIdHigh: 9,
    sendIdLow: clientSeq,
    kind: 1,
    body: new Uint8Array([65]),
  });
}

function register(registration: number): Frame {
  return frame('register', { session: 7, registration, user, deviceId: 1, tabId: 2, attempt: 1, issuedAt: 1 });
}

describe('ownership', () => {
  let store: MemoryStore;
  let a: OwnerHarness;
  let b: OwnerHarness;

  beforeEach(() => {
    store = new MemoryStore();
    a = new OwnerHarness(store, 1);
    b = new OwnerHarness(store, 2);
    a.assigned(Holding.all, 1);
    a.link(frame('createAccount', { user, name: 'ann' }));
    a.told.length = 0;
  });

  it('refuses what it does not own, and names the version it knows', () => {
    b.assigned(Holding.none, 4);
    b.toHome(user, send(1));
    expect(b.take(FrameType.retry)).toMatchObject([{ code: ErrorCode.moved, clientSeq: 1 }]);
    expect(b.take(FrameType.moved)).toMatchObject([{ version: 4, session: 0 }]);
    b.toHome(user, sync);
    expect(b.take(FrameType.page)).toMatchObject([{ code: ErrorCode.moved, requestId: 3 }]);
    b.told.length = 0;
    b.link(register(2));
    expect(b.take(FrameType.moved)).toMatchObject([{ session: 7, registration: 2 }]);
  });

  it('on loss writes out what gathers, releases, forgets, and only then says so', () => {
    a.link(register(1));
    a.toHome(user, send(1));
    expect(a.take(FrameType.accepted)).toHaveLength(1);
    a.held = true;
    a.toHome(user, send(2));
    a.toHome(user, send(3));
    a.settledVersions.length = 0;
    a.assigned(Holding.none, 2);
    a.toHome(user, send(4));
    expect(a.take(FrameType.retry)).toMatchObject([{ code: ErrorCode.moved, clientSeq: 4 }]);
    expect(a.settledVersions).toEqual([]);
    a.held = false;
    a.goOn();
    expect(a.take(FrameType.accepted)).toMatchObject([{ clientSeq: 2 }, { clientSeq: 3 }]);
    expect(a.settledVersions).toEqual([2]);
    expect(a.fenceOf(user)).toMatchObject({ released: true, assignment: 1 });
    expect(a.take(FrameType.moved).filter((moved) => 'session' in moved && moved.session === 7)).toMatchObject([{ registration: 1 }]);
  });

  it('the next owner claims at once what is released, though others may still hold more', () => {
    a.toHome(user, send(1));
    a.assigned(Holding.none, 2);
    b.assigned(Holding.released, 2);
    b.toHome(user, send(1));
    b.toHome(user, send(2));
    expect(b.take(FrameType.accepted)).toMatchObject([
      { clientSeq: 1, seq: 1 },
      { clientSeq: 2, seq: 2 },
    ]);
    expect(b.fenceOf(user)).toMatchObject({ released: false, assignment: 2 });
  });

  it('…but not what is held, until the holder is silent', () => {
    a.toHome(user, send(1));
    expect(a.take(FrameType.accepted)).toHaveLength(1);
    b.assigned(Holding.released, 2);
    b.toHome(user, send(1));
    expect(b.take(FrameType.retry)).toMatchObject([{ code: ErrorCode.unavailable }]);
    b.pass(limits.unknownRetryMs * 5);
    expect(b.fenceOf(user)).toMatchObject({ assignment: 1 });
    b.assigned(Holding.all, 3);
    b.pass(limits.unknownRetryMs * 2);
    b.toHome(user, send(2));
    expect(b.take(FrameType.accepted)).toMatchObject([{ clientSeq: 2, seq: 2 }]);
    a.toHome(user, send(2));
    expect(a.take(FrameType.accepted)).toEqual([]);
    expect(a.owner.counters.fencedSlots).toBe(1);
  });

  it('a claim by a newer assignment stands, whatever an owner that is behind believes', () => {
    b.assigned(Holding.all, 7);
    b.toHome(user, send(1));
    const fence = b.fenceOf(user);
    const behind = new OwnerHarness(store, 3);
    behind.assigned(Holding.all, 6);
    behind.toHome(user, send(1));
    behind.pass(limits.unknownRetryMs * 5);
    expect(b.fenceOf(user)).toEqual(fence);
    expect(behind.take(FrameType.retry)).toMatchObject([{ code: ErrorCode.unavailable }]);
  });

  it('serves nothing outside its lease: neither what comes, nor what was begun before', () => {
    a.step({ kind: 'lease', untilMs: a.nowMs + 5_000 });
    a.toHome(user, send(1));
    a.toHome(user, sync);
    expect(a.take(FrameType.page)).toMatchObject([{ code: ErrorCode.ok, headSeq: 1 }]);
    a.held = true;
    a.toHome(user, sync);
    a.nowMs += 5_000;
    a.held = false;
    a.goOn();
    expect(a.take(FrameType.page)).toMatchObject([{ code: ErrorCode.unavailable }]);
    a.toHome(user, sync);
    a.link(register(1));
    expect(a.take(FrameType.page)).toMatchObject([{ code: ErrorCode.unavailable }]);
    expect(a.take(FrameType.live)).toEqual([]);
    a.step({ kind: 'lease', untilMs: a.nowMs + 5_000 });
    a.toHome(user, sync);
    expect(a.take(FrameType.page)).toMatchObject([{ code: ErrorCode.ok, headSeq: 1 }]);
  });

  it('gives no offline verdict outside its lease', () => {
    a.step({ kind: 'lease', untilMs: a.nowMs + limits.registerMs });
    const conversation = { conversationA: 3, conversationB: user };
    a.link(frame('deliver', { ...conversation, user, seq: 1, messageNo: 1, timestamp: 5, kind: 1, author: 3 }));
    a.pass(2 * limits.registerMs);
    expect(a.owner.counters.coldVerdicts).toBe(1);
    expect(a.take(FrameType.offline)).toEqual([]);
  });

  it('gives no verdict of an older claim while another holds the slot (simulator seed 56)', () => {
    a.link(frame('deliver', { conversationA: 3, conversationB: user, user, seq: 1, messageNo: 1, timestamp: 5, kind: 1, author: 3 }));
    expect(a.owner.counters.coldVerdicts).toBe(1);
    a.assigned(Holding.none, 2);
    b.assigned(Holding.released, 2);
    b.link(register(1));
    expect(b.take(FrameType.live)).toHaveLength(1);
    a.assigned(Holding.released, 3);
    a.pass(2 * limits.registerMs);
    expect(a.take(FrameType.offline)).toEqual([]);
  });

  it('a partition that comes back while it is being released is claimed anew', () => {
    a.toHome(user, send(1));
    a.held = true;
    a.assigned(Holding.none, 2);
    a.assigned(Holding.all, 3);
    a.toHome(user, send(2));
    a.take(FrameType.accepted);
    a.held = false;
    a.goOn();
    expect(a.take(FrameType.accepted)).toMatchObject([{ clientSeq: 2, seq: 2 }]);
    expect(a.settledVersions.at(-1)).toBe(3);
    expect(a.fenceOf(user)).toMatchObject({ released: false, assignment: 3 });
  });

  it.each([true, false])('claims what a gained partition owes to inboxes (within a lease: %s)', (isLeased) => {
    const peer = 6;
    a.link(frame('createAccount', { user: peer, name: 'bob' }));
    const direct = { ...send(1), conversationB: peer };
    a.toHome(user, direct);
    a.link(frame('userExists', { conversationA: user, conversationB: peer, user: peer, code: ErrorCode.ok }));
    expect(a.take(FrameType.accepted)).toHaveLength(1);
    a.assigned(Holding.none, 2);
    b.assigned(Holding.none, 2);
    if (!isLeased) b.step({ kind: 'lease', untilMs: 0 });
    b.assigned(Holding.all, 3);
    expect(b.take(FrameType.deliver)).toMatchObject([{ user: peer, again: true, seq: 1 }]);
  });
});
