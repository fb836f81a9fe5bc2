/**
 * The cluster machine of one node: it keeps the node's heartbeat, follows the assignment, takes its turn as coordinator, and tells
 * the node's owner what it may hold and until when it may serve (DESIGN 6).
 *
 * Method: two clocks of one heartbeat's length: the heartbeat itself (heartbeat.ts), and the look at the assignment, after which the
 * coordinator has its round (coordinator.ts). Safety comes from the fence alone; this only decides who tries.
 */
import { equalBytes } from '../../model/byte-order.ts';
import { type Assignment, assignmentKey, readAssignment, sameLife, Takes } from '../../model/cluster-rows.ts';
import { partitionCount } from '../../model/partition.ts';
import { unreachable } from '../assert.ts';
import { Holding } from '../holding.ts';
import type { Node } from '../machine.ts';
import { ClusterContext, type ClusterCounters, type ClusterOptions } from './cluster-context.ts';
import type { ClusterInput, ClusterMachine, ClusterOut } from './cluster-port.ts';
import { Coordinator } from './coordinator.ts';
import { Heartbeat } from './heartbeat.ts';
import { ownerIn } from './plan.ts';

/** A node that drains looks so many times as often. */
const drainLooks = 5;

export class Cluster implements ClusterMachine {
  readonly counters: ClusterCounters;
  private readonly context: ClusterContext;
  private readonly heartbeat: Heartbeat;
  private readonly coordinator: Coordinator;
  private value: Uint8Array | null = null;
  private assignment: Assignment | null = null;
  /** By partition: the node to turn to. */
  private readonly owners: Int32Array;
  private readonly holdings = new Uint8Array(partitionCount);
  private toldVersion = 0;
  private looking = false;
  private lookAt = 0;
  private lookedAt = Number.NEGATIVE_INFINITY;
  private draining = false;
  private leaving = false;

  constructor(options: ClusterOptions) {
    this.context = new ClusterContext(options);
    this.counters = this.context.counters;
    this.heartbeat = new Heartbeat(
      this.context,
      () => this.extended(),
      () => this.deposed(),
    );
    this.coordinator = new Coordinator(this.context, (value) => this.take(value));
    this.owners = new Int32Array(partitionCount).fill(options.node);
  }

  /** While nobody is known to own a partition: this node, whose owner role answers `moved`. */
  ownerOf(partition: number): Node {
    return this.owners[partition];
  }

  /** After `drain`: others have all partitions, and know that nothing is held here. */
  get relieved(): boolean {
    const assignment = this.assignment;
    if (!this.draining || this.holdings.some((holding) => holding !== Holding.none)) return false;
    const life = this.heartbeat.life;
    return life === null || assignment === null || this.heartbeat.settled >= assignment.version;
  }

  /** After `leave`: the row says so, or there is none. */
  get ended(): boolean {
    return this.heartbeat.left;
  }

  step(input: ClusterInput, nowMs: number, out: ClusterOut): void {
    this.context.begin(nowMs, out);
    switch (input.kind) {
      case 'got':
      case 'scanned':
      case 'set':
      case 'random':
        this.context.arrived(input);
        break;
      case 'settled':
        this.settled(input.version);
        break;
      case 'moved':
        this.moved(input.partition, input.owner, input.version);
        break;
      case 'drain':
        this.draining = true;
        this.lookSoon();
        break;
      case 'leave':
        this.draining = true;
        this.leaving = true;
        out.lease(0);
        this.tell();
        this.lookSoon();
        this.coordinator.resign(() => this.heartbeat.leave());
        break;
      case 'tick':
        break;
      default:
        unreachable(input);
    }
    this.updateTakes();
    this.heartbeat.tick(nowMs - this.lookedAt <= this.context.limits.leaseMs);
    this.look();
  }

  nextWakeMs(): number {
    if (this.heartbeat.left) return Number.POSITIVE_INFINITY;
    return Math.min(this.heartbeat.nextWakeMs(), this.looking ? Number.POSITIVE_INFINITY : this.lookAt);
  }

