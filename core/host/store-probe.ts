/**
 * Whether a send would be accepted now: proven by a write of a cluster row.
 *
 * Method: one write at a time serves everyone who asks meanwhile, and its answer counts for a second; so no number of readiness requests
 * loads the store.
 */
import { type Store, Table } from '../store/port.ts';

const key = Uint8Array.from('probe', (letter) => letter.charCodeAt(0));
const freshMs = 1_000;
const patienceMs = 2_000;

export class StoreProbe {
  private readonly store: Store;
  private running: Promise<boolean> | null = null;
  private answeredAtMs = Number.NEGATIVE_INFINITY;
  private answer = false;

  constructor(store: Store) {
    this.store = store;
  }

  ask(): Promise<boolean> {
    if (performance.now() - this.answeredAtMs < freshMs) return Promise.resolve(this.answer);
    this.running ??= this.run();
    return this.running;
  }

  private async run(): Promise<boolean> {
    const written = await Promise.race([this.write(), new Promise<false>((resolve) => setTimeout(resolve, patienceMs, false))]);
    this.answer = written;
    this.answeredAtMs = performance.now();
    this.running = null;
    return written;
  }

  private write(): Promise<boolean> {
    return new Promise((resolve) => {
      this.store.get(Table.cluster, key, (found) => {
        if (found.kind !== 'ok') {
          resolve(false);
          return;
        }
        const count = found.value === null ? 0 : found.value[0];
        this.store.compareAndSet(key, found.value, new Uint8Array([(count + 1) & 0xff]), (outcome) => resolve(outcome.kind === 'ok'));
      });
    });
  }
}
