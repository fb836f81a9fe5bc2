/**
 * The memory model behind the store port: for tests and for a node that keeps nothing. Durability: none.
 *
 * Every answer comes in a microtask of its own, in the order of the calls, so no caller can come to rely on an answer
 * before its call returned.
 */
import { MemoryStore } from './memory/memory-store.ts';
import type { GetResult, ScanRequest, ScanResult, Store, StoreWrite, Table, WriteOutcome } from './port.ts';

/** A `Store` over `model`, or over a new empty one. */
export function createMemoryStore(model: MemoryStore = new MemoryStore()): Store {
  return {
    write(request: StoreWrite, done: (outcome: WriteOutcome) => void): void {
      const kind = model.write(request);
      queueMicrotask(() => done({ kind }));
    },
    get(table: Table, key: Uint8Array, done: (result: GetResult) => void): void {
      const value = model.get(table, key);
      queueMicrotask(() => done({ kind: 'ok', value: value === null ? null : value.slice() }));
    },
    scan(request: ScanRequest, done: (result: ScanResult) => void): void {
      const page = model.scan(request);
      const rows = page.rows.map((row) => ({ key: row.key.slice(), value: row.value.slice() }));
      queueMicrotask(() => done({ kind: 'ok', rows, more: page.more }));
    },
    compareAndSet(key: Uint8Array, expected: Uint8Array | null, value: Uint8Array, done: (outcome: WriteOutcome) => void): void {
      const kind = model.compareAndSet(key, expected, value);
      queueMicrotask(() => done({ kind }));
    },
    close(done: () => void): void {
      queueMicrotask(done);
    },
  };
}
