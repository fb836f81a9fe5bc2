/**
 * How partitions lie on the nodes of a fleet that grows, shrinks and loses nodes: the coordinator's own plan, one change at a time.
 *
 * Method: rows as nodes would write them go through `planAssignment`; what moves is counted against the least that could move (the share of
 * the node that came or went).
 */
import { planAssignment } from '../../core/engine/cluster/plan.ts';
import { type Assignment, type NodeRow, NodeStatus, Takes } from '../../core/model/cluster-rows.ts';
import { partitionCount } from '../../core/model/partition.ts';
import { Purpose, RandomStream } from '../random.ts';
import { type Spread, spreadOf } from './users.ts';

export interface Balance {
  readonly nodes: number;
  readonly partitions: Spread;
  readonly users: Spread;
}

export interface Movement {
  readonly changes: number;
  /** Partitions that changed owner, over the partitions of the node that came or went. */
  readonly movedOverNeeded: number;
  /** The change that moved most beyond what it had to, in partitions. */
  readonly worstExtra: number;
}

export class Fleet {
  readonly #users: Uint32Array;
  readonly #nodes = new Map<number, NodeRow>();
  #assignment: Assignment | null = null;
  #changes = 0;
  #moved = 0;
  #needed = 0;
  #worstExtra = 0;

  /** @param users by partition. */
  constructor(users: Uint32Array) {
    this.#users = users;
  }

  get size(): number {
    return this.#nodes.size;
  }

  join(node: number): void {
    this.#nodes.set(node, rowOf(node));
    this.#plan(Math.floor(partitionCount / this.#nodes.size));
  }

  leave(node: number): void {
    const had = this.#load(node);
    this.#nodes.delete(node);
    this.#plan(had);
  }

  nodes(): number[] {
    return [...this.#nodes.keys()];
  }

  balance(): Balance {
    const partitions = new Map<number, number>();
    const users = new Map<number, number>();
    for (const node of this.#nodes.keys()) {
      partitions.set(node, 0);
      users.set(node, 0);
    }
    for (let partition = 0; partition < partitionCount; partition += 1) {
      const node = this.#ownerOf(partition);
      partitions.set(node, (partitions.get(node) ?? 0) + 1);
      users.set(node, (users.get(node) ?? 0) + this.#users[partition]);
    }
    return { nodes: this.size, partitions: spreadOf([...partitions.values()]), users: spreadOf([...users.values()]) };
  }

  /** Since the last look. */
  movement(): Movement {
    const { changes, moved, needed, worstExtra } = {
      changes: this.#changes,
      moved: this.#moved,
      needed: this.#needed,
      worstExtra: this.#worstExtra,
    };
    this.#changes = 0;
    this.#moved = 0;
    this.#needed = 0;
    this.#worstExtra = 0;
    return { changes, movedOverNeeded: needed === 0 ? 1 : Math.round((moved / needed) * 10_000) / 10_000, worstExtra };
  }

  #plan(needed: number): void {
    const before = this.#assignment;
    const next = planAssignment(before === null ? null : { ...before, pending: [] }, [...this.#nodes.values()], 1);
    if (next === null) return;
    this.#assignment = next;
    if (before === null) return;
    let moved = 0;
    for (let partition = 0; partition < partitionCount; partition += 1) {
      if (before.members[before.owners[partition]].node !== this.#ownerOf(partition)) moved += 1;
    }
    this.#changes += 1;
    this.#moved += moved;
    this.#needed += needed;
    this.#worstExtra = Math.max(this.#worstExtra, moved - needed);
  }

  #load(node: number): number {
    let load = 0;
    for (let partition = 0; partition < partitionCount; partition += 1) if (this.#ownerOf(partition) === node) load += 1;
    return load;
  }

  #ownerOf(partition: number): number {
    const assignment = this.#assignment;
    return assignment === null ? -1 : assignment.members[assignment.owners[partition]].node;
  }
}

export interface FleetReport {
  readonly balance: readonly Balance[];
  readonly growth: Movement;
  /** One node after the other dies and comes back, at full size. */
  readonly restarts: Movement;
  readonly shrinking: Movement;
}

/** A fleet grows node by node to `most`, each size of `sizes` is looked at, nodes restart, then it shrinks in random order to one. */
export function runFleet(users: Uint32Array, sizes: readonly number[], most: number, seed: number): FleetReport {
  const random = new RandomStream(seed, Purpose.faults, 1);
  const fleet = new Fleet(users);
  const balance: Balance[] = [];
  for (let node = 0; node < most; node += 1) {
    fleet.join(node);
    if (sizes.includes(fleet.size)) balance.push(fleet.balance());
  }
  const growth = fleet.movement();
  for (let restart = 0; restart < 50 && fleet.size > 1; restart += 1) {
    const node = random.pick(fleet.nodes());
    fleet.leave(node);
    fleet.join(node);
  }
  const restarts = fleet.movement();
  while (fleet.size > 1) fleet.leave(random.pick(fleet.nodes()));
  return { balance, growth, restarts, shrinking: fleet.movement() };
}

function rowOf(node: number): NodeRow {
  const life = { node, incarnationHigh: 0, incarnationLow: node, address: '' };
  return { ...life, counter: 1, wallMs: 0, status: NodeStatus.alive, takes: Takes.any, settled: Number.MAX_SAFE_INTEGER };
}
