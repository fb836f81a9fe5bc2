// N cluster machines over one memory store, in virtual time: delays, attempts that are lost or come later, crashes, pauses, clocks that
// differ, nodes cut from the store. Beside each machine stands a model of an owner that claims and releases one fence a partition; the
// world notes when two of them could serve one partition at once.
import { Cluster } from '../../../../core/engine/cluster/cluster.ts';
import type { ClusterInput, ClusterOut } from '../../../../core/engine/cluster/cluster-port.ts';
import { Holding } from '../../../../core/engine/holding.ts';
import { partitionCount } from '../../../../core/model/partition.ts';
import type { Limits } from '../../../../core/protocol/limits.ts';
import { MemoryStore } from '../../../../core/store/memory/memory-store.ts';
import type { ScanRequest, WriteOutcome } from '../../../../core/store/port.ts';
import { Table } from '../../../../core/store/port.ts';
import { RandomStream } from '../../../../sim/random.ts';

export interface Trouble {
  readonly latencyMsMax: number;
  /** Of 1,000 sets so many are told unknown: applied, lost, or applied later. */
  readonly unknownPermille: number;
  readonly failedPermille: number;
  readonly readFailedPermille: number;
}

export const calm: Trouble = { latencyMsMax: 5, unknownPermille: 0, failedPermille: 0, readFailedPermille: 0 };

interface Event {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
}

/** Fence of a partition as the owner model keeps it. */
interface Fence {
  node: number;
  life: number;
  released: boolean;
  /** Version of the assignment by which it was claimed. */
  version: number;
}

const wallBase = 1_700_000_000_000;

export class ClusterWorld {
  now = 0;
  trouble: Trouble = calm;
  readonly store = new MemoryStore();
  readonly nodes: WorldNode[] = [];
  readonly fences: (Fence | undefined)[] = new Array(partitionCount);
  readonly limits: Limits;
  readonly random: RandomStream;
  readonly violations: string[] = [];
  private readonly events: Event[] = [];
  private order = 0;

  constructor(seed: number, limits: Limits) {
    this.random = new RandomStream(seed, 1, 0);
    this.limits = limits;
  }

  /** @param offsetMs this node's clock before the others'. @param wobbleMs it runs up to so much late and early, by up to 5 % fast or slow. */
  add(node: number, offsetMs = 0, wobbleMs = 0): WorldNode {
    const added = new WorldNode(this, node, offsetMs, wobbleMs);
    this.nodes.push(added);
    added.start();
    return added;
  }

  later(ms: number, run: () => void): void {
    const event = { at: this.now + ms, order: this.order++, run };
    let at = this.events.length;
    while (at > 0 && this.events[at - 1].at < event.at) at -= 1;
    this.events.splice(at, 0, event);
  }

  pass(ms: number): void {
    const end = this.now + ms;
    for (;;) {
      const next = this.events.at(-1);
      if (next === undefined || next.at > end) break;
      this.events.pop();
      this.now = next.at;
      next.run();
    }
    this.now = end;
  }

  /** Nodes whose process runs. */
  up(): WorldNode[] {
    return this.nodes.filter((node) => node.cluster !== null);
  }

  /** `node` took partition `partition`: nobody else may be able to serve it. */
  taken(node: WorldNode, partition: number): void {
    for (const other of this.nodes) {
      if (other === node || !other.couldServe(partition)) continue;
      this.violations.push(`at ${this.now}: node ${node.node} took partition ${partition} while node ${other.node} may serve it`);
    }
  }
}

export class WorldNode implements ClusterOut {
  readonly node: number;
  cluster: Cluster | null = null;
  holdings = new Uint8Array(partitionCount);
  version = 0;
  leaseUntilMs = 0;
  /** Partitions whose fence this process claimed. */
  readonly claims = new Set<number>();
  life = 0;
  cut = false;
  pausedUntil = 0;
  ownersChanges = 0;
  offsetMs: number;
  private readonly world: ClusterWorld;
  private readonly wobbleMs: number;
  /** When sets were issued, on the node's clock. */
  private readonly issues = new Set<number>();
  private queue: ClusterInput[] = [];
  private wake = Number.POSITIVE_INFINITY;

