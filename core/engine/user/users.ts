/**
 * The user owner: sessions and inbox of the users of its partitions (DESIGN 4 steps 6 and 9, DESIGN 5).
 *
 * Method: registrations and events meet here. A session is live from the instant it registers; the answer to its hello follows when the
 * inbox is in memory: every entry newer than its bookmark, merged with what is raised and not yet durable, then the bookmark, then `live`.
 */

import { othersNo } from '../../model/unread.ts';
import { ErrorCode } from '../../protocol/generated/codes.ts';
import { FrameType } from '../../protocol/generated/frame-type.ts';
import {
  newDeliver,
  newEndSessions,
  newRegister,
  newTell,
  newUnregister,
  readEndSessions,
  readRegister,
  readTell,
  readUnregister,
} from '../../protocol/generated/link-frames.ts';
import { newEntryStruct, writeEntryStruct } from '../../protocol/generated/structs.ts';
import type { FrameReader } from '../../protocol/reader.ts';
import type { Arrival } from '../arrival.ts';
import type { Node } from '../machine.ts';
import type { OwnerContext } from '../owner-context.ts';
import type { Gather } from '../slot/gather.ts';
import { type SlotState, SlotStatus } from '../slot/slot-state.ts';
import type { Slots } from '../slot/slots.ts';
import type { EntryState } from './entry-state.ts';
import type { Inbox } from './inbox.ts';
import { Sessions } from './sessions.ts';
import { InboxStatus, type SessionState, type UserState } from './user-state.ts';

export class Users {
  readonly sessions: Sessions;
  private readonly context: OwnerContext;
  private readonly slots: Slots;
  private readonly inbox: Inbox;
  private readonly registerFrame = newRegister();
  private readonly unregisterFrame = newUnregister();
  private readonly endFrame = newEndSessions();
  private readonly tellFrame = newTell();
  private readonly entryStruct = newEntryStruct();
  private readonly deliverFrame = newDeliver();
  /** Set by the owner: handle a parked frame again; answer it with a code. */
  replay: (from: Node, frame: Uint8Array) => void = () => {};
  refuse: (from: Node, frame: Uint8Array, code: number) => void = () => {};

  constructor(context: OwnerContext, slots: Slots, inbox: Inbox) {
    this.context = context;
    this.slots = slots;
    this.inbox = inbox;
    this.sessions = new Sessions(context, inbox);
    inbox.onDurable = (entry, slot) => this.entryDurable(entry, slot);
    inbox.onLoaded = (user, ok) => this.inboxLoaded(user, ok);
  }

  /** The user if its slot is ours now; null: the frame was parked. */
  need(arrival: Arrival, id: number): UserState | null {
    const user = this.inbox.user(id);
    if (this.slots.isReady(user.slot)) return user;
    arrival.park(user.slot.park());
    return null;
  }

  register(arrival: Arrival, reader: FrameReader): void {
    const frame = this.registerFrame;
    if (!readRegister(reader, frame)) return;
    const user = this.need(arrival, frame.user);
    if (user === null) return;
    const session = this.sessions.register(arrival.from, frame, user);
    if (session === null) return;
    this.context.counters.resumes += 1;
    if (user.inbox === InboxStatus.loaded) {
      this.context.counters.resumesFromMemory += 1;
      this.resume(user, session);
    } else {
      this.context.counters.resumesFromScan += 1;
      this.inbox.loadAll(user);
    }
  }

  /** Not served here: the edge registers the session again. */
  refuseRegistration(arrival: Arrival, reader: FrameReader, partition: number): void {
    const frame = this.registerFrame;
    if (readRegister(reader, frame)) this.context.tellMoved(arrival.from, partition, frame.session, frame.registration);
  }

  unregister(arrival: Arrival, reader: FrameReader): void {
    if (!readUnregister(reader, this.unregisterFrame)) return;
    // A registration that still waits for its slot must not outlive this.
    if (this.need(arrival, this.unregisterFrame.user) === null) return;
    this.sessions.unregister(arrival.from, this.unregisterFrame);
  }

