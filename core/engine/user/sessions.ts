/**
 * Live sessions of users: registered by edges, told events and other live frames, told bookmarks.
 *
 * Method: the highest attempt a (device, tab) wins; a registration dies with its link. What is told to nobody is an offline verdict, given only
 * by a warm owner: one whose edges had time to register (DESIGN 5, "Registration"; models/delivery 17). That time is this process's own: if it
 * stood still meanwhile, what the edges sent lies unread behind whatever asks for the verdict, so they get the time again.
 */
import { partitionOf } from '../../model/partition.ts';
import { ErrorCode } from '../../protocol/generated/codes.ts';
import { FrameType } from '../../protocol/generated/frame-type.ts';
import type { RegisterFrame, UnregisterFrame } from '../../protocol/generated/link-frames.ts';
import type { Node } from '../machine.ts';
import type { OwnerContext } from '../owner-context.ts';
import { SlotStatus } from '../slot/slot-state.ts';
import type { Inbox } from './inbox.ts';
import { SessionState, type UserState } from './user-state.ts';

/** So often in the edges' time: a look that comes a whole look late shows that the process stood still. */
const looks = 8;

interface ColdVerdict {
  readonly user: UserState;
  readonly a: number;
  readonly b: number;
  readonly seq: number;
  readonly at: number;
}

export class Sessions {
  private readonly context: OwnerContext;
  private readonly inbox: Inbox;
  /** After the loss of an edge's link nobody is known to be off line until this time. */
  private coldUntil = 0;
  /** End of the time that edges have after the last claim or lost link. */
  private graceUntil = 0;
  /** While that time lasts this process looks whether it is awake. */
  private lookAt = Number.POSITIVE_INFINITY;
  private coldVerdicts: ColdVerdict[] = [];
  /** Users who are to be told a bookmark, by its due time; those before `bookmarkHead` were. */
  private bookmarks: UserState[] = [];
  private bookmarkHead = 0;

  constructor(context: OwnerContext, inbox: Inbox) {
    this.context = context;
    this.inbox = inbox;
  }

  /** At the begin of each step: a process that stood still in the edges' time begins it anew (simulator seeds 300905, 301791). */
  begin(): void {
    const { now, limits } = this.context;
    if (now < this.lookAt) return;
    const lookMs = limits.registerMs / looks;
    if (now - this.lookAt > lookMs) {
      this.coldUntil = now + limits.registerMs;
      this.graceUntil = this.coldUntil;
      this.context.counters.stoodStill += 1;
    }
    this.lookAt = now < this.graceUntil ? now + lookMs : Number.POSITIVE_INFINITY;
  }

  /** A slot of users was claimed: their edges have time from now on. */
  claimed(): void {
    this.graceBegins();
  }

  /** @returns the session to resume; null: refused, a higher attempt is registered. */
  register(from: Node, frame: RegisterFrame, user: UserState): SessionState | null {
    const same = user.sessions.find((other) => other.deviceId === frame.deviceId && other.tabId === frame.tabId);
    const again = same !== undefined && same.node === from && same.session === frame.session;
    if (same !== undefined && !again) {
      if (frame.attempt < same.attempt) {
        this.context.counters.lowerAttemptRefused += 1;
        this.end(from, frame.session, frame.registration, ErrorCode.lowerAttempt);
        return null;
      }
      this.context.counters.superseded += 1;
      this.end(same.node, same.session, same.registration, ErrorCode.superseded);
      user.removeSession(same);
    }
    if (same === undefined && user.sessions.length >= this.context.limits.sessionsPerUserMax) {
      this.end(from, frame.session, frame.registration, ErrorCode.tooManyConnections);
      return null;
    }
    const session = again ? same : new SessionState(from, frame.session, frame.deviceId, frame.tabId);
    if (!again) user.addSession(session);
    session.registration = frame.registration;
    session.attempt = frame.attempt;
    session.issuedAt = frame.issuedAt;
    session.epoch = frame.epoch;
    session.batch = frame.batch;
    session.resumed = false;
    return session;
  }

  unregister(from: Node, frame: UnregisterFrame): void {
    const user = this.inbox.knownUser(frame.user);
    const session = user?.sessions.find((other) => other.node === from && other.session === frame.session);
    if (user === undefined || session === undefined) return;
    user.removeSession(session);
    this.departed(user);
  }

  endSessions(id: number, issuedBefore: number): void {
    const user = this.inbox.knownUser(id);
    if (user === undefined) return;
    for (const session of user.sessions) {
      if (session.issuedAt >= issuedBefore) continue;
      this.end(session.node, session.session, session.registration, ErrorCode.sessionEnded);
      user.removeSession(session);
    }
    this.departed(user);
  }

  /** The link to an edge broke: its registrations are dead, and who is off line is unknown for a while. */
  linkLost(node: Node): void {
    this.coldUntil = this.context.now + this.context.limits.registerMs;
    this.graceBegins();
    for (const user of this.inbox.allUsers()) {
      for (const session of user.sessions) if (session.node === node) user.removeSession(session);
    }
  }

  /** Another node owns the users now: their edges register them there. */
  forget(users: readonly UserState[]): void {
    for (const user of users) {
      for (const session of user.sessions) {
        this.context.tellMoved(session.node, user.slot.partition, session.session, session.registration);
        user.removeSession(session);
      }
      user.told = null;
    }
  }

  /** An event (its struct's bytes) goes to all live sessions of a member; with none, the home is told so. */
  tellEvent(user: UserState, a: number, b: number, seq: number, author: number, bytes: Uint8Array, start: number, end: number): void {
    if (user.sessions.length === 0) {
      if (author !== user.id) this.offline(user, a, b, seq);
      return;
    }
    const inner = this.context.inner;
    inner.reset();
    inner.varint(FrameType.event);
    inner.id53(a);
    inner.id53(b);
    inner.append(bytes, start, end);
    this.tellInner(user);
    if (author !== user.id) this.noteTold(user, user.id === a ? b : a, seq);
  }

