/**
 * The conversations in memory: found, loaded on first use, forgotten when clean and cold.
 *
 * Method: a handler asks for a conversation; when its slot is not claimed or its rows are not read yet, the frame is parked and handled
 * again later. Head, watermarks and senders are one forward scan; the lower user's inbox entry, which rides in every batch of
 * the conversation, is read beside it.
 */
import { Part, readKeyId, writeConversationPart } from '../../model/keys.ts';
import { partitionOf, slotOf } from '../../model/partition.ts';
import { readHead, readSender, readWatermark } from '../../model/values.ts';
import { ErrorCode } from '../../protocol/generated/codes.ts';
import { type ScanResult, Table } from '../../store/port.ts';
import type { Arrival } from '../arrival.ts';
import type { Node } from '../machine.ts';
import type { OwnerContext, Waiting } from '../owner-context.ts';
import type { SlotState } from '../slot/slot-state.ts';
import type { Slots } from '../slot/slots.ts';
import type { EntryState } from '../user/entry-state.ts';
import type { Inbox } from '../user/inbox.ts';
import { ConversationState, type WatermarkDurable } from './conversation-state.ts';
import { PairMap } from './pair-map.ts';
import { SenderState } from './sender-state.ts';

/** Bytes before the part byte of a conversation's key: partition, slot, tag, two ids. */
const partAt = 20;

export class Conversations {
  private readonly context: OwnerContext;
  private readonly slots: Slots;
  private readonly inbox: Inbox;
  private readonly table = new PairMap<ConversationState>();
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

  /** The loaded conversation; null: the frame was parked. */
  need(arrival: Arrival, a: number, b: number): ConversationState | null {
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
    this.parkIn(arrival, this.load(slot, a, b));
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
  load(slot: SlotState, a: number, b: number): ConversationState {
    const conversation = new ConversationState(this.context, slot, a, b, this.onWatermarkDurable);
    this.makeRoom();
    this.table.add(conversation);
    const entry = this.inbox.entry(a, a, b);
    conversation.lowerEntry = entry;
    entry.user.pins += 1;
    entry.pins += 1;
    new Load(this.context, this, conversation, entry).begin();
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
    for (const conversation of this.table.all()) {
      if (conversation.slot !== slot) continue;
      this.drop(conversation);
      conversation.parked?.moveTo(slot.park());
    }
  }

  private drop(conversation: ConversationState): void {
    conversation.dropped = true;
    this.table.delete(conversation);
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

/** Reads a conversation's rows. */
class Load implements Waiting {
  private readonly context: OwnerContext;
  private readonly conversations: Conversations;
  private readonly conversation: ConversationState;
  private readonly entry: EntryState;
  private rowsRead = false;

  constructor(context: OwnerContext, conversations: Conversations, conversation: ConversationState, entry: EntryState) {
    this.context = context;
    this.conversations = conversations;
    this.conversation = conversation;
    this.entry = entry;
  }

  begin(): void {
    const { key, limits } = this.context;
    const { slot, a, b } = this.conversation;
    key.reset();
    writeConversationPart(key, slot.partition, slot.slot, a, b, Part.head);
    const start = key.copy();
    key.reset();
    writeConversationPart(key, slot.partition, slot.slot, a, b, Part.event);
    const limit = 3 + limits.sendersPerConversationLoadedMax;
    this.context.scan({ table: Table.users, start, end: key.copy(), limit, reverse: false, bytesMax: 64 * 1024 }, this);
    this.entry.whenLoaded(() => this.proceed());
  }

  scanned(result: ScanResult): void {
    if (this.conversation.dropped) return;
    if (result.kind === 'unavailable') {
      this.conversations.loadFailed(this.conversation);
      return;
    }
    for (const row of result.rows) this.take(row.key, row.value);
    this.conversation.allSendersKnown = !result.more;
    this.rowsRead = true;
    this.proceed();
  }

  private proceed(): void {
    if (this.conversation.dropped || !this.rowsRead) return;
    if (this.entry.loaded) this.conversations.loaded(this.conversation);
    else if (this.entry.failed) this.conversations.loadFailed(this.conversation);
  }

  private take(key: Uint8Array, value: Uint8Array): void {
    const conversation = this.conversation;
    const part = key[partAt];
    if (part === Part.head) {
      const head = readHead(value);
      conversation.lastSeq = head.lastSeq;
      conversation.lastMessageNo = head.lastMessageNo;
      conversation.lowerMessageNo = head.lowerMessageNo;
      conversation.lastTimestamp = head.lastTimestamp;
      conversation.blockedBy = head.blockedBy;
      conversation.durableSeq = head.lastSeq;
      conversation.durableMessageNo = head.lastMessageNo;
      conversation.durableLowerNo = head.lowerMessageNo;
    } else if (part === Part.watermark) {
      const member = conversation.member(readKeyId(key, partAt + 1));
      const watermark = readWatermark(value);
      member.delivered = watermark.delivered;
      member.durableDelivered = watermark.delivered;
      member.read = watermark.read;
      member.durableRead = watermark.read;
    } else if (part === Part.sender) {
      const user = readKeyId(key, partAt + 1);
      const view = new DataView(key.buffer, key.byteOffset, key.byteLength);
      const outcomes = readSender(value, this.context.limits.windowSends);
      conversation.senders.push(
        new SenderState(this.context, conversation, user, view.getUint32(partAt + 9), view.getUint32(partAt + 13), outcomes),
      );
    }
  }
}
