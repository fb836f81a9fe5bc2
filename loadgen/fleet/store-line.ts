/**
 * The way of a session's records to its OutboxStore: one transaction after another.
 *
 * Method: a queue of one promise chain. An end lets the transaction under way end (a real one may have reached the disk or not), drops those
 * behind it, and gives the store back for the next life.
 */
import type { OpenedStore, OutboxStore } from '../../core/client/outbox-store.ts';
import type { ClientRecord } from '../../core/engine/client/client-port.ts';

export class StoreLine {
  private readonly store: OutboxStore;
  private readonly onFailure: (error: unknown) => void;
  private last: Promise<void> = Promise.resolve();
  private dead = false;

  /** `onFailure`: the store refused a transaction; nothing is stored after it. */
  constructor(store: OutboxStore, onFailure: (error: unknown) => void) {
    this.store = store;
    this.onFailure = onFailure;
  }

  open(): Promise<OpenedStore> {
    return this.store.open();
  }

  put(storeId: string, records: readonly ClientRecord[], done: () => void): void {
    this.last = this.last.then(() => this.next(storeId, records, done));
  }

  /** Of a session that died or is closed. Resolves when the store may be opened again. */
  async end(): Promise<void> {
    this.dead = true;
    await this.last;
    await this.store.close();
  }

  private async next(storeId: string, records: readonly ClientRecord[], done: () => void): Promise<void> {
    if (this.dead) return;
    try {
      await this.store.store(storeId, records);
    } catch (error) {
      this.dead = true;
      this.onFailure(error);
      return;
    }
    if (!this.dead) done();
  }
}
