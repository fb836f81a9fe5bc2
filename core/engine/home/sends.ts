/**
 * Sends: checked against the sender's last outcomes, then appended with the next seq (DESIGN 4, step 3).
 *
 * Method: n = last + 1 is appended to what gathers; anything else is answered from what is known, and an outcome only once it is
 * durable. Whatever is missing in memory (the sender, an edit's target, a kept key, whether the peer exists) is read first: the frame
 * is parked with the conversation, which handles nothing else of it out of turn.
 */
import { hashBytes } from '../../model/hash.ts';
import { writeSenderKey } from '../../model/keys.ts';
import { partitionOf } from '../../model/partition.ts';
import { SenderOutcomes } from '../../model/sender-outcomes.ts';
import { readSender } from '../../model/values.ts';
import { newSend, readSend, type SendFrame } from '../../protocol/generated/client-frames.ts';
import { ErrorCode } from '../../protocol/generated/codes.ts';
import { FrameType } from '../../protocol/generated/frame-type.ts';
import { type EventStruct, newEventStruct, writeEventStruct } from '../../protocol/generated/structs.ts';
import type { FrameReader } from '../../protocol/reader.ts';
import { type GetResult, Table } from '../../store/port.ts';
import type { Arrival } from '../arrival.ts';
import type { OwnerContext } from '../owner-context.ts';
import type { Gather, GatheredEvent } from '../slot/gather.ts';
import type { Slots } from '../slot/slots.ts';
import type { Inbox } from '../user/inbox.ts';
import type { Answers } from './answers.ts';
import type { SenderName } from './conversation-load.ts';
import { ConversationRow, type ConversationState } from './conversation-state.ts';
import type { Conversations } from './conversations.ts';
import { Edits, EventKind } from './edits.ts';
import { KeptKeys } from './kept-keys.ts';
import { SenderState } from './sender-state.ts';

export class Sends {
  private readonly context: OwnerContext;
  private readonly slots: Slots;
  private readonly conversations: Conversations;
  private readonly inbox: Inbox;
  private readonly answers: Answers;
  private readonly edits: Edits;
  private readonly keys: KeptKeys;
  private readonly frame: SendFrame = newSend();
  private readonly sender: SenderName = { user: 0, idHigh: 0, idLow: 0 };
  private readonly event: EventStruct = newEventStruct();

  constructor(context: OwnerContext, slots: Slots, conversations: Conversations, inbox: Inbox, answers: Answers) {
    this.context = context;
    this.slots = slots;
    this.conversations = conversations;
    this.inbox = inbox;
    this.answers = answers;
    this.edits = new Edits(context, conversations, answers);
    this.keys = new KeptKeys(context, conversations);
  }

  /** A `send` frame; the edge has checked it. */
  receive(arrival: Arrival, reader: FrameReader): void {
    const send = this.frame;
    if (!readSend(reader, send)) return;
    const a = send.conversationA;
    const b = send.conversationB;
    if (b === 0) {
      this.refuse(arrival, a, b, ErrorCode.unsupported);
      return;
    }
    if (arrival.user !== a && arrival.user !== b) {
      this.refuse(arrival, a, b, ErrorCode.notMember);
      return;
    }
    const isNumbered = send.clientSeq > 0;
    const { sender } = this;
    sender.user = arrival.user;
    sender.idHigh = send.senderIdHigh;
    sender.idLow = send.senderIdLow;
    const conversation = this.conversations.need(arrival, a, b, isNumbered ? sender : null);
    if (conversation === null) return;
    if (!isNumbered) this.receiveKeyed(arrival, conversation);
    else this.receiveNumbered(arrival, conversation);
  }

  /** Answers a send that waited in vain. */
  refuseLater(arrival: Arrival, reader: FrameReader, code: number): void {
    const send = this.frame;
    if (!readSend(reader, send)) return;
    if (code === ErrorCode.noSuchUser) this.refuse(arrival, send.conversationA, send.conversationB, code);
    else this.answers.retry(arrival.from, arrival.session, send.conversationA, send.conversationB, send, code);
  }

  /** The owner of the peer answered whether it exists. */
  peerAnswered(a: number, b: number, code: number): void {
    const conversation = this.conversations.known(a, b);
    if (conversation === undefined || !conversation.loaded || conversation.peerExists) return;
    conversation.peerAskedAt = 0;
    if (code === ErrorCode.ok) {
      conversation.peerExists = true;
      this.conversations.replayParked(conversation);
      return;
    }
    const told = code === ErrorCode.noSuchUser ? code : ErrorCode.unavailable;
    conversation.parked?.replay((from, frame) => this.conversations.refuse(from, frame, told));
  }