  endSessions(reader: FrameReader): void {
    if (readEndSessions(reader, this.endFrame)) this.sessions.endSessions(this.endFrame.user, this.endFrame.issuedBefore);
  }

  /** A frame of a home for all live sessions of a user. */
  passOn(reader: FrameReader): void {
    const frame = this.tellFrame;
    if (readTell(reader, frame)) this.tell(frame.user, frame.frame, 0, frame.frame.length);
  }

  tell(id: number, frame: Uint8Array, start: number, end: number): void {
    const user = this.inbox.knownUser(id);
    if (user !== undefined) this.sessions.tell(user, frame, start, end);
  }

  /** A durable event of a conversation whose home is this slot: its lower user's sessions. */
  tellEvent(id: number, a: number, b: number, seq: number, author: number, bytes: Uint8Array, start: number, end: number): void {
    const user = this.inbox.user(id);
    this.sessions.tellEvent(user, a, b, seq, author, bytes, start, end);
    this.sessions.bookmarkLater(user);
  }

  /** `deliver`: tell the sessions at once, raise the entry, confirm when it is durable. */
  deliver(arrival: Arrival, reader: FrameReader): void {
    const a = reader.id53();
    const b = reader.id53OrZero();
    const id = reader.id53();
    reader.bool();
    const start = reader.position;
    const event = this.deliverFrame;
    event.seq = reader.varint();
    event.messageNo = reader.varint();
    event.authorNo = reader.varint();
    event.timestamp = reader.varint();
    event.kind = reader.u8();
    event.author = reader.id53();
    if (reader.failure !== '') return;
    const user = this.need(arrival, id);
    if (user === null) return;
    this.sessions.tellEvent(user, a, b, event.seq, event.author, arrival.bytes, start, arrival.end);
    this.inbox.raise(id, a, b, event.seq, othersNo(event, id), event.timestamp, arrival.from);
  }

  /** After a self re-claim: every registered session is caught up from its last bookmark. */
  claimed(slot: SlotState): void {
    for (const user of this.inbox.allUsers()) {
      if (user.slot !== slot || user.sessions.length === 0) continue;
      for (const session of user.sessions) session.resumed = false;
      this.inbox.loadAll(user);
    }
  }

  fenced(slot: SlotState): void {
    this.sessions.forget([...this.inbox.allUsers()].filter((user) => user.slot === slot));
  }

  /** What gathers in a user's slot. */
  gatherOf(user: UserState): Gather {
    return this.slots.gather(user.slot);
  }

  /** Tells an entry to all live sessions. */
  tellEntry(user: UserState, entry: EntryState): void {
    this.writeEntry(entry);
    this.sessions.tellInner(user);
  }

  private inboxLoaded(user: UserState, ok: boolean): void {
    if (!ok || !this.context.servesSlot(user.slot)) {
      // Sessions wait on; the next tick of their edge or frame of theirs tries again.
      user.parked?.replay((from, frame) => this.refuse(from, frame, ErrorCode.unavailable));
      this.retryLoad(user);
      return;
    }
    for (const session of user.sessions) if (!session.resumed) this.resume(user, session);
    user.parked?.replay(this.replay);
  }

  private waitingToLoad: UserState[] = [];
  private loadAgainAt = Number.POSITIVE_INFINITY;

  private retryLoad(user: UserState): void {
    this.waitingToLoad.push(user);
    this.loadAgainAt = Math.min(this.loadAgainAt, this.context.now + this.context.limits.unknownRetryMs);
  }

  nextWakeMs(): number {
    return Math.min(this.loadAgainAt, this.sessions.nextWakeMs());
  }

