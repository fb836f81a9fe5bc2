// Goal: tests see which reads reach the store behind a cache, and can hold them back.
import type { GetResult, ScanRequest, ScanResult, Store, StoreWrite, Table, WriteOutcome } from '../../../../core/store/port.ts';

export class CountingStore implements Store {
  scans = 0;
  gets = 0;
  /** Reads asked for while set wait for `release`. */
  holds = false;
  private readonly store: Store;
  private held: (() => void)[] = [];

  constructor(store: Store) {
    this.store = store;
  }

  release(): void {
    const held = this.held;
    this.held = [];
    for (const read of held) read();
  }

  write(request: StoreWrite, done: (outcome: WriteOutcome) => void): void {
    this.store.write(request, done);
  }

  get(table: Table, key: Uint8Array, done: (result: GetResult) => void): void {
    this.gets += 1;
    const copy = key.slice();
    this.now(() => this.store.get(table, copy, done));
  }

  scan(request: ScanRequest, done: (result: ScanResult) => void): void {
    this.scans += 1;
    this.now(() => this.store.scan(request, done));
  }

  compareAndSet(key: Uint8Array, expected: Uint8Array | null, value: Uint8Array, done: (outcome: WriteOutcome) => void): void {
    this.store.compareAndSet(key, expected, value, done);
  }

  close(done: () => void): void {
    this.store.close(done);
  }

  private now(read: () => void): void {
    if (this.holds) this.held.push(read);
    else read();
  }
}
