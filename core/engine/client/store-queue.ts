/**
 * What is to be stored, and what is known to be stored.
 *
 * Method: the outbox's records leave at the end of the very step that made them (a send waits for nothing else); cursors and
 * bookmark gather while one transaction with such records is under way. Within one effect the bookmark is last, so it never
 * stands without the entries and events it covers. A lean session stores nothing and everything counts as stored.
 */
import type { ClientContext } from './client-context.ts';
import type { ClientRecord } from './client-port.ts';
import { bookmarkKey, conversationKey, storeKey } from './client-records.ts';
import type { Conversation } from './conversation.ts';

export class StoreQueue {
  /** Everything up to this effect is stored. */
  storedId = 0;
  private readonly context: ClientContext;
  private readonly afterStored: (conversation: Conversation) => void;
  private nextId = 1;
  private own: ClientRecord[] = [];
  private dirty: Conversation[] = [];
  private storing: Conversation[] = [];
  /** Shared records are worth a transaction now; else they ride in the next one. */
  private wanted = false;
  private bookmarkDirty = false;
  private storeDirty = false;
  private cleared: Conversation[] = [];
  /** Effect with shared records under way; 0: none. */
  private sharedId = 0;

  /** @param afterStored called for each conversation whose acknowledgement may go out. */
  constructor(context: ClientContext, afterStored: (conversation: Conversation) => void) {
    this.context = context;
    this.afterStored = afterStored;
  }

  /** A record of an outbox; returns the number of the effect it will be in. */
  put(key: string, value: unknown): number {
    if (this.context.lean) return 0;
    this.own.push({ key, value });
    return this.nextId;
  }

  /** The conversation changed. `urgent`: something waits for it. */
  touch(conversation: Conversation, urgent: boolean): void {
    if (urgent) this.wanted = true;
    if (conversation.dirty) return;
    conversation.dirty = true;
    this.dirty.push(conversation);
  }

  touchBookmark(): void {
    this.bookmarkDirty = true;
    this.wanted = true;
  }

  /** storeId, user or name changed. What was under way belongs to the old store. */
  touchStore(): void {
    this.storeDirty = true;
    this.wanted = true;
    this.sharedId = 0;
    this.storing = [];
  }

  /** A conversation's values went back (its log was reset): its record is replaced, not merged. */
  replace(conversation: Conversation): void {
    this.cleared.push(conversation);
    this.touch(conversation, true);
  }

  /** At the end of a step. */
  flush(): void {
    if (this.context.lean) return this.flushLean();
    const shared = this.wanted && this.sharedId === 0;
    if (this.own.length === 0 && !shared) return;
    const records: ClientRecord[] = [];
    if (this.storeDirty) this.putStore(records);
    for (const record of this.own) records.push(record);
    this.own = [];
    if (shared) this.putShared(records);
    const id = this.nextId++;
    if (shared) this.sharedId = id;
    this.context.out.store(id, this.context.storeId, records);
  }

  stored(id: number): void {
    if (id > this.storedId) this.storedId = id;
    if (this.sharedId === 0 || this.sharedId > id) return;
    this.sharedId = 0;
    const stored = this.storing;
    this.storing = [];
    for (const conversation of stored) {
      if (conversation.ackStoring > conversation.ackStored) conversation.ackStored = conversation.ackStoring;
      if (conversation.readStoring > conversation.readStored) {
        conversation.readStored = conversation.readStoring;
        conversation.readStoredOthersNo = conversation.readStoringOthersNo;
      }
      this.afterStored(conversation);
    }
  }

  private flushLean(): void {
    if (this.dirty.length === 0) return;
    for (const conversation of this.dirty) {
      conversation.dirty = false;
      conversation.ackStored = conversation.ackWanted;
      conversation.readStored = conversation.readWanted;
      conversation.readStoredOthersNo = conversation.readWantedOthersNo;
      this.afterStored(conversation);
    }
    this.dirty.length = 0;
  }

  private putStore(records: ClientRecord[]): void {
    const { storeId, user, name } = this.context;
    records.push({ key: storeKey, value: { storeId, user, name } });
    this.storeDirty = false;
  }

  private putShared(records: ClientRecord[]): void {
    for (const conversation of this.cleared) records.push({ key: conversationKey(conversation.a, conversation.b), value: null });
    this.cleared = [];
    for (const conversation of this.dirty) {
      conversation.dirty = false;
      conversation.ackStoring = conversation.ackWanted;
      conversation.readStoring = conversation.readWanted;
      conversation.readStoringOthersNo = conversation.readWantedOthersNo;
      records.push({ key: conversationKey(conversation.a, conversation.b), value: conversation.record() });
    }
    this.storing = this.dirty;
    this.dirty = [];
    if (this.bookmarkDirty) records.push({ key: bookmarkKey, value: { epoch: this.context.epoch, batch: this.context.batch } });
    this.bookmarkDirty = false;
    this.wanted = false;
  }
}
