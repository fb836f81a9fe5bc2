/**
 * Obligations: an event is owed to a member's inbox until that inbox has it durably (DESIGN 4, "Obligations"; models/delivery m4).
 *
 * Method: one row a conversation, written in the event's batch, from the oldest open seq to the head. A confirmation is a watermark; only one
 * that reaches the newest appended seq closes the row, and an ack never does. What stays unconfirmed is told again after confirmMs; after a
 * claim everything in the row is done again, which harms nobody because inboxes are maxima (`owed.ts` loads what a row names).
 */
import { readKeyId } from '../../model/keys.ts';
import { partitionOf } from '../../model/partition.ts';
import { readObligation } from '../../model/values.ts';
import { FrameType } from '../../protocol/generated/frame-type.ts';
import type { Row } from '../../store/port.ts';
import type { OwnerContext } from '../owner-context.ts';
import type { SlotState } from '../slot/slot-state.ts';
import type { Slots } from '../slot/slots.ts';
import { ConversationRow, type ConversationState } from './conversation-state.ts';
import type { Conversations } from './conversations.ts';
import { OwedConversations } from './owed.ts';
import type { Pages } from './pages.ts';

/** Bytes before the ids in an obligation's key: partition, slot, tag. */
const idsAt = 4;
const againEventsMax = 64;

export class Obligations {
  readonly owed: OwedConversations;
  private readonly context: OwnerContext;
  private readonly slots: Slots;
  private readonly conversations: Conversations;
  private readonly pages: Pages;
  /** Conversations with told, unconfirmed events, by when they were queued. */
  private queue: ConversationState[] = [];
  private head = 0;

  constructor(context: OwnerContext, slots: Slots, conversations: Conversations, pages: Pages) {
    this.context = context;
    this.slots = slots;
    this.conversations = conversations;
    this.pages = pages;
    this.owed = new OwedConversations(context, conversations);
  }

  /** An event of the conversation was told to the upper user's owner. */
  told(conversation: ConversationState): void {
    conversation.tellAgainAt = this.context.now + this.context.limits.confirmMs;
    if (conversation.queuedToTell) return;
    conversation.queuedToTell = true;
    this.queue.push(conversation);
  }

  confirmed(a: number, b: number, seq: number): void {
    const conversation = this.conversations.known(a, b);
    // Not in memory: then nothing of it is open here, or a claim is about to do it again.
    if (conversation === undefined || !conversation.loaded || conversation.openLow === 0) return;
    conversation.confirmed = Math.max(conversation.confirmed, Math.min(seq, conversation.durableSeq));
    if (conversation.confirmed < conversation.lastSeq) {
      conversation.openLow = Math.max(conversation.openLow, conversation.confirmed + 1);
      // The next piece follows at once: a long backlog must not take confirmMs for each (simulator seed 80193).
      if (conversation.toldAgainTo !== 0 && conversation.confirmed >= conversation.toldAgainTo) this.tellAgain(conversation);
      return;
    }
    conversation.openLow = 0;
    conversation.slot.obligationsOpen -= 1;
    this.context.counters.obligationsClosed += 1;
    this.slots.gather(conversation.slot).add(conversation, ConversationRow.obligation);
    this.slots.later(conversation.slot);
  }

  /** After a claim: everything the rows name is done again. */
  redo(slot: SlotState, rows: readonly Row[]): void {
    for (const row of rows) {
      const obligation = readObligation(row.value);
      this.owed.add(slot, readKeyId(row.key, idsAt), readKeyId(row.key, idsAt + 8), obligation.low);
      slot.obligationsOpen += 1;
      this.context.counters.obligationsRedone += 1;
    }
  }

  /** A conversation was loaded; perhaps a claim found an open obligation of it. */
  loaded(conversation: ConversationState): void {
    const low = this.owed.take(conversation.a, conversation.b);
    if (low === 0) return;
    conversation.openLow = low;
    conversation.confirmed = low - 1;
    conversation.obligationRow = true;
    this.tellAgain(conversation);
  }

  nextWakeMs(): number {
    const againAt = this.head < this.queue.length ? this.queue[this.head].tellAgainAt : Number.POSITIVE_INFINITY;
    return Math.min(againAt, this.owed.nextWakeMs());
  }

  tick(): void {
    this.owed.tick();
    const end = this.queue.length;
    while (this.head < end) {
      const conversation = this.queue[this.head];
      if (conversation.tellAgainAt > this.context.now && !conversation.dropped && conversation.openLow !== 0) {
        // Told again meanwhile: its turn comes later. The head of the queue bounds the next wake.
        if (this.head + 1 < end && this.queue[this.head + 1].tellAgainAt <= this.context.now) this.queue.push(conversation);
        else break;
      } else {
        conversation.queuedToTell = false;
        if (!conversation.dropped && conversation.openLow !== 0) this.tellAgain(conversation);
      }
      this.head += 1;
    }
    if (this.head > 1024 && this.head * 2 > this.queue.length) {
      this.queue = this.queue.slice(this.head);
      this.head = 0;
    }
  }

  private tellAgain(conversation: ConversationState): void {
    this.told(conversation);
    if (conversation.tellingAgain || conversation.durableSeq < conversation.openLow) return;
    conversation.tellingAgain = true;
    conversation.toldAgainTo = 0;
    const first = conversation.openLow;
    this.pages.readEvents(conversation, first, conversation.durableSeq, againEventsMax, (rows) => {
      conversation.tellingAgain = false;
      if (rows === null || conversation.dropped) return;
      for (const row of rows) {
        this.context.counters.eventsToldAgain += 1;
        this.tellUpper(conversation, true, row.value, 1, row.value.length);
      }
      const last = first + rows.length - 1;
      if (last < conversation.durableSeq) conversation.toldAgainTo = last;
    });
  }

  /** Hands an event (its struct's bytes) to the upper user's owner. */
  tellUpper(conversation: ConversationState, again: boolean, bytes: Uint8Array, start: number, end: number): void {
    const link = this.context.link();
    link.varint(FrameType.deliver);
    link.id53(conversation.a);
    link.id53(conversation.b);
    link.id53(conversation.b);
    link.u8(again ? 1 : 0);
    link.append(bytes, start, end);
    this.context.sendLink(this.context.directory.ownerOf(partitionOf(conversation.b)));
  }
}
