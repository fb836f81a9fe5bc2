/** Idempotency-Keys of HTTP sends: (user, key) gives at most one event for 7 days, kept with the conversation (DESIGN 4). */
import { writeIdempotencyKey } from '../../model/keys.ts';
import { readKeptKey } from '../../model/values.ts';
import { ErrorCode } from '../../protocol/generated/codes.ts';
import { encodeUtf8 } from '../../protocol/utf8.ts';
import { Table } from '../../store/port.ts';
import type { Arrival } from '../arrival.ts';
import type { OwnerContext } from '../owner-context.ts';
import type { Gather } from '../slot/gather.ts';
import type { ConversationState } from './conversation-state.ts';
import type { Conversations } from './conversations.ts';
import { KeptKeyRow, keyName } from './kept-key-row.ts';

export class KeptKeys {
  private readonly context: OwnerContext;
  private readonly conversations: Conversations;

  constructor(context: OwnerContext, conversations: Conversations) {
    this.context = context;
    this.conversations = conversations;
  }

  /**
   * @returns the seq the key's first send got; 0: the key is new; null: being read (the frame is parked), or its first send is not
   * durable yet (the frame is answered `delayed` when it comes back)
   */
  look(arrival: Arrival, conversation: ConversationState, keyText: string): number | null {
    const name = keyName(arrival.user, keyText);
    if (conversation.keysUnderWay?.has(name)) {
      this.conversations.refuse(arrival.from, arrival.bytes.slice(arrival.start, arrival.end), ErrorCode.delayed);
      return null;
    }
    const known = conversation.keys?.get(name);
    if (known !== undefined) {
      conversation.keys?.delete(name);
      if (conversation.keys?.size === 0) conversation.keys = null;
      return known;
    }
    this.read(arrival, conversation, keyText, name);
    return null;
  }

  /** The event at `seq` was appended under this key: its row goes in the same batch. */
  note(conversation: ConversationState, gather: Gather, user: number, keyText: string, seq: number): void {
    conversation.keysUnderWay ??= new Set();
    conversation.keysUnderWay.add(keyName(user, keyText));
    gather.add(new KeptKeyRow(this.context, conversation, user, keyText, seq, this.context.now), 1);
  }

  private read(arrival: Arrival, conversation: ConversationState, keyText: string, name: string): void {
    this.conversations.parkIn(arrival, conversation);
    const { key, limits } = this.context;
    const { slot, a, b } = conversation;
    key.reset();
    writeIdempotencyKey(key, slot.partition, slot.slot, a, b, arrival.user, encodeUtf8(keyText));
    conversation.readsUnderWay += 1;
    this.context.get(Table.users, key.copy(), {
      got: (result) => {
        conversation.readsUnderWay -= 1;
        if (conversation.dropped) return;
        if (result.kind === 'unavailable') {
          conversation.parked?.replay((from, frame) => this.conversations.refuse(from, frame, ErrorCode.unavailable));
          return;
        }
        const kept = result.value === null ? null : readKeptKey(result.value);
        const valid = kept !== null && this.context.now - kept.timestamp < limits.idempotencyKeepMs;
        conversation.keys ??= new Map();
        conversation.keys.set(name, valid ? kept.seq : 0);
        this.conversations.replayParked(conversation);
      },
    });
  }
}
