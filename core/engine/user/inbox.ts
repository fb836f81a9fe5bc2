/**
 * Inboxes: entries loaded one by one or all of a user, raised by events, changed by reads and flags, confirmed when durable.
 *
 * Method: an entry that is not loaded yet already takes raises; its row is written only after the load, merged. Confirmations go back the
 * way the event came, once the raise is durable, again for every repeated event (DESIGN 4, step 6).
 */
import { writeInboxKey, writeInboxPrefix } from '../../model/keys.ts';
import { partitionOf, slotOf } from '../../model/partition.ts';
import { readEntryValue } from '../../model/values.ts';
import { FrameType } from '../../protocol/generated/frame-type.ts';
import { newEntryStruct } from '../../protocol/generated/structs.ts';
import { type Row, Table } from '../../store/port.ts';
import { assert } from '../assert.ts';
import type { ConversationState } from '../home/conversation-state.ts';
import type { Node } from '../machine.ts';
import type { OwnerContext } from '../owner-context.ts';
import type { Gather } from '../slot/gather.ts';
import type { SlotState } from '../slot/slot-state.ts';
import type { Slots } from '../slot/slots.ts';
import type { EntryState } from './entry-state.ts';
import { EntryTable } from './entry-table.ts';
import { InboxStatus, UserState } from './user-state.ts';

const scanRows = 500;
const scanBytes = 128 * 1024;

export class Inbox {
  private readonly context: OwnerContext;
  private readonly slots: Slots;
  private readonly users = new Map<number, UserState>();
  private readonly row = newEntryStruct();
  private readonly entries: EntryTable;
  private evictionHand: IterableIterator<UserState> | null = null;
  /** Set by the users part: an entry's row is durable. */
  onDurable: (entry: EntryState, slot: SlotState) => void = () => {};
  /** The inbox of a user is loaded (or could not be: `ok` false). */
  onLoaded: (user: UserState, ok: boolean) => void = () => {};

  constructor(context: OwnerContext, slots: Slots) {
    this.context = context;
    this.slots = slots;
    this.entries = new EntryTable(context, (entry, slot) => this.onDurable(entry, slot));
  }

  user(id: number): UserState {
    let user = this.users.get(id);
    if (user === undefined) {
      // Before the new one is in: it has nothing yet that would keep it.
      this.makeRoom();
      user = new UserState(id, this.slots.of(Table.users, partitionOf(id), slotOf(id)));
      this.users.set(id, user);
    }
    user.touched = true;
    return user;
  }

  knownUser(id: number): UserState | undefined {
    return this.users.get(id);
  }

  allUsers(): IterableIterator<UserState> {
    return this.users.values();
  }

  get userCount(): number {
    return this.users.size;
  }

  /** The entry of a user of a ready slot; its load is begun if needed (`whenLoaded`). */
  entry(id: number, a: number, b: number): EntryState {
    const peer = id === a ? b : a;
    const known = this.entries.get(this.user(id), peer);
    if (known !== undefined && !known.failed) return known;
    // This may forget the user, too.
    this.makeRoom();
    const user = this.user(id);
    const entry = this.entries.make(user, peer, a, b);
    if (user.inbox === InboxStatus.loaded) entry.loaded = true;
    else this.load(entry);
    return entry;
  }

  /** The lower user's entry of a conversation in memory. */
  pinnedEntry(a: number, b: number): EntryState {
    const user = this.users.get(a);
    const entry = user === undefined ? undefined : this.entries.get(user, b);
    assert(entry !== undefined, 'a conversation in memory without its lower entry');
    return entry;
  }

  /** The conversation left memory. */
  unpin(a: number, b: number): void {
    const user = this.users.get(a);
    assert(user !== undefined, 'a conversation in memory without its lower user');
    this.entries.unpin(user, b);
  }

  /** All entries of a user to look at: copies of those that rest. */
  entriesOf(user: UserState): EntryState[] {
    return this.entries.of(user);
  }

  /** End of a step: lets some rest. */
  trim(): void {
    this.entries.trim();
  }

  /** The lower user's entry goes in the batch of the event just appended. */
  rideWith(conversation: ConversationState, gather: Gather): void {
    const entry = conversation.lowerEntry;
    assert(entry?.loaded === true, 'a conversation without its lower entry');
    entry.riding = conversation;
    gather.add(entry, 1);
  }

  /** The upper user's entry rises by a durable event; confirmed to `from` once durable. */
  raise(id: number, a: number, b: number, seq: number, othersNo: number, timestamp: number, from: Node): void {
    const entry = this.entry(id, a, b);
    this.context.counters.entriesRaised += 1;
    entry.raise(seq, othersNo, timestamp);
    entry.confirmTo = from;
    if (!entry.loaded) {
      entry.confirmOwed = true;
      entry.whenLoaded(() => this.afterLoad(entry));
      return;
    }
    this.afterRaise(entry, seq);
  }

  /** Notes a loaded entry's row for the next batch. */
  write(entry: EntryState): void {
    this.slots.gather(entry.user.slot).add(entry, 1);
    this.slots.later(entry.user.slot);
  }

  confirm(entry: EntryState): void {
    entry.confirmOwed = false;
    const link = this.context.link();
    link.varint(FrameType.confirm);
    link.id53(entry.a);
    link.id53(entry.b);
    link.id53(entry.user.id);
    link.varint(entry.durableSeq);
    link.u8(0);
    this.context.sendLink(entry.confirmTo);
  }

