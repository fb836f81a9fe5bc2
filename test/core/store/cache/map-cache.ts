// Goal: a place for a cache that can do everything a Redis may do wrong. Method: a map that remembers every value a key ever had; a lie says
// what is given instead.
import type { Cache } from '../../../../core/store/cache/cache-port.ts';

export type Lie = (key: string, cache: MapCache) => Uint8Array | null;

export class MapCache implements Cache {
  readonly values = new Map<string, Uint8Array>();
  readonly history = new Map<string, Uint8Array[]>();
  /** What is given instead of the value. */
  lie: Lie | null = null;
  reads = 0;

  read(keys: readonly string[], done: (values: readonly (Uint8Array | null)[]) => void): void {
    this.reads += 1;
    const values = keys.map((key) => (this.lie === null ? (this.values.get(key) ?? null) : this.lie(key, this)));
    queueMicrotask(() => done(values));
  }

  write(key: string, value: Uint8Array): void {
    const copy = value.slice();
    this.values.set(key, copy);
    this.history.set(key, [...(this.history.get(key) ?? []), copy]);
  }

  remove(keys: readonly string[]): void {
    for (const key of keys) this.values.delete(key);
  }

  close(): void {}
}