  constructor(world: ClusterWorld, node: number, offsetMs: number, wobbleMs: number) {
    this.world = world;
    this.node = node;
    this.offsetMs = offsetMs;
    this.wobbleMs = wobbleMs;
  }

  start(): void {
    this.life += 1;
    this.cluster = new Cluster({ limits: this.world.limits, node: this.node, address: `n${this.node}` });
    this.step({ kind: 'tick' });
  }

  crash(restartMs: number): void {
    if (this.cluster === null) return;
    this.cluster = null;
    this.life += 1;
    this.queue = [];
    this.holdings.fill(Holding.none);
    this.leaseUntilMs = 0;
    this.claims.clear();
    this.wake = Number.POSITIVE_INFINITY;
    if (restartMs < Number.POSITIVE_INFINITY) this.world.later(restartMs, () => this.cluster === null && this.start());
  }

  /** The process stands still; what comes waits. */
  pause(ms: number): void {
    this.pausedUntil = Math.max(this.pausedUntil, this.world.now + ms);
    this.world.later(ms, () => this.resume());
  }

  clock(): number {
    const periodMs = 80 * this.wobbleMs;
    const phase = periodMs === 0 ? 0 : ((this.world.now + this.node * 7_777) % periodMs) / periodMs;
    return Math.floor(wallBase + this.offsetMs + this.world.now + this.wobbleMs * (1 - 4 * Math.abs(phase - 0.5)));
  }

  couldServe(partition: number): boolean {
    return (
      this.cluster !== null && this.claims.has(partition) && this.holdings[partition] !== Holding.none && this.clock() < this.leaseUntilMs
    );
  }

  step(input: ClusterInput): void {
    if (this.cluster === null) return;
    if (this.world.now < this.pausedUntil) {
      if (input.kind !== 'tick') this.queue.push(input);
      return;
    }
    this.cluster.step(input, this.clock(), this);
    this.schedule();
  }

  // ---- effects

  clusterGet(id: number, key: Uint8Array): void {
    const copy = key.slice();
    this.read(
      () => this.step({ kind: 'got', id, result: { kind: 'ok', value: this.world.store.get(Table.cluster, copy) } }),
      () => this.step({ kind: 'got', id, result: { kind: 'unavailable' } }),
    );
  }

  clusterScan(id: number, request: ScanRequest): void {
    this.read(
      () => this.step({ kind: 'scanned', id, result: { kind: 'ok', ...this.world.store.scan(request) } }),
      () => this.step({ kind: 'scanned', id, result: { kind: 'unavailable' } }),
    );
  }

  compareAndSet(id: number, key: Uint8Array, expected: Uint8Array | null, value: Uint8Array): void {
    const { world } = this;
    this.issues.add(this.clock());
    const [keyCopy, expectedCopy, valueCopy] = [key.slice(), expected?.slice() ?? null, value.slice()];
    const apply = (): WriteOutcome => ({ kind: world.store.compareAndSet(keyCopy, expectedCopy, valueCopy) });
    const tell = (ms: number, outcome: () => WriteOutcome): void =>
      this.later(ms, () => this.step({ kind: 'set', id, outcome: outcome() }));
    const { unknownPermille, failedPermille, latencyMsMax } = world.trouble;
    const isUnknown = this.cut || world.random.permille(unknownPermille);
    if (isUnknown) {
      const fate = this.cut ? world.random.pick([0, 1]) : world.random.below(3);
      if (fate === 0) world.later(world.random.below(latencyMsMax + 1), apply);
      if (fate === 2) world.later(world.random.below(4_000), apply);
      // Cut off: an attempt that had left already may still arrive.
      tell(this.cut ? 500 : 50, () => ({ kind: 'unknown' }));
    } else if (world.random.permille(failedPermille)) {
      tell(this.latency(), () => ({ kind: 'failed', reason: 'busy' }));
    } else {
      const outcome: { told: WriteOutcome | null } = { told: null };
      const arrival = this.latency();
      world.later(arrival, () => {
        outcome.told = apply();
      });
      tell(arrival + this.latency(), () => outcome.told ?? { kind: 'unknown' });
    }
  }

