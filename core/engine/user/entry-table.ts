/**
 * The inbox entries in memory, each in its user's map: in use as an object, or at rest as bytes (`resting-entries.ts`).
 *
 * Method: only a clean entry rests, so its bytes are what its row says; it wakes at its next use as an object that differs in nothing from the
 * one that was packed.
 */
import { assert } from '../assert.ts';
import { InUse } from '../in-use.ts';
import type { OwnerContext } from '../owner-context.ts';
import type { SlotState } from '../slot/slot-state.ts';
import { EntryState } from './entry-state.ts';
import { isPinned, RestingEntries, withoutPin } from './resting-entries.ts';
import type { Entry, UserState } from './user-state.ts';

export class EntryTable {
  private readonly context: OwnerContext;
  /** One for all entries: a closure an entry would cost 100 bytes each. */
  private readonly durable: (entry: EntryState, slot: SlotState) => void;
  private readonly resting = new RestingEntries();
  private readonly inUse: InUse<EntryState>;
  /** Entries in memory, of all users. */
  count = 0;

  /** @param durable told when an entry's row is durable */
  constructor(context: OwnerContext, durable: (entry: EntryState, slot: SlotState) => void) {
    this.context = context;
    this.durable = durable;
    this.inUse = new InUse(context.limits.entriesInUseMax, (entry) => this.rest(entry));
  }

  /** The entry in memory if there is one; it wakes if it rests. */
  get(user: UserState, peer: number): EntryState | undefined {
    const entry = user.entries.get(peer);
    if (typeof entry !== 'number') {
      if (entry !== undefined) entry.used = true;
      return entry;
    }
    const woken = this.unpacked(user, peer, entry);
    this.resting.free(entry);
    user.setEntry(peer, woken);
    this.inUse.add(woken);
    this.context.counters.entriesWoken += 1;
    return woken;
  }

  /** A new one, in the place of one that failed. */
  make(user: UserState, peer: number, a: number, b: number): EntryState {
    const entry = new EntryState(this.context, user, a, b, this.durable);
    const before = user.entries.get(peer);
    if (before === undefined) this.count += 1;
    else this.drop(before);
    user.setEntry(peer, entry);
    this.inUse.add(entry);
    return entry;
  }

  /** All entries of a user to look at: copies of those that rest. */
  of(user: UserState): EntryState[] {
    const found: EntryState[] = [];
    for (const [peer, entry] of user.entries) found.push(typeof entry === 'number' ? this.unpacked(user, peer, entry) : entry);
    return found;
  }

  /** The conversation of the entry left memory. */
  unpin(user: UserState, peer: number): void {
    user.pins -= 1;
    const entry = user.entries.get(peer);
    if (typeof entry === 'number') user.setEntry(peer, withoutPin(entry));
    else if (entry !== undefined) entry.pinned = false;
  }

  /** Forgets all entries of a user; those that were being read have failed. */
  forget(user: UserState): void {
    for (const entry of user.entries.values()) {
      this.drop(entry);
      if (typeof entry === 'number') continue;
      entry.failed = true;
      entry.loadEnded();
    }
    this.count -= user.entries.size;
    user.removeEntries();
  }

  /** Forgets the clean ones that no conversation in memory needs; returns how many. */
  forgetClean(user: UserState): number {
    let forgotten = 0;
    for (const [peer, entry] of user.entries) {
      if (typeof entry === 'number' ? isPinned(entry) : !entry.clean || entry.pinned) continue;
      this.drop(entry);
      user.removeEntry(peer);
      forgotten += 1;
    }
    this.count -= forgotten;
    return forgotten;
  }

  /** End of a step: lets some rest. */
  trim(): void {
    this.inUse.trim();
  }

  private unpacked(user: UserState, peer: number, place: number): EntryState {
    const a = Math.min(user.id, peer);
    const b = Math.max(user.id, peer);
    return this.resting.unpack(place, new EntryState(this.context, user, a, b, this.durable));
  }

  private rest(entry: EntryState): boolean {
    const place = this.resting.pack(entry);
    if (place < 0) return false;
    const { user, a, b } = entry;
    const peer = user.id === a ? b : a;
    assert(user.entries.get(peer) === entry, 'an entry in use that is not in its map');
    user.setEntry(peer, place);
    this.context.counters.entriesRested += 1;
    return true;
  }

  private drop(entry: Entry): void {
    if (typeof entry === 'number') this.resting.free(entry);
    else entry.dropped = true;
  }
}