  private updateTakes(): void {
    const { limits, counters } = this.context;
    const offMs = this.coordinator.guard.offMs();
    let takes: Takes = Takes.any;
    if (this.draining) takes = Takes.noneDrain;
    else if (offMs > limits.clockFarOffMs) takes = Takes.noneClock;
    else if (offMs > limits.clockOffMs) takes = Takes.noneNew;
    if (takes === this.heartbeat.takes) return;
    if (takes === Takes.noneNew) counters.clockOff += 1;
    if (takes === Takes.noneClock) counters.clockFarOff += 1;
    this.heartbeat.takes = takes;
    this.heartbeat.soon();
  }

  // ---- the assignment

  private lookSoon(): void {
    this.lookAt = Math.min(this.lookAt, this.context.now);
  }

  private look(): void {
    const { now, limits } = this.context;
    if (this.looking || now < this.lookAt || this.heartbeat.left) return;
    this.looking = true;
    this.lookAt = now + limits.heartbeatMs / (this.draining ? drainLooks : 1);
    this.context.get(assignmentKey, (found) => {
      this.looking = false;
      if (found === undefined) {
        this.lookAt = Math.min(this.lookAt, this.context.now + limits.unknownRetryMs);
        return;
      }
      this.lookedAt = now;
      if (found !== null) this.take(found);
      else this.tell();
      const mayTake = this.heartbeat.life !== null && this.heartbeat.takes === Takes.any;
      if (this.heartbeat.life !== null) this.coordinator.round(this.value, this.assignment, mayTake);
    });
  }

  /** These bytes are the assignment now. */
  private take(value: Uint8Array): void {
    if (this.value === null || !equalBytes(this.value, value)) {
      const assignment = readAssignment(value);
      // A read that was begun before our own write.
      if (assignment.version < (this.assignment?.version ?? 0)) return;
      this.value = value;
      this.assignment = assignment;
    }
    this.tell();
  }

  private extended(): void {
    if (!this.leaving) this.context.out.lease(this.heartbeat.leaseUntilMs);
  }

  private moved(partition: number, owner: Node, version: number): void {
    if (version <= (this.assignment?.version ?? 0)) return;
    this.lookSoon();
    if (this.owners[partition] === owner) return;
    this.owners[partition] = owner;
    this.context.out.ownersChanged();
  }

  private deposed(): void {
    this.context.out.lease(0);
    this.tell();
  }

  private settled(version: number): void {
    if (version <= this.heartbeat.settled) return;
    this.heartbeat.settled = version;
    const { life } = this.heartbeat;
    const isWaitedFor = life !== null && this.assignment?.pending.some((entry) => sameLife(entry.from, life)) === true;
    if (isWaitedFor || this.draining) this.heartbeat.soon();
  }

  /** Tells owner and edge what changed for them, by the assignment known and the life lived now. */
  private tell(): void {
    const { assignment } = this;
    const { node, out, counters } = this.context;
    let ownersChanged = false;
    let holdingsChanged = false;
    const waits = this.waitingFor();
    for (let partition = 0; partition < partitionCount; partition++) {
      const owner = assignment === null ? undefined : ownerIn(assignment, partition);
      const holding = this.holds(owner) ? (waits.has(partition) ? Holding.released : Holding.all) : Holding.none;
      if (holding !== this.holdings[partition]) holdingsChanged = true;
      this.holdings[partition] = holding;
      const ownerNode = owner?.node ?? node;
      if (ownerNode === this.owners[partition]) continue;
      this.owners[partition] = ownerNode;
      counters.partitionsMoved += 1;
      ownersChanged = true;
    }
    const version = assignment?.version ?? 0;
    if (holdingsChanged || version !== this.toldVersion) out.assigned(this.holdings, version);
    this.toldVersion = version;
    if (ownersChanged) out.ownersChanged();
  }

  private holds(owner: { node: number; incarnationHigh: number; incarnationLow: number; address: string } | undefined): boolean {
    const { life } = this.heartbeat;
    return owner !== undefined && life !== null && !this.leaving && sameLife(owner, life);
  }

  /** Partitions that a former owner may still hold slots of. */
  private waitingFor(): Set<number> {
    const waits = new Set<number>();
    for (const { partition } of this.assignment?.pending ?? []) waits.add(partition);
    return waits;
  }
}
