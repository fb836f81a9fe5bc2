/**
 * The coordinator's lease and what its holder does: scan the nodes, declare the dead, write the assignment (DESIGN 6).
 *
 * Method: one round after each look at the assignment. Who holds the lease renews its row first; who does not watches it, and takes it by
 * compare-and-set when it stood still for a lease or is free. Nothing here is trusted for safety: a node is declared dead from the very value
 * that stood still, and the assignment is written over the very bytes it was planned from, so a coordinator that was deposed without
 * knowing changes nothing.
 */
import { equalBytes } from '../../model/byte-order.ts';
import {
  type Assignment,
  assignmentKey,
  type CoordinatorRow,
  coordinatorKey,
  NodeStatus,
  nodeKey,
  nodeKeysEnd,
  nodeKeysStart,
  readCoordinatorRow,
  Takes,
  writeAssignment,
  writeCoordinatorRow,
  writeNodeRow,
} from '../../model/cluster-rows.ts';
import { ClockGuard } from './clock-guard.ts';
import type { ClusterContext } from './cluster-context.ts';
import { Membership, type SeenNode } from './membership.ts';
import { planAssignment } from './plan.ts';

/** What a coordinator with a wrong clock leaves the lease alone for, in heartbeats. */
const resignedHeartbeats = 20;
const free = -1;

export class Coordinator {
  readonly guard: ClockGuard;
  private readonly context: ClusterContext;
  private readonly onWritten: (value: Uint8Array) => void;
  private readonly membership = new Membership();
  /** Bytes of our own row while the lease is ours. */
  private held: Uint8Array | null = null;
  /** Term of our newest attempt to take the lease. */
  private term = 0;
  private counter = 0;
  private watched: { readonly value: Uint8Array; readonly sinceMs: number; readonly stillReads: number } | null = null;
  private lookedAt = 0;
  private busy = false;
  private frozenSince = Number.POSITIVE_INFINITY;
  private notBefore = 0;
  private resigning: (() => void) | null = null;
  private assignmentValue: Uint8Array | null = null;
  private present: Assignment | null = null;

  /** @param onWritten a new assignment stands in the store. */
  constructor(context: ClusterContext, onWritten: (value: Uint8Array) => void) {
    this.context = context;
    this.onWritten = onWritten;
    this.guard = new ClockGuard(context.limits.heartbeatMs);
  }

  get holds(): boolean {
    return this.held !== null;
  }

  /** @param mayTake whether this node would hold the lease. */
  round(assignmentValue: Uint8Array | null, present: Assignment | null, mayTake: boolean): void {
    if (this.busy) return;
    this.assignmentValue = assignmentValue;
    this.present = present;
    this.busy = true;
    if (this.resigning !== null && this.held !== null) this.giveUp(this.held, this.resigning);
    else if (this.held !== null) this.renew(this.held);
    else this.look(mayTake && this.context.now >= this.notBefore);
  }

  /** Frees the lease, if we hold it, with the next round; then calls back. */
  resign(then: () => void): void {
    if (this.held === null) then();
    else this.resigning = then;
  }

  // ---- the lease

  private look(mayTake: boolean): void {
    const issuedAt = this.context.now;
    this.context.get(coordinatorKey, (found) => {
      const before = this.lookedAt;
      this.lookedAt = issuedAt;
      if (found === undefined) this.watched = null;
      else if (this.isFreeNow(found, before) && mayTake) return this.take(found);
      this.end();
    });
  }

  private isFreeNow(found: Uint8Array | null, lookedBefore: number): boolean {
    if (found === null) return true;
    const { now, limits, silenceMs, node } = this.context;
    const row = readCoordinatorRow(found);
    if (row.node === free) {
      this.guard.reset();
      return true;
    }
    // An attempt of ours that was told unknown is in the row.
    if (row.node === node && row.term === this.term) {
      this.taken(found);
      return false;
    }
    const watched = this.watched;
    if (watched !== null && equalBytes(watched.value, found)) {
      this.watched = { ...watched, stillReads: watched.stillReads + 1 };
      const isSilent = now - watched.sinceMs >= silenceMs && watched.stillReads + 1 >= limits.deadScans;
      // Nobody is measured by the clock of one that is gone, or all might find themselves unfit to follow it (simulator seed 20698).
      if (isSilent) this.guard.reset();
      return isSilent;
    }
    if (watched !== null) this.compareClocks(row, readCoordinatorRow(watched.value), lookedBefore);
    this.watched = { value: found, sinceMs: now, stillReads: 0 };
    return false;
  }

  private compareClocks(row: CoordinatorRow, before: CoordinatorRow, lookedBefore: number): void {
    if (row.term === before.term) this.guard.sample(row.wallMs, lookedBefore, this.context.now);
    else this.guard.reset();
  }

  private take(found: Uint8Array | null): void {
    this.term = (found === null ? 0 : readCoordinatorRow(found).term) + 1;
    const value = this.encodeRow(this.context.node);
    this.context.set(coordinatorKey, found, value, (outcome) => {
      if (outcome.kind !== 'ok') return this.end();
      this.taken(value);
      this.scan();
    });
  }

