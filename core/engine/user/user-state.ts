/** One user at its owner: live sessions, and as much of the inbox as was needed. */
import type { Node } from '../machine.ts';
import { Parked } from '../parked.ts';
import type { SlotState } from '../slot/slot-state.ts';
import type { EntryState } from './entry-state.ts';

/** A registered session: where its frames go, and how far it was told. */
export class SessionState {
  readonly node: Node;
  readonly session: number;
  registration = 0;
  readonly deviceId: number;
  readonly tabId: number;
  attempt = 0;
  issuedAt = 0;
  /** Its hello (or re-registration) was answered: bookmarks may go to it. */
  resumed = false;
  /** Last bookmark told to it. */
  epoch = 0;
  batch = 0;

  constructor(node: Node, session: number, deviceId: number, tabId: number) {
    this.node = node;
    this.session = session;
    this.deviceId = deviceId;
    this.tabId = tabId;
  }
}

export const InboxStatus = { unloaded: 0, loading: 1, loaded: 2 } as const;
export type InboxStatus = (typeof InboxStatus)[keyof typeof InboxStatus];

const noSessions: SessionState[] = [];
/** An entry in memory: an object, or the place where it rests (`resting-entries.ts`). */
export type Entry = EntryState | number;

const noEntries: ReadonlyMap<number, Entry> = new Map();

export class UserState {
  readonly id: number;
  readonly slot: SlotState;
  /** Shared and empty until the first session: most users in memory are peers of somebody. */
  sessions: SessionState[] = noSessions;
  inbox: InboxStatus = InboxStatus.unloaded;
  /** Frames that wait for the inbox. */
  parked: Parked | null = null;
  /** A bookmark is due to its sessions at this time; 0: none. */
  bookmarkAt = 0;
  /** What was told to live sessions and may turn out undelivered, by peer: newest seq. */
  told: Map<number, number> | null = null;
  /** Conversations in memory that hold an entry of this user. */
  pins = 0;
  /** Recently used: the eviction clock passes it once. */
  touched = true;
  /** None until the first entry: many users who are on line have nothing in memory, and an empty map takes 184 bytes. */
  private entryMap: Map<number, Entry> | null = null;

  constructor(id: number, slot: SlotState) {
    this.id = id;
    this.slot = slot;
  }

  /** Of the inbox, by the other user of a direct conversation. */
  get entries(): ReadonlyMap<number, Entry> {
    return this.entryMap ?? noEntries;
  }

  setEntry(peer: number, entry: Entry): void {
    this.entryMap ??= new Map();
    this.entryMap.set(peer, entry);
  }

  /** May be called for the entry at which a walk over `entries` stands. */
  removeEntry(peer: number): void {
    this.entryMap?.delete(peer);
  }

  removeEntries(): void {
    this.entryMap = null;
  }

  addSession(session: SessionState): void {
    if (this.sessions === noSessions) this.sessions = [session];
    else this.sessions.push(session);
  }

  removeSession(session: SessionState): void {
    this.sessions = this.sessions.filter((other) => other !== session);
  }

  park(): Parked {
    this.parked ??= new Parked();
    return this.parked;
  }

  get clean(): boolean {
    if (
      this.sessions.length > 0 ||
      this.pins > 0 ||
      this.inbox === InboxStatus.loading ||
      this.bookmarkAt !== 0 ||
      this.slot.inFlight !== null
    )
      return false;
    if (this.parked !== null && this.parked.count > 0) return false;
    // At rest they are clean.
    for (const entry of this.entries.values()) if (typeof entry !== 'number' && !entry.clean) return false;
    return true;
  }
}
