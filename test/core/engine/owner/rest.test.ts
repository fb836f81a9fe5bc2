// Conversations and inbox entries that rest as bytes: nobody can tell. The same frames go to an owner that lets everything clean rest at the
// end of each step, and to one where nothing ever does.
import { expect, it } from 'vitest';
import { Holding } from '../../../../core/engine/holding.ts';
import { encodeFrame } from '../../../../core/protocol/codec.ts';
import { FrameType } from '../../../../core/protocol/generated/frame-type.ts';
import type { Frame } from '../../../../core/protocol/generated/frames.ts';
import { MemoryStore } from '../../../../core/store/memory/memory-store.ts';
import { frame } from '../edge/edge-harness.ts';
import { OwnerHarness } from './owner-harness.ts';

const ann = 5;
const peers = Array.from({ length: 12 }, (_, index) => 2 ** 40 + index);
/** Frames of the owner to itself. */
const own: readonly number[] = [
  FrameType.deliver,
  FrameType.confirm,
  FrameType.askUser,
  FrameType.userExists,
  FrameType.tell,
  FrameType.offline,
];

class Talk {
  readonly owner: OwnerHarness;
  /** Everything that left, in order. */
  readonly told: Frame[] = [];

  constructor(inUseMax: number) {
    this.owner = new OwnerHarness(new MemoryStore(), 1, { conversationsInUseMax: inUseMax, entriesInUseMax: inUseMax });
    this.owner.assigned(Holding.all, 1);
    for (const user of [ann, ...peers]) this.owner.link(frame('createAccount', { user, name: `user ${user}` }));
  }

  /** Everything that a conversation and its entries keep is asked for again after they rested. */
  run(): void {
    this.register(1);
    for (let round = 1; round <= 3; round++) {
      for (const peer of peers) {
        this.toHome(ann, this.send(peer, round));
        this.toHome(peer, frame('ack', { conversationA: ann, conversationB: peer, seq: round }));
      }
      this.pass();
      for (const peer of peers) this.askAgain(peer, round);
      this.pass();
      this.toUser(frame('list', { requestId: 4, limit: 100 }));
      this.register(round + 1);
    }
  }

  private askAgain(peer: number, round: number): void {
    const conversation = { conversationA: ann, conversationB: peer };
    // A duplicate, a conflict, a hole.
    this.toHome(ann, this.send(peer, round));
    this.toHome(ann, { ...this.send(peer, round), sendIdLow: 99 });
    this.toHome(ann, this.send(peer, round + 7));
    this.toHome(peer, frame('read', { ...conversation, seq: round, othersNo: round }));
    this.toUser(frame('read', { ...conversation, seq: round, othersNo: 0 }));
    this.toHome(peer, frame('block', { requestId: 1, ...conversation, blocked: peer === peers[3] && round < 3 }));
    this.toHome(ann, frame('sync', { requestId: 3, limit: 10, items: [{ ...conversation, afterSeq: 0 }] }));
  }

  private send(peer: number, clientSeq: number): ReturnType<typeof frame<'send'>> {
    const sender = { senderIdHigh: 0xf000_0000, senderIdLow: 1, sendIdHigh: 0xffff_ffff, sendIdLow: clientSeq };
    return frame('send', { conversationA: ann, conversationB: peer, ...sender, clientSeq, kind: 1, body: new Uint8Array([65]) });
  }

  private register(registration: number): void {
    this.link(frame('register', { session: 7, registration, user: ann, deviceId: 1, tabId: 2, attempt: 1, issuedAt: 1 }));
  }

  private toHome(user: number, inner: Frame): void {
    this.link(frame('toHome', { session: 7, user, frame: encodeFrame(inner) }));
  }

  private toUser(inner: Frame): void {
    this.link(frame('toUser', { session: 7, user: ann, about: ann, frame: encodeFrame(inner) }));
  }

  private link(...frames: Frame[]): void {
    this.owner.link(...frames);
    this.passOn();
  }

  private pass(): void {
    this.owner.pass(10_000);
    this.passOn();
  }

  private passOn(): void {
    for (;;) {
      const left = this.owner.told.splice(0);
      this.told.push(...left);
      const links = left.filter(({ type }) => own.includes(type));
      if (links.length === 0) return;
      this.owner.link(...links);
    }
  }
}

it('answers the same, whether all rests or nothing', () => {
  const resting = new Talk(0);
  resting.run();
  const awake = new Talk(1_000);
  awake.run();
  expect(resting.told).toEqual(awake.told);
  const { counters } = resting.owner.owner;
  // Of each kind at least once: 12 conversations, three rounds, less what ann's blocked peer keeps out.
  for (const type of [
    FrameType.accepted,
    FrameType.counterConflict,
    FrameType.retry,
    FrameType.rejected,
    FrameType.page,
    FrameType.entries,
  ]) {
    expect(resting.told.filter((told) => told.type === type).length).toBeGreaterThan(0);
  }
  expect(counters.conversationsWoken).toBeGreaterThan(peers.length);
  expect(counters.entriesWoken).toBeGreaterThan(peers.length);
  expect(awake.owner.owner.counters.conversationsRested).toBe(0);
});

it('a slot that is let go forgets what rests in it', () => {
  const talk = new Talk(0);
  talk.run();
  talk.owner.assigned(Holding.none, 2);
  talk.owner.pass(10_000);
  talk.owner.assigned(Holding.all, 3);
  const woken = talk.owner.owner.counters.conversationsWoken;
  talk.told.length = 0;
  talk.run();
  expect(talk.owner.owner.counters.conversationsWoken).toBeGreaterThan(woken);
  // Read again from the store, the old numbers are duplicates.
  expect(talk.told.filter(({ type }) => type === FrameType.accepted).length).toBeGreaterThan(peers.length);
});
