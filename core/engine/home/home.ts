/**
 * The home owner: sequences sends, keeps watermarks, serves pages, owes events to inboxes (DESIGN 4).
 *
 * Method: this file routes client frames to the parts and does what follows a durable batch: tell the sender, hand the event to the lower
 * user's sessions (their owner is this slot's) and, as a frame, to the upper user's owner.
 */
import { newBlock, newTyping, readBlock, readTyping } from '../../protocol/generated/client-frames.ts';
import { ErrorCode } from '../../protocol/generated/codes.ts';
import { FrameType } from '../../protocol/generated/frame-type.ts';
import { FrameReader } from '../../protocol/reader.ts';
import type { Row } from '../../store/port.ts';
import type { Arrival } from '../arrival.ts';
import { assert } from '../assert.ts';
import type { OwnerContext } from '../owner-context.ts';
import { answerWhenDurable, tellFailed } from '../request-answers.ts';
import type { Gather } from '../slot/gather.ts';
import type { SlotState } from '../slot/slot-state.ts';
import type { Slots } from '../slot/slots.ts';
import type { Inbox } from '../user/inbox.ts';
import type { Users } from '../user/users.ts';
import { Answers } from './answers.ts';
import { ConversationRow } from './conversation-state.ts';
import { Conversations } from './conversations.ts';
import { Obligations } from './obligations.ts';
import { Pages } from './pages.ts';
import { Sends } from './sends.ts';
import { Watermarks } from './watermarks.ts';

export class Home {
  readonly conversations: Conversations;
  readonly obligations: Obligations;
  private readonly context: OwnerContext;
  private readonly slots: Slots;
  private readonly users: Users;
  private readonly answers: Answers;
  private readonly sends: Sends;
  private readonly watermarks: Watermarks;
  private readonly pages: Pages;
  private readonly reader: FrameReader;
  private readonly typingFrame = newTyping();
  private readonly blockFrame = newBlock();

  constructor(context: OwnerContext, slots: Slots, users: Users, inbox: Inbox) {
    this.context = context;
    this.slots = slots;
    this.users = users;
    this.reader = new FrameReader(context.limits);
    this.answers = new Answers(context);
    this.conversations = new Conversations(context, slots, inbox);
    this.pages = new Pages(context, this.conversations);
    this.watermarks = new Watermarks(context, slots, this.conversations, users);
    this.obligations = new Obligations(context, slots, this.conversations, this.pages);
    this.sends = new Sends(context, slots, this.conversations, inbox, this.answers);
    this.conversations.onLoaded = (conversation) => this.obligations.loaded(conversation);
    this.conversations.onLoadFailed = ({ a, b }) => this.obligations.owed.loadFailed(a, b);
    this.conversations.onWatermarkDurable = (conversation, member) => this.watermarks.durable(conversation, member);
  }

  /** A client frame for a conversation of ours. */
  receive(arrival: Arrival): void {
    const reader = this.reader;
    reader.reset(arrival.bytes, arrival.innerStart, arrival.innerEnd);
    switch (reader.varint()) {
      case FrameType.send:
        this.sends.receive(arrival, reader);
        break;
      case FrameType.ack:
        this.watermarks.ack(arrival, reader);
        break;
      case FrameType.read:
        this.watermarks.read(arrival, reader);
        break;
      case FrameType.sync:
        this.pages.sync(arrival, reader);
        break;
      case FrameType.history:
        this.pages.history(arrival, reader);
        break;
      case FrameType.typing:
        this.typing(arrival, reader);
        break;
      case FrameType.block:
        this.block(arrival, reader);
        break;
      default:
        // An edge passes nothing else.
        break;
    }
  }

  /** A frame that waited cannot be served now: answer it with `code` where it has an answer. */
  refuse(arrival: Arrival, code: number): void {
    const reader = this.reader;
    reader.reset(arrival.bytes, arrival.innerStart, arrival.innerEnd);
    const type = reader.varint();
    if (type === FrameType.send) this.sends.refuseLater(arrival, reader, code);
    else if (type === FrameType.sync || type === FrameType.history) this.pages.refuseLater(arrival, reader, type, code);
    else if (type === FrameType.block && readBlock(reader, this.blockFrame))
      tellFailed(this.context, arrival.from, arrival.session, this.blockFrame.requestId, code);
    // ack and read are repeated by the client, typing may be lost.
  }

