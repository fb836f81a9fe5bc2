/** The owner of one node, with its store calls executed in virtual time; its frames go to the node's links. */
import { Owner } from '../core/engine/owner.ts';
import type { OwnerOptions } from '../core/engine/owner-context.ts';
import type { OwnerInput, OwnerOut } from '../core/engine/owner-port.ts';
import type { GetResult, ScanRequest, ScanResult, StoreWrite, Table, WriteOutcome } from '../core/store/port.ts';
import type { CacheModel } from './cache-model.ts';
import { CachedStore } from './cached-store.ts';
import { addCounters } from './counters.ts';
import type { StoreModel, StoreUser } from './store-model.ts';

export interface OwnerNode {
  readonly name: string;
  readonly incarnation: number;
  readonly cutUntilUs: number;
  nowMs(): number;
  /** Does it now, or when the process goes on. */
  whenAwake(action: () => void): void;
  fromOwner(to: number, bytes: Uint8Array, start: number, end: number): void;
  /** 64 random bits are wanted: `random` gives them. */
  drawForOwner(id: number): void;
  ownerSettled(version: number): void;
  stepped(): void;
  crashed(error: unknown): void;
}

export class OwnerHost implements OwnerOut, StoreUser {
  readonly #node: OwnerNode;
  readonly #store: StoreModel;
  readonly #cache: CacheModel | undefined;
  /** Of this process; undefined: no cache in this world. */
  #cached: CachedStore | undefined;
  #owner: Owner | undefined;
  readonly #past: Record<string, number> = {};

  constructor(node: OwnerNode, store: StoreModel, cache: CacheModel | undefined) {
    this.#node = node;
    this.#store = store;
    this.#cache = cache;
  }

  get machine(): Owner | undefined {
    return this.#owner;
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

  start(options: OwnerOptions): void {
    this.#owner = new Owner(options);
    const space = `${options.storeIdHigh}-${options.storeIdLow}`;
    if (this.#cache !== undefined) this.#cached = new CachedStore(this.#node, this.#store, this.#cache, space);
  }

  crash(): void {
    addCounters(this.#past, this.#owner?.counters);
    this.#owner = undefined;
    this.#store.crashed(this);
    this.#cached?.crash();
    addCounters(this.#past, this.#cacheCounters());
    this.#cached = undefined;
  }

  step(input: OwnerInput): void {
    const owner = this.#owner;
    if (owner === undefined) return;
    try {
      owner.step(input, this.#node.nowMs(), this);
    } catch (error) {
      this.#node.crashed(error);
    }
    this.#node.stepped();
  }

  nextWakeMs(): number {
    return this.#owner?.nextWakeMs() ?? Number.POSITIVE_INFINITY;
  }

  counters(total: Record<string, number>): void {
    addCounters(total, this.#past);
    addCounters(total, this.#owner?.counters);
    addCounters(total, this.#cacheCounters());
  }

  #cacheCounters(): object | undefined {
    const counts = this.#cached?.store.counts;
    return counts && Object.fromEntries(Object.entries(counts).map(([name, count]) => [`cache ${name}`, count]));
  }

  // ---- effects

  toNode(to: number, bytes: Uint8Array, start: number, end: number): void {
    this.#node.fromOwner(to, bytes, start, end);
  }

  storeWrite(request: StoreWrite): void {
    const { id } = request;
    if (this.#cached === undefined) this.#store.write(request, this);
    else this.#cached.store.write(request, (outcome) => this.step({ kind: 'written', id, outcome }));
  }

  storeGet(id: number, table: Table, key: Uint8Array): void {
    if (this.#cached === undefined) this.#store.get(id, table, key, this);
    else this.#cached.store.get(table, key, (result) => this.step({ kind: 'got', id, result }));
  }

  storeScan(id: number, request: ScanRequest): void {
    if (this.#cached === undefined) this.#store.scan(id, request, this);
    else this.#cached.scan(request, (result) => this.step({ kind: 'scanned', id, result }));
  }

  drawRandom(id: number): void {
    this.#node.drawForOwner(id);
  }

  settled(version: number): void {
    this.#node.ownerSettled(version);
  }

  // ---- answers of the store

  written(id: number, outcome: WriteOutcome): void {
    this.#node.whenAwake(() => this.step({ kind: 'written', id, outcome }));
  }

  got(id: number, result: GetResult): void {
    this.#node.whenAwake(() => this.step({ kind: 'got', id, result }));
  }

  scanned(id: number, result: ScanResult): void {
    this.#node.whenAwake(() => this.step({ kind: 'scanned', id, result }));
  }
}
