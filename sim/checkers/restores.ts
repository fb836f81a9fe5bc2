/**
 * What a restore of the server's store leaves undone in the views of devices: until a device has noticed it (one of its tabs declares a reset
 * of everything), it may show and believe what stood above the head that was restored.
 *
 * Method: tabs that live in the old store, and client stores that hold it; a tab that begins on a client store which knows of the restore
 * knows of it, too.
 */
import type { DeviceEntry, HistoryEntry } from '../history/entry.ts';

export class Restores {
  /** Heads at the last restore. */
  readonly #heads = new Map<string, number>();
  readonly #storeOfProcess = new Map<string, string>();
  readonly #unaware = new Set<string>();
  readonly #unawareStores = new Set<string>();

  /** Wants `device`, `reset` and `restore`. */
  observe(entry: HistoryEntry): void {
    if (entry.op === 'device') this.#begin(entry);
    else if (entry.op === 'reset' && entry.conversation === '*') {
      this.#unaware.delete(entry.process);
      this.#unawareStores.delete(this.#storeOfProcess.get(entry.process) ?? '');
    } else if (entry.op === 'restore') {
      this.#heads.set(entry.conversation, entry.head);
      for (const [process, store] of this.#storeOfProcess) {
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

  #begin({ process, store, kept }: DeviceEntry): void {
    this.#storeOfProcess.set(process, store);
    if (kept === 'first' || kept === 'nothing') this.#unawareStores.delete(store);
    // The copy may be older than the restore.
    if (kept === 'backup' && this.#heads.size > 0) this.#unawareStores.add(store);
    if (this.#unawareStores.has(store)) this.#unaware.add(process);
    else this.#unaware.delete(process);
  }
}