  peerAnswered(a: number, b: number, code: number): void {
    this.sends.peerAnswered(a, b, code);
  }

  /** The member's owner held no session at an instant after `seq` was accepted. */
  offline(a: number, b: number, user: number, seq: number): void {
    const conversation = this.conversations.known(a, b);
    if (conversation === undefined || !conversation.loaded || conversation.toSelf) return;
    if (!this.context.serves(conversation.slot.partition)) return;
    if (conversation.member(user).delivered >= seq || seq > conversation.durableSeq) return;
    const inner = this.context.inner;
    inner.reset();
    inner.varint(FrameType.undelivered);
    inner.id53(a);
    inner.id53(b);
    inner.varint(seq);
    this.context.counters.undelivered += 1;
    this.watermarks.tell(conversation, conversation.peerOf(user));
  }

  /** What was told to the owners of these partitions may be lost: watermarks are told again. */
  tellAgain(isConcerned: (partition: number) => boolean): void {
    this.watermarks.tellAgain(isConcerned);
  }

  claimed(slot: SlotState, obligations: readonly Row[]): void {
    this.obligations.redo(slot, obligations);
  }

  /** Memory of the slot means nothing any more. */
  forget(slot: SlotState): void {
    this.obligations.owed.forget(slot);
    this.conversations.forget(slot);
  }

  committed(batch: Gather): void {
    for (let index = 0; index < batch.eventCount; index++) {
      const event = batch.event(index);
      const conversation = event.conversation;
      assert(conversation !== null, 'an event without its conversation');
      conversation.durableSeq = event.seq;
      conversation.durableMessageNo = event.messageNo;
      conversation.durableLowerNo = event.lowerMessageNo;
      this.context.counters.accepted += 1;
      this.answers.accepted(event.node, event.session, conversation.a, conversation.b, event, event.seq);
      this.users.tellEvent(
        conversation.a,
        conversation.a,
        conversation.b,
        event.seq,
        event.author,
        batch.arena.bytes,
        event.start,
        event.end,
      );
      if (conversation.toSelf) continue;
      this.obligations.tellUpper(conversation, false, batch.arena.bytes, event.start, event.end);
      this.obligations.told(conversation);
    }
  }

  rolledBack(batch: Gather, code: number): void {
    for (let index = 0; index < batch.eventCount; index++) {
      const event = batch.event(index);
      const conversation = event.conversation;
      assert(conversation !== null, 'an event without its conversation');
      this.answers.retry(event.node, event.session, conversation.a, conversation.b, event, code);
    }
    for (const answer of batch.answers) answer.instead?.(code);
    for (const link of batch.links) link.instead?.(code);
  }

  private typing(arrival: Arrival, reader: FrameReader): void {
    if (!readTyping(reader, this.typingFrame)) return;
    const { conversationA, conversationB } = this.typingFrame;
    const conversation = this.conversations.need(arrival, conversationA, conversationB);
    if (conversation === null || !conversation.isMember(arrival.user) || conversation.toSelf || conversation.blockedBy !== 0) return;
    const inner = this.context.inner;
    inner.reset();
    inner.varint(FrameType.typingNotice);
    inner.id53(conversation.a);
    inner.id53(conversation.b);
    inner.id53(arrival.user);
    this.watermarks.tell(conversation, conversation.peerOf(arrival.user));
  }

  private block(arrival: Arrival, reader: FrameReader): void {
    if (!readBlock(reader, this.blockFrame)) return;
    const { requestId, conversationA, conversationB, blocked } = this.blockFrame;
    const conversation = this.conversations.need(arrival, conversationA, conversationB);
    if (conversation === null) return;
    if (!conversation.isMember(arrival.user) || conversation.toSelf) {
      tellFailed(this.context, arrival.from, arrival.session, requestId, ErrorCode.notMember);
      return;
    }
    if (conversation.slot.trouble !== 0) {
      tellFailed(this.context, arrival.from, arrival.session, requestId, conversation.slot.trouble);
      return;
    }
    const bit = arrival.user === conversation.a ? 1 : 2;
    conversation.blockedBy = blocked ? conversation.blockedBy | bit : conversation.blockedBy & ~bit;
    const gather = this.slots.gather(conversation.slot);
    gather.add(conversation, ConversationRow.head);
    answerWhenDurable(this.context, gather, arrival.from, arrival.session, requestId);
    this.slots.urgent(conversation.slot);
  }
}
