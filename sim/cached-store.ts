/**
 * One node's store with the production cache before it, over the simulated store and the shared cache place. It is what the simulated store
 * answers; a restarted process gets a new one.
 *
 * Every page is judged: it must be what the store holds, but for changes that came after it was asked for. A wrong one is reported at once,
 * whether or not somebody shows it.
 */
import { equalBytes } from '../core/model/byte-order.ts';
import { readEventValue } from '../core/model/values.ts';
import { newEventStruct } from '../core/protocol/generated/structs.ts';
import { CachingStore } from '../core/store/cache/caching-store.ts';
import type { GetResult, ScanRequest, ScanResult, Store, StoreWrite, Table, WriteOutcome } from '../core/store/port.ts';
import { type CacheModel, simSeal } from './cache-model.ts';
import type { StoreModel, StoreUser } from './store-model.ts';

/** Whose store it is. */
export interface CachedNode {
  readonly name: string;
  readonly incarnation: number;
  readonly cutUntilUs: number;
  nowMs(): number;
  whenAwake(action: () => void): void;
  crashed(error: unknown): void;
}

export class CachedStore implements StoreUser {
  readonly store: CachingStore;
  readonly #node: CachedNode;
  readonly #model: StoreModel;
  readonly #writes = new Map<number, (outcome: WriteOutcome) => void>();
  readonly #gets = new Map<number, (result: GetResult) => void>();
  readonly #scans = new Map<number, (result: ScanResult) => void>();
  readonly #event = newEventStruct();
  #nextRead = 1;
  #isGone = false;

  constructor(node: CachedNode, model: StoreModel, cache: CacheModel, space: string) {
    this.#node = node;
    this.#model = model;
    this.store = new CachingStore({
      store: this.#behind(),
      cache: {
        read: (keys, done) => cache.read(keys, (values) => this.#whenAwake(() => done(values))),
        write: (key, value) => cache.write(key, value),
        remove: (keys) => cache.remove(keys),
        close: () => {},
      },
      seal: simSeal,
      space,
      nowMs: () => node.nowMs(),
    });
  }

  get name(): string {
    return this.#node.name;
  }

  get incarnation(): number {
    return this.#node.incarnation;
  }

  get cutUntilUs(): number {
    return this.#node.cutUntilUs;
  }

  /** Its process died: what comes now is for nobody. */
  crash(): void {
    this.#isGone = true;
    this.#model.crashed(this);
  }

  scan(request: ScanRequest, done: (result: ScanResult) => void): void {
    const { memory } = this.#model;
    this.store.scan(request, (result) => {
      if (result.kind === 'ok' && this.#model.memory === memory) this.#judge(request, result);
      done(result);
    });
  }

  // ---- answers of the store

  written(id: number, outcome: WriteOutcome): void {
    this.#whenAwake(() => take(this.#writes, id)(outcome));
  }

  got(id: number, result: GetResult): void {
    this.#whenAwake(() => take(this.#gets, id)(result));
  }

  scanned(id: number, result: ScanResult): void {
    this.#whenAwake(() => take(this.#scans, id)(result));
  }

  #behind(): Store {
    return {
      write: (request: StoreWrite, done) => {
        this.#writes.set(request.id, done);
        this.#model.write(request, this);
      },
      get: (table: Table, key: Uint8Array, done) => {
        const id = this.#nextRead++;
        this.#gets.set(id, done);
        this.#model.get(id, table, key, this);
      },
      scan: (request: ScanRequest, done) => {
        const id = this.#nextRead++;
        this.#scans.set(id, done);
        this.#model.scan(id, request, this);
      },
      compareAndSet: () => {
        throw new Error('cluster rows have a way of their own');
      },
      close: (done) => done(),
    };
  }

  #whenAwake(action: () => void): void {
    if (this.#isGone) return;
    this.#node.whenAwake(() => {
      if (!this.#isGone) action();
    });
  }

  #judge(request: ScanRequest, { rows, more }: Extract<ScanResult, { kind: 'ok' }>): void {
    const { log } = request;
    if (log === undefined) return;
    const now = this.#model.memory.scan(request);
    let isSame = true;
    for (const { key, value } of rows) {
      const stands = this.#model.memory.get(request.table, key);
      if (stands !== null && equalBytes(stands, value)) continue;
      isSame = false;
      if (stands !== null) readEventValue(stands, this.#event);
      if (stands !== null && this.#event.editSeq > log.head) continue;
      this.#node.crashed(new Error(`a page of a log with ${log.head} events has a row that the store does not have`));
      return;
    }
    if (isSame && (rows.length !== now.rows.length || more !== now.more)) {
      this.#node.crashed(
        new Error(`a page has ${rows.length} rows (more: ${more}), the store gives ${now.rows.length} (more: ${now.more})`),
      );
    }
  }
}

function take<Done>(waiting: Map<number, Done>, id: number): Done {
  const done = waiting.get(id);
  if (done === undefined) throw new Error('an answer that nobody waits for');
  waiting.delete(id);
  return done;
}
