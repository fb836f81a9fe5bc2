/**
 * The conversations in memory: found, loaded on first use, forgotten when clean and cold.
 *
 * Method: a handler asks for a conversation; when its slot is not claimed or its rows are not read yet, the frame is parked and handled
 * again later (`conversation-load.ts` reads it).
 */
import { IntColumn } from '../../model/columns.ts';
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
import { ConversationTable } from './conversation-table.ts';
import { SlotConversations } from './slot-conversations.ts';

export class Conversations {
  private readonly context: OwnerContext;
  private readonly slots: Slots;
  private readonly inbox: Inbox;
  private readonly table: ConversationTable;
  private readonly inSlots = new SlotConversations();
  /** By number: recently used (1), the eviction clock passes it once. */
  private readonly touched = new IntColumn();
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
    this.table = new ConversationTable(
      context,
      (number, a, b) => this.make(this.slotOf(a), number, a, b),
      (conversation) => this.letEntryGo(conversation),
    );
  }

  get count(): number {
    return this.table.size;
  }

  /** The loaded conversation; null: the frame was parked. `sender`: who will be asked for first; read beside it. */
  need(arrival: Arrival, a: number, b: number, sender: SenderName | null = null): ConversationState | null {
    const conversation = this.table.get(a, b);
    const isServed = conversation !== undefined && this.context.servesSlot(conversation.slot);
    if (isServed && conversation.loaded) {
      this.touched.set(conversation.number, 1);
      conversation.used = true;
      return conversation;
    }
    if (isServed) {
      this.parkIn(arrival, conversation);
      return null;
    }
    const slot = conversation?.slot ?? this.slotOf(a);
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

  has(a: number, b: number): boolean {
    return this.table.has(a, b);
  }

  /** Those whose upper user is of such a partition. */
  *ofUpper(isConcerned: (partition: number) => boolean): IterableIterator<ConversationState> {
    for (const number of this.table.numbers()) {
      if (isConcerned(partitionOf(this.table.b(number)))) yield this.table.stateOf(number);
    }
  }

  /** End of a step: lets some rest. */
  trim(): void {
    this.table.trim();
  }

  /** Begins to load a conversation of a ready slot. */
  load(slot: SlotState, a: number, b: number, sender: SenderName | null = null): ConversationState {
    this.makeRoom();
    const entry = this.inbox.entry(a, a, b);
    entry.user.pins += 1;
    entry.pinned = true;
    const number = this.table.add(a, b);
    const conversation = this.make(slot, number, a, b);
    this.table.put(conversation);
    this.inSlots.add(slot, number);
    this.touched.set(number, 1);
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
    this.drop(conversation.number);
    this.onLoadFailed(conversation);
    conversation.parked?.replay((from, frame) => this.refuse(from, frame, ErrorCode.unavailable));
  }

  replayParked(conversation: ConversationState): void {
    conversation.parked?.replay(this.replay);
    if (conversation.parked?.count === 0) conversation.parked = null;
  }

  /** Memory of the slot means nothing any more; what waits goes to the slot. */
  forget(slot: SlotState): void {
    for (const number of this.inSlots.of(slot)) {
      const conversation = this.table.inUseAt(number);
      this.drop(number);
      conversation?.parked?.moveTo(slot.park());
    }
  }

  private slotOf(a: number): SlotState {
    return this.slots.of(Table.users, partitionOf(a), slotOf(a));
  }

  /** The object of a conversation in memory; its lower user's entry is pinned as long as it is. */
  private make(slot: SlotState, number: number, a: number, b: number): ConversationState {
    const conversation = new ConversationState(this.context, slot, number, a, b, this.onWatermarkDurable);
    conversation.lowerEntry = this.inbox.pinnedEntry(a, b);
    conversation.lowerEntry.held = true;
    return conversation;
  }

  private letEntryGo(conversation: ConversationState): void {
    if (conversation.lowerEntry !== null) conversation.lowerEntry.held = false;
    conversation.lowerEntry = null;
  }

  private drop(number: number): void {
    const a = this.table.a(number);
    const b = this.table.b(number);
    const conversation = this.table.inUseAt(number);
    if (conversation !== null) {
      conversation.dropped = true;
      this.letEntryGo(conversation);
    }
    this.inSlots.remove(this.slotOf(a), number);
    this.table.delete(number);
    this.inbox.unpin(a, b);
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
      if (candidate < 0 || !this.isClean(candidate)) continue;
      if (this.touched.get(candidate) === 1) {
        this.touched.set(candidate, 0);
        continue;
      }
      this.drop(candidate);
      this.context.counters.conversationsEvicted += 1;
    }
  }

  /** At rest it is clean; but a row in flight is not in the store yet. */
  private isClean(number: number): boolean {
    const conversation = this.table.inUseAt(number);
    return conversation === null ? this.slotOf(this.table.a(number)).inFlight === null : conversation.clean;
  }
}
