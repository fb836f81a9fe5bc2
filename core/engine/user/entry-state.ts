/**
 * One inbox entry: what memory knows of a conversation for one user, and what is durable.
 *
 * Method: values are maxima. `lastSeq` speaks of durable events only; the lower user's entry also *rides* in the event's own batch: its row
 * is then written ahead with the conversation's head, but memory follows only when the batch is durable (models/delivery:
 * mergeInBatch would tell a phantom).
 */
import { writeInboxKey } from '../../model/keys.ts';
import type { RowBatch } from '../../model/row-batch.ts';
import { writeEntryValue } from '../../model/values.ts';
import { type EntryStruct, newEntryStruct } from '../../protocol/generated/structs.ts';
import { Table } from '../../store/port.ts';
import type { ConversationState } from '../home/conversation-state.ts';
import type { Node } from '../machine.ts';
import type { OwnerContext } from '../owner-context.ts';
import type { RowSource } from '../slot/gather.ts';
import type { SlotState } from '../slot/slot-state.ts';
import type { UserState } from './user-state.ts';

/** A session that waits for the word that its read watermark is durable. */
export interface ReadWaiter {
  readonly node: Node;
  readonly session: number;
  readonly seq: number;
}

const noWaiters: ReadWaiter[] = [];
/** One for all rows: a struct an entry took as much memory as the half of the entry. */
const rowScratch = newEntryStruct();

export class EntryState implements RowSource {
  readonly user: UserState;
  readonly a: number;
  readonly b: number;
  gathered = 0;
  /** Its conversation is in memory, at rest too: it must stay. */
  pinned = false;
  /** …and in use: it must stay as this object. */
  held = false;
  used = true;
  loaded = false;
  failed = false;
  /** It was forgotten. */
  dropped = false;
  lastSeq = 0;
  lastOthersNo = 0;
  lastTimestamp = 0;
  readSeq = 0;
  readOthersNo = 0;
  flags = 0;
  durableSeq = 0;
  epoch = 0;
  batch = 0;
  /** Something beside lastSeq changed and is not durable. */
  changed = false;
  /** Sessions are told the entry itself when it is durable (no event told them). */
  tellWhenDurable = false;
  /** Where the confirmation of the raise goes. */
  confirmTo: Node = 0;
  confirmOwed = false;
  readWaiters: ReadWaiter[] = noWaiters;
  /** The conversation whose appended head rides in the next batch. */
  riding: ConversationState | null = null;
  /** What the batch under way holds of it. */
  private writtenSeq = 0;
  private writtenOthersNo = 0;
  private writtenTimestamp = 0;
  private writtenReadSeq = 0;
  private writtenReadOthersNo = 0;
  private writtenFlags = 0;
  private readonly context: OwnerContext;
  private readonly durable: (entry: EntryState, slot: SlotState) => void;
  private waiting: (() => void)[] | null = null;

  constructor(context: OwnerContext, user: UserState, a: number, b: number, durable: (entry: EntryState, slot: SlotState) => void) {
    this.context = context;
    this.user = user;
    this.a = a;
    this.b = b;
    this.durable = durable;
  }

  get clean(): boolean {
    return (
      this.loaded && this.gathered === 0 && this.riding === null && !this.changed && this.lastSeq === this.durableSeq && !this.confirmOwed
    );
  }

  /** Clean, and nobody waits or holds it: the struct is all there is to it. */
  get mayRest(): boolean {
    return (
      this.clean &&
      !this.held &&
      !this.tellWhenDurable &&
      this.readWaiters.length === 0 &&
      this.waiting === null &&
      // A row in flight will ask for this object.
      this.user.slot.inFlight === null
    );
  }

  /** Raised or changed, and not durable yet. */
  get dirty(): boolean {
    return this.changed || this.lastSeq > this.durableSeq;
  }

  get empty(): boolean {
    return this.lastSeq === 0 && this.flags === 0;
  }

  /** Calls back once the row was read (or could not be). */
  whenLoaded(then: () => void): void {
    if (this.loaded || this.failed) {
      then();
      return;
    }
    this.waiting ??= [];
    this.waiting.push(then);
  }

  loadEnded(): void {
    const waiting = this.waiting;
    this.waiting = null;
    if (waiting !== null) for (const then of waiting) then();
  }

  raise(seq: number, othersNo: number, timestamp: number): void {
    if (seq <= this.lastSeq) return;
    this.lastSeq = seq;
    this.lastOthersNo = othersNo;
    this.lastTimestamp = timestamp;
  }

  raiseRead(seq: number, othersNo: number): void {
    if (seq <= this.readSeq) return;
    this.readSeq = seq;
    this.readOthersNo = Math.max(this.readOthersNo, othersNo);
  }

  writeRow(_what: number, rows: RowBatch, slot: SlotState): void {
    const { key, value } = this.context;
    key.reset();
    writeInboxKey(key, slot.partition, slot.slot, this.user.id, this.a, this.b);
    value.reset();
    writeEntryValue(value, this.rowToWrite(slot));
    rows.put(Table.users, key.view(), value.view());
  }

  rowDurable(_what: number, slot: SlotState): void {
    this.raise(this.writtenSeq, this.writtenOthersNo, this.writtenTimestamp);
    this.raiseRead(this.writtenReadSeq, this.writtenReadOthersNo);
    this.durableSeq = Math.max(this.durableSeq, this.writtenSeq);
    if (this.readSeq === this.writtenReadSeq && this.flags === this.writtenFlags) this.changed = false;
    this.epoch = slot.epoch;
    this.batch = slot.batch;
    this.durable(this, slot);
  }

  /** Fills a struct with what memory knows; version 0 when that is not durable. */
  fill(struct: EntryStruct): EntryStruct {
    struct.conversationA = this.a;
    struct.conversationB = this.b;
    struct.lastSeq = this.lastSeq;
    struct.lastOthersNo = this.lastOthersNo;
    struct.lastTimestamp = this.lastTimestamp;
    struct.readSeq = this.readSeq;
    struct.readOthersNo = this.readOthersNo;
    struct.flags = this.flags;
    struct.epoch = this.dirty ? 0 : this.epoch;
    struct.batch = this.dirty ? 0 : this.batch;
    return struct;
  }

  /** What a loaded row says, merged with what was raised meanwhile. */
  takeRow(row: EntryStruct): void {
    this.durableSeq = row.lastSeq;
    this.epoch = row.epoch;
    this.batch = row.batch;
    this.raise(row.lastSeq, row.lastOthersNo, row.lastTimestamp);
    this.raiseRead(row.readSeq, row.readOthersNo);
    this.flags = row.flags;
  }

  private rowToWrite(slot: SlotState): EntryStruct {
    const row = this.fill(rowScratch);
    const riding = this.riding;
    if (riding !== null) {
      this.riding = null;
      if (riding.lastSeq > row.lastSeq) {
        row.lastSeq = riding.lastSeq;
        row.lastOthersNo = riding.othersNo(this.user.id);
        row.lastTimestamp = riding.lastTimestamp;
      }
    }
    row.epoch = slot.epoch;
    row.batch = slot.batch + 1;
    this.writtenSeq = row.lastSeq;
    this.writtenOthersNo = row.lastOthersNo;
    this.writtenTimestamp = row.lastTimestamp;
    this.writtenReadSeq = row.readSeq;
    this.writtenReadOthersNo = row.readOthersNo;
    this.writtenFlags = row.flags;
    return row;
  }
}