  tick(): void {
    this.sessions.tick();
    if (this.context.now < this.loadAgainAt) return;
    const users = this.waitingToLoad;
    this.waitingToLoad = [];
    this.loadAgainAt = Number.POSITIVE_INFINITY;
    for (const user of users) {
      if (!user.sessions.some((session) => !session.resumed)) continue;
      if (user.inbox === InboxStatus.loaded) this.inboxLoaded(user, true);
      else if (this.slots.isReady(user.slot)) this.inbox.loadAll(user);
      else if (user.slot.status === SlotStatus.ready) this.retryLoad(user);
    }
  }

  /** Answers a session's hello from memory: entries in version order with bookmarks between them, the bookmark, `live`. */
  private resume(user: UserState, session: SessionState): void {
    const { epoch, batch } = session;
    const durable: EntryState[] = [];
    for (const entry of this.inbox.entriesOf(user)) {
      if (!entry.loaded || entry.empty) continue;
      if (entry.dirty) {
        this.context.counters.raisedMergedIntoResume += 1;
        this.tellEntryTo(session, entry);
      } else if (isAfter(entry.epoch, entry.batch, epoch, batch)) {
        durable.push(entry);
      }
    }
    durable.sort((left, right) => left.epoch - right.epoch || left.batch - right.batch);
    for (let index = 0; index < durable.length; index++) {
      this.tellEntryTo(session, durable[index]);
      const chunkEnds = (index + 1) % this.context.limits.entriesPerChunk === 0;
      if (chunkEnds && index + 1 < durable.length && differ(durable[index], durable[index + 1])) {
        this.sessions.bookmark(session, durable[index].epoch, durable[index].batch);
      }
    }
    this.sessions.bookmark(session, user.slot.epoch, user.slot.batch);
    session.resumed = true;
    const inner = this.context.inner;
    inner.reset();
    inner.varint(FrameType.live);
    this.context.toSession(session.node, session.session, session.registration);
  }

  private tellEntryTo(session: SessionState, entry: EntryState): void {
    this.writeEntry(entry);
    this.context.toSession(session.node, session.session, session.registration);
  }

  private writeEntry(entry: EntryState): void {
    const inner = this.context.inner;
    inner.reset();
    inner.varint(FrameType.entry);
    writeEntryStruct(inner, entry.fill(this.entryStruct));
  }

  /** An entry's row is durable: confirm the raise, tell what no event told, let a bookmark follow. */
  private entryDurable(entry: EntryState, _slot: SlotState): void {
    if (entry.confirmOwed && entry.lastSeq <= entry.durableSeq) this.inbox.confirm(entry);
    if (entry.tellWhenDurable && !entry.changed) {
      entry.tellWhenDurable = false;
      this.tellEntry(entry.user, entry);
    }
    if (entry.readWaiters.length > 0) this.confirmReads(entry);
    if (entry.dirty) this.inbox.write(entry);
    this.sessions.bookmarkLater(entry.user);
  }

  private confirmReads(entry: EntryState): void {
    const waiters = entry.readWaiters;
    entry.readWaiters = [];
    for (const waiter of waiters) {
      // A read beyond what this inbox knows is clamped: the client repeats it.
      if (!entry.changed) this.tellReadConfirmed(waiter.node, waiter.session, entry, Math.min(waiter.seq, entry.readSeq));
      else entry.readWaiters.push(waiter);
    }
  }

  tellReadConfirmed(node: Node, session: number, entry: EntryState, seq: number): void {
    const inner = this.context.inner;
    inner.reset();
    inner.varint(FrameType.readConfirmed);
    inner.id53(entry.a);
    inner.id53(entry.b);
    inner.varint(seq);
    inner.u8(1);
    this.context.toSession(node, session, 0);
  }
}

function isAfter(epoch: number, batch: number, thanEpoch: number, thanBatch: number): boolean {
  return epoch > thanEpoch || (epoch === thanEpoch && batch > thanBatch);
}

function differ(left: EntryState, right: EntryState): boolean {
  return left.epoch !== right.epoch || left.batch !== right.batch;
}
