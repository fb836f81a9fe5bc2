/**
 * What a restore of the server's store leaves undone in the views of devices: until a device has noticed it (DESIGN 5: another storeId in
 * `welcome` → `reset`), it may show and believe what stood above the head that was restored. Only that is excused, and only so long: each
 * checker that asks here says why, and at rest nobody may be left (nobody missed).
 *
 * Method: every tab that has heard of a store is unaware of the restore until it declares a reset of everything. A tab that begins is unaware if
 * its client store belongs to another store of the server. Where the history does not name stores: if it came up before the restore,
 * or if its client store did and no tab of it has noticed yet.
 */
import type { DeviceEntry, HistoryEntry, HistoryOp, WelcomeEntry } from '../history/entry.ts';

/** What a checker must observe to know of restores. */
export const restoreOps: readonly HistoryOp[] = ['device', 'welcome', 'reset', 'restore'];

interface Tab {
  readonly store: string;
  /** It may know something of a store of the server. */
  heard: boolean;
}

export class Restores {
  /** Heads at the last restore. */
  readonly #heads = new Map<string, number>();
  readonly #tabs = new Map<string, Tab>();
  readonly #unaware = new Set<string>();
  readonly #unawareStores = new Set<string>();
  /** The server's store since the last restore; '': not known. */
  #storeId = '';

  /** Wants `restoreOps`. */
  observe(entry: HistoryEntry): void {
    if (entry.op === 'device') this.#begin(entry);
    else if (entry.op === 'welcome') this.#welcomed(entry);
    else if (entry.op === 'reset' && entry.conversation === '*') {
      this.#unaware.delete(entry.process);
      this.#unawareStores.delete(this.#tabs.get(entry.process)?.store ?? '');
    } else if (entry.op === 'restore') {
      this.#heads.set(entry.conversation, entry.head);
      this.#storeId = entry.storeId ?? '';
      for (const [process, { store, heard }] of this.#tabs) {
        if (!heard) continue;
        this.#unaware.add(process);
        this.#unawareStores.add(store);
      }
    }
  }

  /** Seen by a device that still lives in the old store: nothing follows from it. */
  isOld(entry: HistoryEntry, conversation: string, seq: number): boolean {
    return this.#heads.size > 0 && seq > (this.#heads.get(conversation) ?? 0) && this.#unaware.has(entry.process);
  }

  /** The device has not noticed yet that the store was put back. */
  isUnaware(process: string): boolean {
    return this.#unaware.has(process);
  }

  #begin({ process, store, kept, storeId }: DeviceEntry): void {
    this.#tabs.set(process, { store, heard: storeId !== '' });
    let isUnaware: boolean;
    if (storeId !== undefined && this.#storeId !== '') isUnaware = storeId !== '' && storeId !== this.#storeId;
    else {
      if (kept === 'first' || kept === 'nothing') this.#unawareStores.delete(store);
      // The copy may be older than the restore.
      if (kept === 'backup' && this.#heads.size > 0) this.#unawareStores.add(store);
      isUnaware = this.#unawareStores.has(store);
    }
    if (isUnaware) this.#unaware.add(process);
    else this.#unaware.delete(process);
  }

  /** By the old store: the frame was under way, or its process stood still. */
  #welcomed({ process, storeId }: WelcomeEntry): void {
    const tab = this.#tabs.get(process);
    if (tab === undefined) return;
    tab.heard = true;
    if (this.#storeId !== '' && storeId !== this.#storeId) this.#unaware.add(process);
  }
}
