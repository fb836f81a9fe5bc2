/**
 * One conversation at its home owner: head, senders, watermarks, obligation, as in memory and as known durable.
 *
 * Method: memory runs ahead of the store by at most the batch in flight and the one that gathers; every number that may be told has a
 * `durable` twin, set only when its batch is durable (models/delivery: ackConfirmsAtOnce, tellEarly).
 */
import { Part, writeConversationPart, writeEventKey, writeObligationKey, writeWatermarkKey } from '../../model/keys.ts';
import type { RowBatch } from '../../model/row-batch.ts';
import { Phase, valueVersion, writeHead, writeObligation, writeWatermark } from '../../model/values.ts';
import { Table } from '../../store/port.ts';
import type { Node } from '../machine.ts';
import type { OwnerContext } from '../owner-context.ts';
import { Parked } from '../parked.ts';
import type { Gather, GatheredEvent, RowSource } from '../slot/gather.ts';
import type { SlotState } from '../slot/slot-state.ts';
import type { EntryState } from '../user/entry-state.ts';
import type { Rewrite } from './rewrite.ts';
import type { SenderState } from './sender-state.ts';

/** Rows of a conversation that gather: bits of `RowSource.gathered`. */
export const ConversationRow = { head: 1, lowerWatermark: 2, upperWatermark: 4, obligation: 8 } as const;

/** A session that waits for the word that a watermark is durable. */
export interface WatermarkWaiter {
  readonly node: Node;
  readonly session: number;
  readonly read: boolean;
  readonly seq: number;
}

/** Shared and empty: most members have no session that waits. */
export const noWaiters: WatermarkWaiter[] = [];

const noSenders: SenderState[] = [];

/** Told when a member's watermark row is durable. */
export type WatermarkDurable = (conversation: ConversationState, member: MemberState) => void;

/** What a member has, in memory and durable. */
export class MemberState {
  delivered = 0;
  read = 0;
  writtenDelivered = 0;
  writtenRead = 0;
  durableDelivered = 0;
  durableRead = 0;
  waiters: WatermarkWaiter[] = noWaiters;
}

export class ConversationState implements RowSource {
  readonly a: number;
  readonly b: number;
  readonly slot: SlotState;
  /** In the table of conversations. */
  readonly number: number;
  private readonly context: OwnerContext;
  loaded = false;
  /** It was forgotten: reads under way for it mean nothing any more. */
  dropped = false;
  used = true;
  parked: Parked | null = null;
  gathered = 0;

  lastSeq = 0;
  lastMessageNo = 0;
  /** Messages of the lower user among them. */
  lowerMessageNo = 0;
  lastTimestamp = 0;
  blockedBy = 0;
  /** The newest event that changed an earlier row. */
  changedSeq = 0;
  durableSeq = 0;
  durableMessageNo = 0;
  durableLowerNo = 0;

  /** The lower user's inbox entry, which rides in every batch; pinned while the conversation is in memory. */
  lowerEntry: EntryState | null = null;

  readonly lower = new MemberState();
  readonly upper: MemberState;
  /** Those that were asked for; the rows of others are in the store. */
  senders: SenderState[] = noSenders;

  /** Oldest seq of which a member's inbox is unconfirmed; 0: none. */
  openLow = 0;
  /** Inbox of the upper user is durable up to here. */
  confirmed = 0;
  /** An obligation row stands in the store (or in the batch under way). */
  obligationRow = false;
  /** When unconfirmed events are told again. */
  tellAgainAt = 0;
  tellingAgain = false;
  /** Newest event of a piece that was told again, if more is to follow it; 0: none. */
  toldAgainTo = 0;
  queuedToTell = false;
  /** The peer's owner said that the user exists. */
  peerExists = false;
  peerAskedAt = 0;

  /** Rewritten target rows that are not durable yet, by seq. */
  rewrites: Map<number, Rewrite> | null = null;
  /** Rises when a row is to be rewritten, and when that is durable: what was read before may be what stood before. */
  rewritten = 0;
  /** The target (and its last edit) that the edit at the head of `parked` needs. */
  target: { seq: number; row: Uint8Array | null; editSeq: number; editRow: Uint8Array | null } | null = null;
  /** Answers of Idempotency-Key look-ups that a parked send waits for. */
  keys: Map<string, number> | null = null;
  /** Idempotency-Keys whose event is not durable yet. */
  keysUnderWay: Set<string> | null = null;
  /** Reads under way: the state must stay. */
  readsUnderWay = 0;

  private readonly onWatermarkDurable: WatermarkDurable;

  constructor(context: OwnerContext, slot: SlotState, number: number, a: number, b: number, onWatermarkDurable: WatermarkDurable) {
    this.context = context;
    this.number = number;
    this.onWatermarkDurable = onWatermarkDurable;
    this.slot = slot;
    this.a = a;
    this.b = b;
    this.upper = a === b ? this.lower : new MemberState();
    // Notes to self have no other member to confirm or to exist.
    this.peerExists = a === b;
  }