  private receiveNumbered(arrival: Arrival, conversation: ConversationState): void {
    const send = this.frame;
    const sender = this.senderOf(arrival, conversation);
    if (sender === null) return;
    const due = sender.outcomes.last + 1;
    if (send.clientSeq === due) {
      this.next(arrival, conversation, sender);
    } else if (send.clientSeq > due && (conversation.parked?.count ?? 0) > 0) {
      // Those before it may be among what waits; if they are not, it is told so when they are handled.
      this.conversations.parkIn(arrival, conversation);
    } else if (send.clientSeq > due) {
      this.context.counters.gap += 1;
      this.answers.retry(arrival.from, arrival.session, conversation.a, conversation.b, send, ErrorCode.gap, due);
    } else if (send.clientSeq > sender.durableLast || sender.outcomes.keeps(send.clientSeq)) {
      this.repeated(arrival, conversation, sender);
    } else {
      this.context.counters.expired += 1;
      this.answers.expired(arrival.from, arrival.session, conversation.a, conversation.b, send);
    }
  }

  /**
   * clientSeq among the last W: the original's outcome, or a conflict, both only once the original is durable. So is `expired`: who is
   * told that looks in the log, and would not find there what is still in a batch (a client with a longer window; seed 18).
   */
  private repeated(arrival: Arrival, conversation: ConversationState, sender: SenderState): void {
    const send = this.frame;
    const { a, b } = conversation;
    if (send.clientSeq > sender.durableLast) {
      this.context.counters.duplicateWaited += 1;
      // The newest attempt is the one that listens; if it is another send, it comes again.
      if (sender.outcomes.same(send.clientSeq, send.sendIdHigh, send.sendIdLow, bodyHash(send))) this.retarget(arrival, conversation);
      this.answers.retry(arrival.from, arrival.session, a, b, send, ErrorCode.delayed);
      return;
    }
    if (!sender.outcomes.same(send.clientSeq, send.sendIdHigh, send.sendIdLow, bodyHash(send))) {
      this.context.counters.counterConflict += 1;
      this.answers.counterConflict(arrival.from, arrival.session, a, b, send);
      return;
    }
    this.context.counters.duplicateAnswered += 1;
    const code = sender.outcomes.code(send.clientSeq);
    if (code === 0) this.answers.accepted(arrival.from, arrival.session, a, b, send, sender.outcomes.seq(send.clientSeq));
    else this.answers.rejected(arrival.from, arrival.session, a, b, send, code);
  }

  /** The answer of an event under way goes to the session that asked last. */
  private retarget(arrival: Arrival, conversation: ConversationState): void {
    const send = this.frame;
    for (const gather of [conversation.slot.inFlight, conversation.slot.gather]) {
      if (gather === null) continue;
      for (let index = 0; index < gather.eventCount; index++) {
        const event = gather.event(index);
        if (event.conversation !== conversation || event.sendIdHigh !== send.sendIdHigh || event.sendIdLow !== send.sendIdLow) continue;
        event.node = arrival.from;
        event.session = arrival.session;
      }
    }
  }

  /** clientSeq is due: rejected durably, or appended. */
  private next(arrival: Arrival, conversation: ConversationState, sender: SenderState): void {
    if (!this.mayAppend(arrival, conversation)) return;
    const send = this.frame;
    const rejection = this.blocks(conversation, arrival.user) ? ErrorCode.blocked : this.edits.check(arrival, conversation, send);
    if (rejection === null) return;
    const gather = this.slots.gather(conversation.slot);
    if (rejection !== 0) {
      this.reject(arrival, conversation, sender, gather, rejection);
      return;
    }
    const seq = this.append(arrival, conversation, gather);
    sender.outcomes.push(send.sendIdHigh, send.sendIdLow, bodyHash(send), 0, seq);
    gather.add(sender, 1);
  }

