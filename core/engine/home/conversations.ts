/**
 * The conversations in memory: found, loaded on first use, forgotten when clean and cold.
 *
 * Method: a handler asks for a conversation; when its slot is not claimed or its rows are not read yet, the frame is parked and handled
 * again later (`conversation-load.ts` reads it).
 */
import { partitionOf, slotOf } from '../../model/partition.ts';
import { ErrorCode } from '../../protocol/generated/codes.ts';
import { Table } from '../../store/port.ts';
import type { Arrival } from '../arrival.ts';
import type { Node } from '../machine.ts';
import type { OwnerContext } from '../owner-context.ts';
import type { SlotState } from '../slot/slot-state.ts';
import type { Slots } from '../slot/slots.ts';
import type { Inbox } from '../user/inbox.ts';
import { ConversationLoad, type SenderName } from './conversation-load.ts';
import { ConversationState, type WatermarkDurable } from './conversation-state.ts';
import { PairMap } from './pair-map.ts';
import { SlotConversations } from './slot-conversations.ts';

export class Conversations {
  private readonly context: OwnerContext;
  private readonly slots: Slots;
  private readonly inbox: Inbox;
  private readonly table = new PairMap<ConversationState>();
  private readonly inSlots = new SlotConversations();
  /** Set by the home. */
  replay: (from: Node, frame: Uint8Array) => void = () => {};
  refuse: (from: Node, frame: Uint8Array, code: number) => void = () => {};
  onLoaded: (conversation: ConversationState) => void = () => {};
  onLoadFailed: (conversation: ConversationState) => void = () => {};
  onWatermarkDurable: WatermarkDurable = () => {};

  constructor(context: OwnerContext, slots: Slots, inbox: Inbox) {
    this.context = context;
    this.slots = slots;
    this.inbox = inbox;
  }

  get count(): number {
    return this.table.size;
  }

  /** The loaded conversation; null: the frame was parked. `sender`: who will be asked for first; read beside it. */
  need(arrival: Arrival, a: number, b: number, sender: SenderName | null = null): ConversationState | null {
    const conversation = this.table.get(a, b);
    const isServed = conversation !== undefined && this.context.servesSlot(conversation.slot);
    if (isServed && conversation.loaded) {
      conversation.touched = true;
      return conversation;
    }
    if (isServed) {
      this.parkIn(arrival, conversation);
      return null;
    }
    const slot = conversation?.slot ?? this.slots.of(Table.users, partitionOf(a), slotOf(a));
    if (!this.slots.isReady(slot)) {
      this.parkAtSlot(arrival, slot);
      return null;
    }
    this.parkIn(arrival, this.load(slot, a, b, sender));
    return null;
  }

  /** The conversation if it is in memory, loaded or not. */
  known(a: number, b: number): ConversationState | undefined {
    return this.table.get(a, b);
  }

  all(): Iterable<ConversationState> {
    return this.table.all();
  }

  /** Begins to load a conversation of a ready slot. */
  load(slot: SlotState, a: number, b: number, sender: SenderName | null = null): ConversationState {
    const conversation = new ConversationState(this.context, slot, a, b, this.onWatermarkDurable);
    this.makeRoom();
    this.table.add(conversation);
    this.inSlots.add(conversation);
    const entry = this.inbox.entry(a, a, b);
    conversation.lowerEntry = entry;
    entry.user.pins += 1;
    entry.pins += 1;
    new ConversationLoad(this.context, this, conversation, entry).begin(sender);
    return conversation;
  }

  /** Parks a frame with a conversation, within the slot's limit. */
  parkIn(arrival: Arrival, conversation: ConversationState): void {
    const parked = conversation.park();
    if (parked.byteLength + (arrival.end - arrival.start) > this.context.limits.parkedBytesMax) {
      this.refuse(arrival.from, arrival.bytes.slice(arrival.start, arrival.end), ErrorCode.busy);
      return;
    }
    arrival.park(parked);
  }

  loaded(conversation: ConversationState): void {
    if (conversation.dropped) return;
    conversation.loaded = true;
    this.onLoaded(conversation);
    this.replayParked(conversation);
  }

  /** Its rows cannot be read: who waits is told, the next use tries again. */
  loadFailed(conversation: ConversationState): void {
    if (conversation.dropped) return;
    this.drop(conversation);
    this.onLoadFailed(conversation);
    conversation.parked?.replay((from, frame) => this.refuse(from, frame, ErrorCode.unavailable));
  }

  replayParked(conversation: ConversationState): void {
    conversation.parked?.replay(this.replay);
    if (conversation.parked?.count === 0) conversation.parked = null;
  }

  /** Memory of the slot means nothing any more; what waits goes to the slot. */
  forget(slot: SlotState): void {
    for (const conversation of this.inSlots.of(slot)) {
      this.drop(conversation);
      conversation.parked?.moveTo(slot.park());
    }
  }

  private drop(conversation: ConversationState): void {
    conversation.dropped = true;
    this.table.delete(conversation);
    this.inSlots.remove(conversation);
    if (conversation.lowerEntry !== null) {
      conversation.lowerEntry.user.pins -= 1;
      conversation.lowerEntry.pins -= 1;
    }
    conversation.lowerEntry = null;
  }

  private parkAtSlot(arrival: Arrival, slot: SlotState): void {
    const parked = slot.park();
    if (parked.byteLength + (arrival.end - arrival.start) > this.context.limits.parkedBytesMax) {
      this.refuse(arrival.from, arrival.bytes.slice(arrival.start, arrival.end), ErrorCode.busy);
      return;
    }
    arrival.park(parked);
  }

  /** A clock hand forgets what is clean and was not used since it last came by. */
  private makeRoom(): void {
    const most = this.context.limits.conversationsLoadedMax;
    for (let steps = 0; this.table.size >= most && steps < 64; steps++) {
      const candidate = this.table.advanceHand();
      if (candidate === undefined || !candidate.clean) continue;
      if (candidate.touched) {
        candidate.touched = false;
        continue;
      }
      this.drop(candidate);
      this.context.counters.conversationsEvicted += 1;
    }
  }
}