  get toSelf(): boolean {
    return this.a === this.b;
  }

  isMember(user: number): boolean {
    return user === this.a || user === this.b;
  }

  member(user: number): MemberState {
    return user === this.a ? this.lower : this.upper;
  }

  peerOf(user: number): number {
    return user === this.a ? this.b : this.a;
  }

  /** Messages of others than this member, in memory. */
  othersNo(user: number): number {
    return user === this.a ? this.lastMessageNo - this.lowerMessageNo : this.lowerMessageNo;
  }

  /** …and up to the durable head. */
  durableOthersNo(user: number): number {
    return user === this.a ? this.durableMessageNo - this.durableLowerNo : this.durableLowerNo;
  }

  /** An array of one first: most conversations have one sender or two, and an array that grows makes room for many. */
  addSender(sender: SenderState): void {
    if (this.senders.length === 0) this.senders = [sender];
    else this.senders.push(sender);
  }

  park(): Parked {
    this.parked ??= new Parked();
    return this.parked;
  }

  /** Nothing that only memory knows: it may be forgotten and loaded again. */
  get clean(): boolean {
    return (
      this.loaded &&
      // A row in flight is not in the store yet.
      this.slot.inFlight === null &&
      this.senders.every((sender) => sender.clean) &&
      this.gathered === 0 &&
      this.lastSeq === this.durableSeq &&
      this.openLow === 0 &&
      !this.obligationRow &&
      this.readsUnderWay === 0 &&
      this.rewrites === null &&
      this.keysUnderWay === null &&
      (this.parked === null || this.parked.count === 0) &&
      this.lower.durableDelivered === this.lower.delivered &&
      this.upper.durableDelivered === this.upper.delivered &&
      this.lower.durableRead === this.lower.read &&
      this.upper.durableRead === this.upper.read
    );
  }

  /** Clean, nobody waits, and no list of others holds it: its numbers are all there is to it. */
  get mayRest(): boolean {
    return (
      this.clean &&
      !this.queuedToTell &&
      (this.lastSeq > 0 || this.peerAskedAt === 0) &&
      this.target === null &&
      this.keys === null &&
      this.lower.waiters.length === 0 &&
      this.upper.waiters.length === 0
    );
  }

  /** Called by the slot for each appended event. */
  writeEventRow(event: GatheredEvent, gather: Gather, rows: RowBatch): void {
    const { key, value } = this.context;
    key.reset();
    writeEventKey(key, this.slot.partition, this.slot.slot, this.a, this.b, event.seq);
    value.reset();
    value.u8(valueVersion);
    value.append(gather.arena.bytes, event.start, event.end);
    rows.put(Table.users, key.view(), value.view());
  }

  writeRow(what: number, rows: RowBatch): void {
    const { key, value } = this.context;
    key.reset();
    value.reset();
    if (what === ConversationRow.head) {
      writeConversationPart(key, this.slot.partition, this.slot.slot, this.a, this.b, Part.head);
      writeHead(value, this);
      rows.put(Table.users, key.view(), value.view());
    } else if (what === ConversationRow.obligation) {
      this.writeObligationRow(rows);
    } else {
      const user = what === ConversationRow.lowerWatermark ? this.a : this.b;
      const member = this.member(user);
      member.writtenDelivered = member.delivered;
      member.writtenRead = member.read;
      writeWatermarkKey(key, this.slot.partition, this.slot.slot, this.a, this.b, user);
      writeWatermark(value, member.delivered, member.read);
      rows.put(Table.users, key.view(), value.view());
    }
  }

  rowDurable(what: number): void {
    if (what === ConversationRow.lowerWatermark) this.watermarkDurable(this.lower);
    else if (what === ConversationRow.upperWatermark) this.watermarkDurable(this.upper);
  }

  private writeObligationRow(rows: RowBatch): void {
    const { key, value } = this.context;
    writeObligationKey(key, this.slot.partition, this.slot.slot, this.a, this.b);
    if (this.openLow === 0) {
      rows.delete(Table.users, key.view());
      this.obligationRow = false;
      return;
    }
    writeObligation(value, { phase: Phase.inbox, low: this.openLow, high: this.lastSeq, unconfirmed: 2, pushDue: 0 });
    rows.put(Table.users, key.view(), value.view());
    this.obligationRow = true;
  }

  private watermarkDurable(member: MemberState): void {
    member.durableDelivered = Math.max(member.durableDelivered, member.writtenDelivered);
    member.durableRead = Math.max(member.durableRead, member.writtenRead);
    this.onWatermarkDurable(this, member);
  }
}