  private receiveKeyed(arrival: Arrival, conversation: ConversationState): void {
    const send = this.frame;
    const { a, b } = conversation;
    const known = this.keys.look(arrival, conversation, send.idempotencyKey);
    if (known === null) return;
    if (known > 0) {
      this.context.counters.idempotencyKeyReplayed += 1;
      this.answers.accepted(arrival.from, arrival.session, a, b, send, known);
      return;
    }
    if (!this.mayAppend(arrival, conversation)) return;
    // Without numbers a rejection leaves no state: it is answered at once and may be asked again.
    const rejection = this.blocks(conversation, arrival.user) ? ErrorCode.blocked : this.edits.check(arrival, conversation, send);
    if (rejection === null) return;
    if (rejection !== 0) {
      this.refuse(arrival, a, b, rejection);
      return;
    }
    const gather = this.slots.gather(conversation.slot);
    const seq = this.append(arrival, conversation, gather);
    this.keys.note(conversation, gather, arrival.user, send.idempotencyKey, seq);
  }

  /** Room, a willing store, a peer that exists; else the send is answered or parked. */
  private mayAppend(arrival: Arrival, conversation: ConversationState): boolean {
    const { slot, a, b } = conversation;
    const send = this.frame;
    if (slot.trouble !== 0) {
      this.answers.retry(arrival.from, arrival.session, a, b, send, slot.trouble);
      return false;
    }
    const obligationsFull = conversation.openLow === 0 && slot.obligationsOpen >= this.context.limits.obligationsPerSlotMax;
    if (this.slots.isFull(slot) || obligationsFull) {
      this.context.counters.busy += 1;
      this.answers.retry(arrival.from, arrival.session, a, b, send, ErrorCode.busy);
      return false;
    }
    if (conversation.lastSeq > 0 || conversation.peerExists) return true;
    this.askPeer(arrival, conversation);
    return false;
  }

  private askPeer(arrival: Arrival, conversation: ConversationState): void {
    this.conversations.parkIn(arrival, conversation);
    const { now, limits, directory } = this.context;
    if (conversation.peerAskedAt !== 0 && now - conversation.peerAskedAt < limits.askUserMs) return;
    conversation.peerAskedAt = now;
    const peer = conversation.peerOf(arrival.user);
    const link = this.context.link();
    link.varint(FrameType.askUser);
    link.id53(conversation.a);
    link.id53(conversation.b);
    link.id53(peer);
    this.context.sendLink(directory.ownerOf(partitionOf(peer)));
  }

  private blocks(conversation: ConversationState, author: number): boolean {
    if (conversation.toSelf) return false;
    const bit = author === conversation.a ? 2 : 1;
    return (conversation.blockedBy & bit) !== 0;
  }

  private reject(arrival: Arrival, conversation: ConversationState, sender: SenderState, gather: Gather, code: number): void {
    const send = this.frame;
    const { a, b } = conversation;
    this.context.counters.rejected += 1;
    sender.outcomes.push(send.sendIdHigh, send.sendIdLow, bodyHash(send), code, 0);
    gather.add(sender, 1);
    const { from, session } = arrival;
    const identity = { ...send };
    const instead = (why: number): void => this.answers.retry(from, session, a, b, identity, why);
    gather.answers.push({ node: from, session, frame: this.answers.rejectedFrame(a, b, send, code), instead });
    this.slots.urgent(conversation.slot);
  }

  /** Appends the send in `this.frame`; returns its seq. */
  private append(arrival: Arrival, conversation: ConversationState, gather: Gather): number {
    const send = this.frame;
    const seq = conversation.lastSeq + 1;
    conversation.lastSeq = seq;
    if (send.kind === EventKind.message) countMessage(conversation, arrival.user);
    conversation.lastTimestamp = Math.max(this.context.now, conversation.lastTimestamp);
    const gathered = gather.takeEvent();
    this.fill(gathered, arrival, conversation);
    gathered.start = gather.arena.length;
    writeEventStruct(gather.arena, this.fillEvent(arrival.user, conversation));
    gathered.end = gather.arena.length;
    gather.byteLength += 2 * (gathered.end - gathered.start) + 64;
    gather.add(conversation, ConversationRow.head);
    this.inbox.rideWith(conversation, gather);
    if (!conversation.toSelf) this.openObligation(conversation, gather, seq);
    if (send.kind !== EventKind.message) this.edits.rewrite(conversation, gather, this.event);
    this.slots.urgent(conversation.slot);
    return seq;
  }

  private fill(gathered: GatheredEvent, arrival: Arrival, conversation: ConversationState): void {
    const send = this.frame;
    gathered.conversation = conversation;
    gathered.author = arrival.user;
    gathered.node = arrival.from;
    gathered.session = arrival.session;
    gathered.senderIdHigh = send.senderIdHigh;
    gathered.senderIdLow = send.senderIdLow;
    gathered.clientSeq = send.clientSeq;
    gathered.sendIdHigh = send.sendIdHigh;
    gathered.sendIdLow = send.sendIdLow;
    gathered.seq = conversation.lastSeq;
    gathered.messageNo = conversation.lastMessageNo;
    gathered.lowerMessageNo = conversation.lowerMessageNo;
    gathered.timestamp = conversation.lastTimestamp;
  }

