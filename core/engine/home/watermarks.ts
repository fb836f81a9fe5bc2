/**
 * Delivered and read watermarks: raised by members, told to the peer at once, confirmed when durable (DESIGN 4, step 8).
 *
 * Method: they are maxima clamped to the durable head. The row rides in the slot's next batch, at the latest after lazyWriteMs; a session
 * that acknowledged is told when the row is durable, and repeats until then.
 */
import { partitionOf } from '../../model/partition.ts';
import { newAck, newRead, readAck, readRead } from '../../protocol/generated/client-frames.ts';
import { FrameType } from '../../protocol/generated/frame-type.ts';
import type { FrameReader } from '../../protocol/reader.ts';
import type { Arrival } from '../arrival.ts';
import type { OwnerContext } from '../owner-context.ts';
import type { Slots } from '../slot/slots.ts';
import type { Users } from '../user/users.ts';
import { ConversationRow, type ConversationState, type MemberState, noWaiters, type WatermarkWaiter } from './conversation-state.ts';
import type { Conversations } from './conversations.ts';

export class Watermarks {
  private readonly context: OwnerContext;
  private readonly slots: Slots;
  private readonly conversations: Conversations;
  private readonly users: Users;
  private readonly ackFrame = newAck();
  private readonly readFrame = newRead();

  constructor(context: OwnerContext, slots: Slots, conversations: Conversations, users: Users) {
    this.context = context;
    this.slots = slots;
    this.conversations = conversations;
    this.users = users;
  }

  ack(arrival: Arrival, reader: FrameReader): void {
    const frame = this.ackFrame;
    if (!readAck(reader, frame)) return;
    const conversation = this.conversations.need(arrival, frame.conversationA, frame.conversationB);
    if (conversation === null || !conversation.isMember(arrival.user)) return;
    this.context.counters.acks += 1;
    const member = conversation.member(arrival.user);
    const seq = Math.min(frame.seq, conversation.durableSeq);
    if (seq > member.delivered) {
      member.delivered = seq;
      this.raised(conversation, arrival.user);
    }
    this.confirm(arrival, conversation, member, false, seq, member.durableDelivered);
  }

  read(arrival: Arrival, reader: FrameReader): void {
    const frame = this.readFrame;
    if (!readRead(reader, frame)) return;
    const conversation = this.conversations.need(arrival, frame.conversationA, frame.conversationB);
    if (conversation === null || !conversation.isMember(arrival.user)) return;
    this.context.counters.reads += 1;
    const member = conversation.member(arrival.user);
    const seq = Math.min(frame.seq, conversation.durableSeq);
    if (seq > member.read) {
      member.read = seq;
      // What was read was delivered.
      member.delivered = Math.max(member.delivered, seq);
      this.raised(conversation, arrival.user);
    }
    this.confirm(arrival, conversation, member, true, seq, member.durableRead);
  }

  /** The member's row is durable: tell the sessions that wait for it. */
  durable(conversation: ConversationState, member: MemberState): void {
    if (member.waiters.length === 0) return;
    const waiting: WatermarkWaiter[] = [];
    for (const waiter of member.waiters) {
      const durable = waiter.read ? member.durableRead : member.durableDelivered;
      if (waiter.seq <= durable) this.tellConfirmed(conversation, waiter.node, waiter.session, waiter.read, waiter.seq);
      else waiting.push(waiter);
    }
    member.waiters = waiting.length > 0 ? waiting : noWaiters;
  }

  /** The lower user's watermarks go to the upper user's owner, which may have changed or lost what came before (DESIGN 4, step 8). */
  tellAgain(isConcerned: (partition: number) => boolean): void {
    for (const conversation of this.conversations.ofUpper(isConcerned)) {
      if (!conversation.loaded || conversation.toSelf) continue;
      const { delivered, read } = conversation.member(conversation.a);
      if (delivered > 0 || read > 0) this.tellPeer(conversation, conversation.a);
    }
  }

  private raised(conversation: ConversationState, user: number): void {
    const what = user === conversation.a ? ConversationRow.lowerWatermark : ConversationRow.upperWatermark;
    this.slots.gather(conversation.slot).add(conversation, what);
    this.slots.later(conversation.slot);
    if (!conversation.toSelf) this.tellPeer(conversation, user);
  }

  private tellPeer(conversation: ConversationState, user: number): void {
    const member = conversation.member(user);
    const inner = this.context.inner;
    inner.reset();
    inner.varint(FrameType.receipt);
    inner.id53(conversation.a);
    inner.id53(conversation.b);
    inner.id53(user);
    inner.varint(member.delivered);
    inner.varint(member.read);
    this.context.counters.receipts += 1;
    this.tell(conversation, conversation.peerOf(user));
  }

  /** Passes the frame in `inner` to the live sessions of a member: here for the lower user, by its owner for the upper. */
  tell(conversation: ConversationState, user: number): void {
    const inner = this.context.inner;
    if (user === conversation.a) {
      this.users.tell(user, inner.bytes, 0, inner.length);
      return;
    }
    const link = this.context.link();
    link.varint(FrameType.tell);
    link.id53(user);
    link.framed(inner.bytes, 0, inner.length);
    this.context.sendLink(this.context.directory.ownerOf(partitionOf(user)));
  }

  private confirm(
    arrival: Arrival,
    conversation: ConversationState,
    member: MemberState,
    read: boolean,
    seq: number,
    durable: number,
  ): void {
    if (seq <= durable) {
      this.tellConfirmed(conversation, arrival.from, arrival.session, read, seq);
      return;
    }
    const { from: node, session } = arrival;
    const known = member.waiters.findIndex((waiter) => waiter.session === session && waiter.node === node && waiter.read === read);
    const waiter = { node, session, read, seq };
    if (known >= 0) member.waiters[known] = waiter;
    else if (member.waiters.length === 0) member.waiters = [waiter];
    else if (member.waiters.length < 2 * this.context.limits.sessionsPerUserMax) member.waiters.push(waiter);
  }

  private tellConfirmed(conversation: ConversationState, node: number, session: number, read: boolean, seq: number): void {
    const inner = this.context.inner;
    inner.reset();
    inner.varint(read ? FrameType.readConfirmed : FrameType.ackConfirmed);
    inner.id53(conversation.a);
    inner.id53(conversation.b);
    inner.varint(seq);
    if (read) inner.u8(0);
    else inner.varint(conversation.slot.epoch);
    this.context.toSession(node, session, 0);
  }
}