  /** Tells the frame in the context's scratch to all live sessions. */
  tellInner(user: UserState): void {
    for (const session of user.sessions) this.context.toSession(session.node, session.session, session.registration);
  }

  tell(user: UserState, frame: Uint8Array, start: number, end: number): void {
    for (const session of user.sessions) {
      this.context.toSessionBytes(session.node, session.session, session.registration, frame, start, end);
    }
  }

  /** Durable entries of the user were told: a bookmark follows soon. */
  bookmarkLater(user: UserState): void {
    if (user.bookmarkAt !== 0 || user.sessions.length === 0) return;
    user.bookmarkAt = this.context.now + this.context.limits.bookmarkMs;
    this.bookmarks.push(user);
  }

  /** Tells a session how far it is complete. */
  bookmark(session: SessionState, epoch: number, batch: number): void {
    if (session.epoch === epoch && session.batch === batch && session.resumed) return;
    session.epoch = epoch;
    session.batch = batch;
    const inner = this.context.inner;
    inner.reset();
    inner.varint(FrameType.bookmark);
    inner.varint(epoch);
    inner.varint(batch);
    inner.u64(this.context.storeIdHigh, this.context.storeIdLow);
    this.context.counters.bookmarks += 1;
    this.context.toSession(session.node, session.session, session.registration);
  }

  nextWakeMs(): number {
    let wake = this.lookAt;
    if (this.bookmarkHead < this.bookmarks.length) wake = Math.min(wake, this.bookmarks[this.bookmarkHead].bookmarkAt);
    if (this.coldVerdicts.length > 0) wake = Math.min(wake, this.coldVerdicts[0].at);
    return wake;
  }

  tick(): void {
    this.bookmarksDue();
    this.verdictsDue();
  }

  private graceBegins(): void {
    const { now, limits } = this.context;
    this.graceUntil = now + limits.registerMs;
    this.lookAt = Math.min(this.lookAt, now + limits.registerMs / looks);
  }

  private bookmarksDue(): void {
    const { now } = this.context;
    while (this.bookmarkHead < this.bookmarks.length && this.bookmarks[this.bookmarkHead].bookmarkAt <= now) {
      const user = this.bookmarks[this.bookmarkHead++];
      user.bookmarkAt = 0;
      // A session that is being resumed (also: whose slot is claimed again) gets its resume's bookmark first.
      for (const session of user.sessions) if (session.resumed) this.bookmark(session, user.slot.epoch, user.slot.batch);
    }
    // Not at each tick: what waits may be a second's users.
    if (this.bookmarkHead > 1024 && this.bookmarkHead * 2 > this.bookmarks.length) {
      this.bookmarks = this.bookmarks.slice(this.bookmarkHead);
      this.bookmarkHead = 0;
    }
  }

  private verdictsDue(): void {
    const now = this.context.now;
    let due = 0;
    while (due < this.coldVerdicts.length && this.coldVerdicts[due].at <= now) {
      const { user: asked, a, b, seq } = this.coldVerdicts[due++];
      // It may have been evicted, and registered with a new state, since (simulator seed 70352).
      const user = this.inbox.knownUser(asked.id) ?? asked;
      // Another may have claimed the slot meanwhile, and we again: then it is cold anew (simulator seed 56).
      if (user.sessions.length === 0 && user.slot.status !== SlotStatus.cold) this.offline(user, a, b, seq);
    }
    if (due > 0) this.coldVerdicts = this.coldVerdicts.slice(due);
  }

  private offline(user: UserState, a: number, b: number, seq: number): void {
    const claimedAt = this.context.startedAt + user.slot.claimedAfterMs;
    const warmAt = Math.max(claimedAt + this.context.limits.registerMs, this.coldUntil);
    if (this.context.now >= warmAt && user.slot.status === SlotStatus.ready) {
      this.tellOffline(user, a, b, seq);
      return;
    }
    this.context.counters.coldVerdicts += 1;
    if (this.coldVerdicts.length < this.context.limits.coldVerdictsMax) {
      this.coldVerdicts.push({ user, a, b, seq, at: this.context.now + this.context.limits.registerMs });
    }
  }

  private tellOffline(user: UserState, a: number, b: number, seq: number): void {
    // A verdict of an owner that was deposed, perhaps without knowing, says nothing.
    if (!this.context.servesSlot(user.slot)) return;
    const link = this.context.link();
    link.varint(FrameType.offline);
    link.id53(a);
    link.id53(b);
    link.id53(user.id);
    link.varint(seq);
    this.context.sendLink(this.context.directory.ownerOf(partitionOf(a)));
  }

  private noteTold(user: UserState, peer: number, seq: number): void {
    user.told ??= new Map();
    if (user.told.size >= this.context.limits.unackedConversationsMax && !user.told.has(peer)) {
      const oldest = user.told.keys().next();
      if (!oldest.done) user.told.delete(oldest.value);
    }
    user.told.set(peer, seq);
  }

  /** A session is gone: if it was the last, what was told to it may not have arrived. The home knows what was acknowledged. */
  private departed(user: UserState): void {
    if (user.sessions.length > 0 || user.told === null) return;
    for (const [peer, seq] of user.told) this.offline(user, Math.min(user.id, peer), Math.max(user.id, peer), seq);
    user.told = null;
  }

  private end(node: Node, session: number, registration: number, code: number): void {
    const link = this.context.link();
    link.varint(FrameType.endSession);
    link.varint(session);
    link.varint(registration);
    link.varint(code);
    this.context.sendLink(node);
  }
}