  private fillEvent(author: number, conversation: ConversationState): EventStruct {
    const send = this.frame;
    const event = this.event;
    event.seq = conversation.lastSeq;
    event.messageNo = conversation.lastMessageNo;
    event.authorNo = conversation.lastMessageNo - conversation.othersNo(author);
    event.timestamp = conversation.lastTimestamp;
    event.kind = send.kind;
    event.author = author;
    event.senderIdHigh = send.senderIdHigh;
    event.senderIdLow = send.senderIdLow;
    event.clientSeq = send.clientSeq;
    event.sendIdHigh = send.sendIdHigh;
    event.sendIdLow = send.sendIdLow;
    event.body = send.body;
    event.target = send.target;
    event.replyTo = send.replyTo;
    event.editSeq = 0;
    event.deleted = false;
    return event;
  }

  private openObligation(conversation: ConversationState, gather: Gather, seq: number): void {
    if (conversation.openLow === 0) {
      conversation.openLow = seq;
      conversation.slot.obligationsOpen += 1;
      this.context.counters.obligationsOpened += 1;
    }
    gather.add(conversation, ConversationRow.obligation);
  }

  private refuse(arrival: Arrival, a: number, b: number, code: number): void {
    this.context.counters.refused += 1;
    this.answers.refused(arrival.from, arrival.session, a, b, this.frame, code);
  }

  /** The sender's state; null: its row is being read and the frame parked. */
  private senderOf(arrival: Arrival, conversation: ConversationState): SenderState | null {
    const send = this.frame;
    for (const sender of conversation.senders) {
      if (sender.idLow === send.senderIdLow && sender.idHigh === send.senderIdHigh && sender.user === arrival.user) return sender;
    }
    this.readSender(arrival, conversation);
    return null;
  }

  private addSender(conversation: ConversationState, user: number, high: number, low: number, outcomes: SenderOutcomes): SenderState {
    if (conversation.senders.length >= this.context.limits.sendersPerConversationLoadedMax) {
      conversation.senders = conversation.senders.filter((sender) => !sender.clean);
    }
    const sender = new SenderState(this.context, conversation, user, high, low, outcomes);
    conversation.addSender(sender);
    return sender;
  }

  private readSender(arrival: Arrival, conversation: ConversationState): void {
    const { user } = arrival;
    const { senderIdHigh, senderIdLow } = this.frame;
    this.conversations.parkIn(arrival, conversation);
    const { key, limits } = this.context;
    key.reset();
    writeSenderKey(
      key,
      conversation.slot.partition,
      conversation.slot.slot,
      conversation.a,
      conversation.b,
      user,
      senderIdHigh,
      senderIdLow,
    );
    conversation.readsUnderWay += 1;
    this.context.get(Table.users, key.copy(), {
      got: (result: GetResult) => {
        conversation.readsUnderWay -= 1;
        if (conversation.dropped) return;
        if (result.kind === 'unavailable') {
          conversation.parked?.replay((from, frame) => this.conversations.refuse(from, frame, ErrorCode.unavailable));
          return;
        }
        const known = conversation.senders.some(
          (sender) => sender.user === user && sender.idHigh === senderIdHigh && sender.idLow === senderIdLow,
        );
        if (!known) {
          const outcomes = result.value === null ? new SenderOutcomes(limits.windowSends) : readSender(result.value, limits.windowSends);
          this.addSender(conversation, user, senderIdHigh, senderIdLow, outcomes);
        }
        this.conversations.replayParked(conversation);
      },
    });
  }
}

function countMessage(conversation: ConversationState, author: number): void {
  conversation.lastMessageNo += 1;
  if (author === conversation.a) conversation.lowerMessageNo += 1;
}

/** What "the same body" means for a duplicate: text, kind and target. */
function bodyHash(send: SendFrame): number {
  const text = hashBytes(send.body);
  return (text ^ Math.imul(send.kind, 0x9e3779b1) ^ Math.imul(send.target | 0, 0x85ebca6b) ^ Math.imul(send.replyTo | 0, 0xc2b2ae35)) >>> 0;
}