  /** Begins to read the whole inbox; `onLoaded` tells the end. */
  loadAll(user: UserState): void {
    if (user.inbox !== InboxStatus.unloaded) return;
    user.inbox = InboxStatus.loading;
    const { key } = this.context;
    key.reset();
    writeInboxPrefix(key, user.slot.partition, user.slot.slot, user.id);
    this.scanFrom(user, key.copy(), user.slot.epoch);
  }

  /** Memory of the slot means nothing any more: entries are forgotten, sessions stay. */
  forget(slot: SlotState): void {
    for (const user of this.users.values()) {
      if (user.slot !== slot) continue;
      this.entries.forget(user);
      user.inbox = InboxStatus.unloaded;
      // Until the claim caught them up again no bookmark may go to them (simulator, seed 454: one told epoch 6 with epoch 5's batch).
      for (const session of user.sessions) session.resumed = false;
      user.parked?.moveTo(slot.park());
    }
  }

  private afterLoad(entry: EntryState): void {
    if (!entry.loaded || entry.dropped) return;
    this.afterRaise(entry, entry.lastSeq);
  }

  private afterRaise(entry: EntryState, seq: number): void {
    if (seq <= entry.durableSeq && !entry.dirty) {
      this.confirm(entry);
      return;
    }
    entry.confirmOwed = true;
    this.write(entry);
  }

  private load(entry: EntryState): void {
    const { key } = this.context;
    const { partition, slot } = entry.user.slot;
    key.reset();
    writeInboxKey(key, partition, slot, entry.user.id, entry.a, entry.b);
    this.context.get(Table.users, key.copy(), {
      got: (result) => {
        if (entry.dropped || entry.loaded) return;
        if (result.kind === 'unavailable') entry.failed = true;
        else this.takeValue(entry, result.value);
        entry.loadEnded();
      },
    });
  }

  private takeValue(entry: EntryState, value: Uint8Array | null): void {
    entry.loaded = true;
    if (value === null) return;
    readEntryValue(value, this.row);
    entry.takeRow(this.row);
  }

  private scanFrom(user: UserState, start: Uint8Array, epoch: number): void {
    const { key } = this.context;
    key.reset();
    writeInboxPrefix(key, user.slot.partition, user.slot.slot, user.id);
    for (let index = 0; index < 16; index++) key.u8(0xff);
    this.context.scan(
      { table: Table.users, start, end: key.copy(), limit: scanRows, reverse: false, bytesMax: scanBytes },
      {
        scanned: (result) => {
          if (user.inbox !== InboxStatus.loading || user.slot.epoch !== epoch) return;
          if (result.kind === 'unavailable') {
            user.inbox = InboxStatus.unloaded;
            this.onLoaded(user, false);
            return;
          }
          for (const row of result.rows) this.takeScanned(user, row);
          const last = result.rows.at(-1);
          if (result.more && last !== undefined) this.scanFrom(user, after(last.key), epoch);
          else this.scanEnded(user);
        },
      },
    );
  }

  private takeScanned(user: UserState, row: Row): void {
    readEntryValue(row.value, this.row);
    const { conversationA: a, conversationB: b } = this.row;
    const peer = user.id === a ? b : a;
    let entry = user.entries.get(peer);
    // What is loaded already is newer than the scan.
    if (typeof entry === 'number') return;
    if (entry === undefined || entry.failed) {
      entry = this.entries.make(user, peer, a, b);
    }
    if (entry.loaded) return;
    entry.takeRow(this.row);
    entry.loaded = true;
    entry.loadEnded();
  }

  private scanEnded(user: UserState): void {
    user.inbox = InboxStatus.loaded;
    for (const entry of user.entries.values()) {
      if (typeof entry === 'number' || entry.loaded) continue;
      // No row: a raise made the entry. If its own read failed, the scan has answered that, too (simulator: one conversation went on with
      // this entry, the user with a new one, and a resume left its events out).
      entry.loaded = true;
      entry.failed = false;
      entry.loadEnded();
    }
    this.onLoaded(user, true);
  }

  /**
   * A clock hand forgets users without sessions whose entries are clean, and of the others the clean entries: who resumes or lists next
   * reads them again.
   */
  private makeRoom(): void {
    const { usersLoadedMax, entriesLoadedMax } = this.context.limits;
    for (let steps = 0; steps < 64 && (this.users.size >= usersLoadedMax || this.entries.count >= entriesLoadedMax); steps++) {
      this.evictionHand ??= this.users.values();
      const next = this.evictionHand.next();
      if (next.done) {
        this.evictionHand = null;
        continue;
      }
      const user = next.value;
      if (user.touched) {
        user.touched = false;
        continue;
      }
      if (!user.clean) {
        if (this.entries.count >= entriesLoadedMax) this.forgetClean(user);
        continue;
      }
      this.entries.forgetClean(user);
      this.users.delete(user.id);
      this.context.counters.usersEvicted += 1;
    }
  }

  private forgetClean(user: UserState): void {
    // A row in flight is not in the store yet; a load under way counts what it finds as newer than its rows.
    if (user.inbox === InboxStatus.loading || user.slot.inFlight !== null) return;
    const forgotten = this.entries.forgetClean(user);
    if (forgotten > 0) user.inbox = InboxStatus.unloaded;
    this.context.counters.entriesEvicted += forgotten;
  }
}

/** The smallest key above `key`. */
function after(key: Uint8Array): Uint8Array {
  const next = new Uint8Array(key.length + 1);
  next.set(key);
  return next;
}