  private taken(value: Uint8Array): void {
    this.context.counters.terms += 1;
    this.held = value;
    this.watched = null;
    this.guard.reset();
    this.membership.forget();
    this.frozenSince = Number.POSITIVE_INFINITY;
  }

  private renew(held: Uint8Array): void {
    const value = this.encodeRow(this.context.node);
    this.context.set(coordinatorKey, held, value, (outcome) => {
      if (outcome.kind === 'ok') {
        this.held = value;
        this.scan();
        return;
      }
      // Lost, or in doubt: the next look tells (a term of ours in the row is taken up again).
      if (outcome.kind !== 'failed') this.held = null;
      this.membership.interrupted();
      this.end();
    });
  }

  private giveUp(held: Uint8Array, then: () => void): void {
    this.context.counters.resigned += 1;
    this.resigning = null;
    this.held = null;
    // Should this attempt come too late or be lost: the row stands still and others take it.
    this.term = 0;
    this.context.set(coordinatorKey, held, this.encodeRow(free, readCoordinatorRow(held).term), () => {
      this.end();
      then();
    });
  }

  private encodeRow(node: number, term = this.term): Uint8Array {
    const { value, now } = this.context;
    this.counter += 1;
    value.reset();
    writeCoordinatorRow(value, { term, node, counter: this.counter, wallMs: now });
    return value.copy();
  }

  // ---- the holder's work

  private scan(): void {
    this.context.scan(nodeKeysStart, nodeKeysEnd, (rows) => {
      if (rows === null) {
        this.membership.interrupted();
        this.end();
        return;
      }
      this.membership.scanned(rows, this.context.now, 3 * this.context.limits.heartbeatMs);
      if (this.isFrozen()) this.end();
      else if (this.isOurClockOff()) this.step();
      else this.declare(this.dead());
    });
  }

  /** More than half stand still at once: it is the store, or a network on the mend; nothing is changed for a while. */
  private isFrozen(): boolean {
    const { now, limits, counters } = this.context;
    const alive = this.membership.alive();
    const still = alive.filter((seen) => seen.stillScans * 2 >= limits.deadScans);
    if (still.length * 2 <= alive.length) {
      // Those who come back do so one by one: everybody gets a lease's time again.
      if (this.frozenSince !== Number.POSITIVE_INFINITY) this.membership.countAnew(now);
      this.frozenSince = Number.POSITIVE_INFINITY;
      return false;
    }
    if (this.frozenSince === Number.POSITIVE_INFINITY) {
      this.frozenSince = now;
      counters.freezes += 1;
    }
    return now - this.frozenSince < limits.freezeMs;
  }

  /** More than half find their clock off ours: it is ours that is off. */
  private isOurClockOff(): boolean {
    const alive = this.membership.alive();
    const off = alive.filter((seen) => seen.row.takes === Takes.noneNew || seen.row.takes === Takes.noneClock);
    return off.length * 2 > alive.length;
  }

  /** Gives the lease up for a while. */
  private step(): void {
    this.notBefore = this.context.now + resignedHeartbeats * this.context.limits.heartbeatMs;
    if (this.held === null) this.end();
    else this.giveUp(this.held, () => {});
  }

  private dead(): SeenNode[] {
    const { now, limits, silenceMs, node } = this.context;
    return this.membership
      .alive()
      .filter((seen) => seen.row.node !== node && seen.stillScans >= limits.deadScans && now - seen.sinceMs >= silenceMs);
  }

  /** One after the other; what did not succeed is seen by the next scan. */
  private declare(dead: readonly SeenNode[], done: readonly SeenNode[] = []): void {
    const next = dead.at(0);
    if (next === undefined) {
      this.write(done);
      return;
    }
    const { value, counters } = this.context;
    value.reset();
    writeNodeRow(value, { ...next.row, status: NodeStatus.dead });
    this.context.set(nodeKey(next.row.node), next.value, value.copy(), (outcome) => {
      if (outcome.kind === 'ok') counters.declaredDead += 1;
      this.declare(dead.slice(1), outcome.kind === 'ok' ? [...done, next] : done);
    });
  }

  private write(declared: readonly SeenNode[]): void {
    const rows = this.membership.nodes.map((seen) => (declared.includes(seen) ? { ...seen.row, status: NodeStatus.dead } : seen.row));
    const next = planAssignment(this.present, rows, this.term);
    if (next === null) {
      this.end();
      return;
    }
    const { value, counters } = this.context;
    value.reset();
    writeAssignment(value, next);
    const bytes = value.copy();
    const cleared = Math.max(0, (this.present?.pending.length ?? 0) - next.pending.length);
    this.context.set(assignmentKey, this.assignmentValue, bytes, (outcome) => {
      this.end();
      if (outcome.kind !== 'ok') return;
      counters.assignmentsWritten += 1;
      counters.pendingCleared += cleared;
      this.onWritten(bytes);
    });
  }

  private end(): void {
    this.busy = false;
  }
}