  drawRandom(id: number): void {
    this.later(0, () => this.step({ kind: 'random', id, high: this.world.random.u32(), low: this.world.random.u32() }));
  }

  assigned(holdings: Uint8Array, version: number): void {
    this.holdings = holdings.slice();
    this.version = version;
    for (const other of this.world.nodes) {
      if (other === this || other.clock() >= other.leaseUntilMs) continue;
      const both = this.holdings.findIndex((holding, partition) => holding === Holding.all && other.holdings[partition] === Holding.all);
      if (both < 0 || this.clock() >= this.leaseUntilMs) continue;
      this.world.violations.push(`at ${this.world.now}: nodes ${this.node} and ${other.node} both hold all of partition ${both}`);
    }
    this.later(this.latency(), () => this.letGo(version));
    for (let partition = 0; partition < partitionCount; partition += 1)
      if (holdings[partition] !== Holding.none) this.claimLater(partition);
  }

  lease(untilMs: number): void {
    this.leaseUntilMs = untilMs;
    if (untilMs !== 0 && !this.issues.has(untilMs - this.world.limits.leaseMs)) {
      this.world.violations.push(`at ${this.world.now}: the lease of node ${this.node} is not counted from the issue of a heartbeat`);
    }
  }

  ownersChanged(): void {
    this.ownersChanges += 1;
  }

  // ---- the owner's model: one claim and one fence a partition

  private letGo(version: number): void {
    if (version !== this.version) return;
    for (const partition of [...this.claims]) {
      if (this.holdings[partition] !== Holding.none) continue;
      this.claims.delete(partition);
      const fence = this.world.fences[partition];
      if (fence !== undefined && fence.node === this.node && fence.life === this.life) fence.released = true;
    }
    this.step({ kind: 'settled', version });
  }

  private claimLater(partition: number): void {
    this.later(1 + this.world.random.below(50), () => {
      if (this.holdings[partition] === Holding.none || this.claims.has(partition)) return;
      // It claims on first use, and serves within its lease only.
      if (this.clock() >= this.leaseUntilMs) return this.claimLater(partition);
      const fence = this.world.fences[partition];
      if (fence !== undefined) {
        // Claimed by a newer assignment than we know: it is not ours any more.
        if (fence.version > this.version) return this.claimLater(partition);
        if (!fence.released && this.holdings[partition] !== Holding.all) return this.claimLater(partition);
      }
      this.world.taken(this, partition);
      this.claims.add(partition);
      this.world.fences[partition] = { node: this.node, life: this.life, released: false, version: this.version };
    });
  }

  // ---- time

  /** After so long, unless the process died meanwhile. */
  private later(ms: number, run: () => void): void {
    const { life } = this;
    this.world.later(ms, () => {
      if (life === this.life) run();
    });
  }

  private read(answer: () => void, fail: () => void): void {
    const { random, trouble } = this.world;
    if (this.cut || random.permille(trouble.readFailedPermille)) this.later(this.cut ? 300 : this.latency(), fail);
    else this.later(this.latency() + this.latency(), answer);
  }

  private latency(): number {
    return 1 + this.world.random.below(this.world.trouble.latencyMsMax);
  }

  private resume(): void {
    if (this.world.now < this.pausedUntil) return;
    const queue = this.queue;
    this.queue = [];
    for (const input of queue) this.step(input);
    this.step({ kind: 'tick' });
  }

  private schedule(): void {
    const wakeMs = this.cluster?.nextWakeMs() ?? Number.POSITIVE_INFINITY;
    if (wakeMs === Number.POSITIVE_INFINITY) return;
    const at = this.world.now + Math.max(1, Math.ceil(wakeMs) - this.clock());
    if (at >= this.wake && this.wake > this.world.now) return;
    this.wake = at;
    this.later(at - this.world.now, () => {
      if (this.wake !== at) return;
      this.wake = Number.POSITIVE_INFINITY;
      this.step({ kind: 'tick' });
      this.schedule();
    });
  }
}
