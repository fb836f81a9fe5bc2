/**
 * The transactions of a tab on its device's store: each takes a while, they end in order, and a crash loses those that have not ended.
 */
import type { ClientRecord } from '../core/engine/client/client-port.ts';
import type { DeviceRecords } from './device-records.ts';
import type { RandomStream } from './random.ts';

interface Transaction {
  readonly storeId: string;
  readonly records: readonly ClientRecord[];
}

export class TabTransactions {
  readonly #records: DeviceRecords;
  readonly #open: Transaction[] = [];
  #lastUs = 0;

  constructor(records: DeviceRecords) {
    this.#records = records;
  }

  /** Returns when it ends, if nothing happens before. */
  begin(storeId: string, records: readonly ClientRecord[], soonestUs: number): number {
    this.#open.push({ storeId, records });
    this.#lastUs = Math.max(this.#lastUs + 1, soonestUs);
    return this.#lastUs;
  }

  /** The oldest one ends. */
  end(): void {
    const transaction = this.#open.shift();
    if (transaction !== undefined) this.#records.apply(transaction.storeId, transaction.records);
  }

  /** The tab died: some of them had ended before. */
  crash(random: RandomStream): void {
    for (let ended = this.#open.length === 0 ? 0 : random.below(this.#open.length + 1); ended > 0; ended -= 1) this.end();
    this.#open.length = 0;
  }
}
