/**
 * Reads a conversation's rows on first use: head, watermarks, and the sender who will be asked for first.
 *
 * Method: rows whose keys are known are got one by one, in one go. A scan over them costs the embedded index an iterator of its own, several
 * times a get; and the other senders (one a tab and device that ever wrote here) are mostly never asked for. They are read when they are. The
 * lower user's inbox entry, which rides in every batch of the conversation, is read beside.
 */
import { Part, writeConversationPart, writeSenderKey, writeWatermarkKey } from '../../model/keys.ts';
import { SenderOutcomes } from '../../model/sender-outcomes.ts';
import { readHead, readSender, readWatermark } from '../../model/values.ts';
import { type GetResult, Table } from '../../store/port.ts';
import type { OwnerContext, Waiting } from '../owner-context.ts';
import type { EntryState } from '../user/entry-state.ts';
import type { ConversationState } from './conversation-state.ts';
import type { Conversations } from './conversations.ts';
import { SenderState } from './sender-state.ts';

/** Whose row is read with the conversation. */
export interface SenderName {
  user: number;
  idHigh: number;
  idLow: number;
}

export class ConversationLoad {
  private readonly context: OwnerContext;
  private readonly conversations: Conversations;
  private readonly conversation: ConversationState;
  private readonly entry: EntryState;
  /** Rows that did not come yet. */
  private missing = 0;

  constructor(context: OwnerContext, conversations: Conversations, conversation: ConversationState, entry: EntryState) {
    this.context = context;
    this.conversations = conversations;
    this.conversation = conversation;
    this.entry = entry;
  }

  begin(sender: SenderName | null): void {
    const { key } = this.context;
    const { slot, a, b, toSelf } = this.conversation;
    key.reset();
    writeConversationPart(key, slot.partition, slot.slot, a, b, Part.head);
    this.get((value) => this.takeHead(value));
    for (const user of toSelf ? [a] : [a, b]) {
      key.reset();
      writeWatermarkKey(key, slot.partition, slot.slot, a, b, user);
      this.get((value) => this.takeWatermark(user, value));
    }
    if (sender !== null) {
      const { user, idHigh, idLow } = sender;
      key.reset();
      writeSenderKey(key, slot.partition, slot.slot, a, b, user, idHigh, idLow);
      this.get((value) => this.takeSender(user, idHigh, idLow, value));
    }
    this.entry.whenLoaded(() => this.proceed());
  }

  /** Gets the row whose key stands in the scratch; a missing one has no value. */
  private get(take: (value: Uint8Array | null) => void): void {
    this.missing += 1;
    const waiting: Waiting = {
      got: (result: GetResult) => {
        if (this.conversation.dropped) return;
        if (result.kind === 'unavailable') {
          this.conversations.loadFailed(this.conversation);
          return;
        }
        take(result.value);
        this.missing -= 1;
        this.proceed();
      },
    };
    this.context.get(Table.users, this.context.key.copy(), waiting);
  }

  private proceed(): void {
    if (this.conversation.dropped || this.missing > 0) return;
    if (this.entry.loaded) this.conversations.loaded(this.conversation);
    else if (this.entry.failed) this.conversations.loadFailed(this.conversation);
  }

  private takeHead(value: Uint8Array | null): void {
    if (value === null) return;
    const { conversation } = this;
    const head = readHead(value);
    conversation.lastSeq = head.lastSeq;
    conversation.lastMessageNo = head.lastMessageNo;
    conversation.lowerMessageNo = head.lowerMessageNo;
    conversation.lastTimestamp = head.lastTimestamp;
    conversation.blockedBy = head.blockedBy;
    conversation.changedSeq = head.changedSeq;
    conversation.durableSeq = head.lastSeq;
    conversation.durableMessageNo = head.lastMessageNo;
    conversation.durableLowerNo = head.lowerMessageNo;
  }

  private takeWatermark(user: number, value: Uint8Array | null): void {
    if (value === null) return;
    const member = this.conversation.member(user);
    const { delivered, read } = readWatermark(value);
    member.delivered = delivered;
    member.durableDelivered = delivered;
    member.read = read;
    member.durableRead = read;
  }

  private takeSender(user: number, idHigh: number, idLow: number, value: Uint8Array | null): void {
    const { windowSends } = this.context.limits;
    const outcomes = value === null ? new SenderOutcomes(windowSends) : readSender(value, windowSends);
    this.conversation.addSender(new SenderState(this.context, this.conversation, user, idHigh, idLow, outcomes));
  }
}
