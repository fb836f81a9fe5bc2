/**
 * What a user asks its owner: the conversation list, read and flags of an entry, names of users.
 */
import { writeAccountKey } from '../../model/keys.ts';
import { readAccount } from '../../model/values.ts';
import { newFlag, newList, newNames, newRead, readFlag, readList, readNames, readRead } from '../../protocol/generated/client-frames.ts';
import { ErrorCode } from '../../protocol/generated/codes.ts';
import { FrameType } from '../../protocol/generated/frame-type.ts';
import { newEntryStruct, writeEntryStruct } from '../../protocol/generated/structs.ts';
import type { FrameReader } from '../../protocol/reader.ts';
import { Table } from '../../store/port.ts';
import type { Arrival } from '../arrival.ts';
import type { Node } from '../machine.ts';
import type { OwnerContext } from '../owner-context.ts';
import { answerWhenDurable, tellFailed } from '../request-answers.ts';
import type { EntryState } from './entry-state.ts';
import type { Inbox } from './inbox.ts';
import { InboxStatus } from './user-state.ts';
import type { Users } from './users.ts';

/** Flags a user may set; bit 2 is the server's. */
const ownFlags = 3;

export class Requests {
  private readonly context: OwnerContext;
  private readonly inbox: Inbox;
  private readonly users: Users;
  private readonly listFrame = newList();
  private readonly readFrame = newRead();
  private readonly flagFrame = newFlag();
  private readonly namesFrame = newNames();
  private readonly entryStruct = newEntryStruct();

  constructor(context: OwnerContext, inbox: Inbox, users: Users) {
    this.context = context;
    this.inbox = inbox;
    this.users = users;
  }

  /** Own conversations by recency. */
  list(arrival: Arrival, reader: FrameReader): void {
    if (!readList(reader, this.listFrame)) return;
    const user = this.users.need(arrival, arrival.user);
    if (user === null) return;
    if (user.inbox !== InboxStatus.loaded) {
      arrival.park(user.park());
      this.inbox.loadAll(user);
      return;
    }
    const { requestId, beforeTimestamp } = this.listFrame;
    const limit = Math.min(this.listFrame.limit, this.context.limits.listEntriesMax);
    const wanted = this.inbox
      .entriesOf(user)
      .filter((entry) => !entry.empty && (beforeTimestamp === 0 || entry.lastTimestamp < beforeTimestamp))
      .sort((left, right) => right.lastTimestamp - left.lastTimestamp || left.a - right.a || left.b - right.b);
    this.answerList(arrival.from, arrival.session, requestId, ErrorCode.ok, wanted.slice(0, limit), wanted.length > limit);
  }

  /** The own inbox's share of a `read`; the conversation's home has the other. */
  read(arrival: Arrival, reader: FrameReader): void {
    const frame = this.readFrame;
    if (!readRead(reader, frame)) return;
    const entry = this.entry(arrival, frame.conversationA, frame.conversationB);
    if (entry === null) return;
    const seq = Math.min(frame.seq, entry.lastSeq);
    if (seq > entry.readSeq) {
      entry.raiseRead(seq, seq === entry.lastSeq ? entry.lastOthersNo : Math.min(frame.othersNo, entry.lastOthersNo));
      this.change(entry);
    }
    if (!entry.changed) {
      this.users.tellReadConfirmed(arrival.from, arrival.session, entry, seq);
      return;
    }
    const waiters = entry.readWaiters.filter((waiter) => waiter.session !== arrival.session || waiter.node !== arrival.from);
    if (waiters.length < this.context.limits.sessionsPerUserMax) waiters.push({ node: arrival.from, session: arrival.session, seq });
    entry.readWaiters = waiters;
  }

  flag(arrival: Arrival, reader: FrameReader): void {
    const frame = this.flagFrame;
    if (!readFlag(reader, frame)) return;
    const entry = this.entry(arrival, frame.conversationA, frame.conversationB);
    if (entry === null) return;
    const { from: node, session } = arrival;
    const { requestId } = frame;
    if (entry.lastSeq === 0 || entry.user.slot.trouble !== 0) {
      tellFailed(this.context, node, session, requestId, entry.lastSeq === 0 ? ErrorCode.noSuchTarget : entry.user.slot.trouble);
      return;
    }
    entry.flags = (entry.flags & ~ownFlags) | (frame.flags & ownFlags);
    this.change(entry);
    answerWhenDurable(this.context, this.users.gatherOf(entry.user), node, session, requestId);
  }

  /** One user's name. */
  names(arrival: Arrival, reader: FrameReader): void {
    if (!readNames(reader, this.namesFrame)) return;
    const user = this.users.need(arrival, arrival.about);
    if (user === null) return;
    const { from: node, session, about } = arrival;
    const { requestId } = this.namesFrame;
    const { key, limits } = this.context;
    key.reset();
    writeAccountKey(key, user.slot.partition, user.slot.slot, about);
    this.context.get(Table.users, key.copy(), {
      got: (result) => {
        const isServed = this.context.servesSlot(user.slot);
        if (result.kind === 'unavailable' || !isServed) this.answerName(node, session, requestId, ErrorCode.unavailable, about, '');
        else if (result.value === null) this.answerName(node, session, requestId, ErrorCode.ok, about, '');
        else this.answerName(node, session, requestId, ErrorCode.ok, about, readAccount(result.value, limits.nameBytesMax).name);
      },
    });
  }

  /** Answers a request that waited in vain. */
  refuse(arrival: Arrival, reader: FrameReader, type: number, code: number): void {
    const { from: node, session } = arrival;
    if (type === FrameType.list && readList(reader, this.listFrame))
      this.answerList(node, session, this.listFrame.requestId, code, [], false);
    else if (type === FrameType.flag && readFlag(reader, this.flagFrame))
      tellFailed(this.context, node, session, this.flagFrame.requestId, code);
    else if (type === FrameType.names && readNames(reader, this.namesFrame)) {
      this.answerName(node, session, this.namesFrame.requestId, code, arrival.about, '');
    }
  }

  answerName(node: Node, session: number, requestId: number, code: number, user: number, name: string): void {
    const inner = this.context.inner;
    inner.reset();
    inner.varint(FrameType.userNames);
    inner.varint(requestId);
    inner.varint(code);
    inner.id53(user);
    inner.string(name);
    this.context.toSession(node, session, 0);
  }

  private entry(arrival: Arrival, a: number, b: number): EntryState | null {
    const user = this.users.need(arrival, arrival.user);
    if (user === null || (arrival.user !== a && arrival.user !== b)) return null;
    const entry = this.inbox.entry(arrival.user, a, b);
    if (entry.loaded) return entry;
    const { from, bytes, start, end } = arrival;
    const frame = bytes.slice(start, end);
    entry.whenLoaded(() => {
      if (entry.loaded) this.users.replay(from, frame);
      else this.users.refuse(from, frame, ErrorCode.unavailable);
    });
    return null;
  }

  private change(entry: EntryState): void {
    entry.changed = true;
    entry.tellWhenDurable = true;
    this.inbox.write(entry);
  }

  private answerList(node: Node, session: number, requestId: number, code: number, entries: readonly EntryState[], more: boolean): void {
    const inner = this.context.inner;
    inner.reset();
    inner.varint(FrameType.entries);
    inner.varint(requestId);
    inner.varint(code);
    inner.u8(more ? 1 : 0);
    inner.varint(entries.length);
    for (const entry of entries) {
      const mark = inner.openLength(1);
      writeEntryStruct(inner, entry.fill(this.entryStruct));
      inner.closeLength(mark, 1);
    }
    this.context.toSession(node, session, 0);
  }
}
