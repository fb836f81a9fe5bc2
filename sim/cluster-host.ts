/** The cluster machine of one node, with its store calls executed in virtual time; what it says goes to the node's edge and owner. */
import { Cluster } from '../core/engine/cluster/cluster.ts';
import type { ClusterInput, ClusterOut } from '../core/engine/cluster/cluster-port.ts';
import type { Limits } from '../core/protocol/limits.ts';
import { type GetResult, type ScanRequest, type ScanResult, Table, type WriteOutcome } from '../core/store/port.ts';
import { addCounters } from './counters.ts';
import { NodeOwnership } from './node-ownership.ts';
import type { Scheduler } from './scheduler.ts';
import type { StoreModel, StoreUser } from './store-model.ts';

export interface ClusterNode {
  readonly incarnation: number;
  readonly cutUntilUs: number;
  nowMs(): number;
  /** Does it now, or when the process goes on. */
  whenAwake(action: () => void): void;
  /** 64 random bits are wanted: `random` gives them. */
  drawForCluster(id: number): void;
  assigned(holdings: Uint8Array, version: number): void;
  lease(untilMs: number): void;
  ownersChanged(): void;
  stepped(): void;
  crashed(error: unknown): void;
}

export class ClusterHost implements ClusterOut, StoreUser {
  readonly #node: ClusterNode;
  readonly #store: StoreModel;
  readonly #scheduler: Scheduler;
  readonly ownership = new NodeOwnership();
  #cluster: Cluster | undefined;
  readonly #past: Record<string, number> = {};

  constructor(node: ClusterNode, store: StoreModel, scheduler: Scheduler) {
    this.#node = node;
    this.#store = store;
    this.#scheduler = scheduler;
  }

  get machine(): Cluster | undefined {
    return this.#cluster;
  }

  get incarnation(): number {
    return this.#node.incarnation;
  }

  get cutUntilUs(): number {
    return this.#node.cutUntilUs;
  }

  start(limits: Limits, node: number): Cluster {
    this.#cluster = new Cluster({ limits, node, address: `n${node}` });
    this.ownership.start(this.#scheduler.nowUs);
    return this.#cluster;
  }

  crash(): void {
    addCounters(this.#past, this.#cluster?.counters);
    this.#cluster = undefined;
    this.ownership.died(this.#scheduler.nowUs);
    this.#store.crashed(this);
  }

  step(input: ClusterInput): void {
    const cluster = this.#cluster;
    if (cluster === undefined) return;
    try {
      cluster.step(input, this.#node.nowMs(), this);
    } catch (error) {
      this.#node.crashed(error);
    }
    this.#node.stepped();
  }

  nextWakeMs(): number {
    return this.#cluster?.nextWakeMs() ?? Number.POSITIVE_INFINITY;
  }

  counters(total: Record<string, number>): void {
    addCounters(total, this.#past);
    addCounters(total, this.#cluster?.counters);
  }

  // ---- effects

  clusterGet(id: number, key: Uint8Array): void {
    this.#store.get(id, Table.cluster, key, this);
  }

  clusterScan(id: number, request: ScanRequest): void {
    this.#store.scan(id, request, this);
  }

  compareAndSet(id: number, key: Uint8Array, expected: Uint8Array | null, value: Uint8Array): void {
    this.#store.compareAndSet(id, key, expected, value, this);
  }

  drawRandom(id: number): void {
    this.#node.drawForCluster(id);
  }

  assigned(holdings: Uint8Array, version: number): void {
    this.ownership.holds(holdings, this.#scheduler.nowUs);
    this.#node.assigned(holdings, version);
  }

  lease(untilMs: number): void {
    this.#node.lease(untilMs);
  }

  ownersChanged(): void {
    this.ownership.sees((partition) => this.#cluster?.ownerOf(partition) ?? -1, this.#scheduler.nowUs);
    this.#node.ownersChanged();
  }

  // ---- answers of the store

  written(id: number, outcome: WriteOutcome): void {
    this.#node.whenAwake(() => this.step({ kind: 'set', id, outcome }));
  }

  got(id: number, result: GetResult): void {
    this.#node.whenAwake(() => this.step({ kind: 'got', id, result }));
  }

  scanned(id: number, result: ScanResult): void {
    this.#node.whenAwake(() => this.step({ kind: 'scanned', id, result }));
  }
}
