/**
 * This node's own row: joins, renews each heartbeat, counts the lease, finds out that it was declared dead (DESIGN 6; models/store F9).
 *
 * Method: every write is a compare-and-set from the bytes last known, with a counter of its own. The lease is counted from the issue of the
 * attempt that is in the row. After an unknown or refused attempt the row is read: it says which attempt counts, or that this life is
 * over. A row that lives may be a process of the same number that is merely slow: it must stand still for a lease before it is replaced.
 */
import { equalBytes } from '../../model/byte-order.ts';
import { type Member, NodeStatus, nodeKey, readNodeRow, sameLife, Takes, writeNodeRow } from '../../model/cluster-rows.ts';
import type { WriteOutcome } from '../../store/port.ts';
import { assert } from '../assert.ts';
import type { ClusterContext, Found } from './cluster-context.ts';

interface Attempt {
  readonly counter: number;
  readonly issuedAt: number;
}

export class Heartbeat {
  /** This life of the node; null: not joined. */
  life: Member | null = null;
  leaseUntilMs = 0;
  takes: Takes = Takes.any;
  settled = 0;
  /** It said that it is gone. */
  left = false;
  private leaving = false;
  private readonly context: ClusterContext;
  private readonly key: Uint8Array;
  private readonly onLease: () => void;
  private readonly onDeposed: () => void;
  /** The row's bytes as last known. */
  private value: Uint8Array | null = null;
  private counter = 0;
  /** Attempts since the last known outcome: one of them may be in the row. */
  private attempts: Attempt[] = [];
  private predecessor: { readonly value: Uint8Array; readonly seenAt: number } | null = null;
  private nextAt = 0;
  private busy = false;
  /** The last attempt's outcome is not known: the row is read before the next. */
  private unsure = false;

  /**
   * @param onLease the lease was extended, or counted for the first time in this life.
   * @param onDeposed this life was declared dead.
   */
  constructor(context: ClusterContext, onLease: () => void, onDeposed: () => void) {
    this.context = context;
    this.key = nodeKey(context.node);
    this.onLease = onLease;
    this.onDeposed = onDeposed;
  }

  nextWakeMs(): number {
    return this.busy || this.left ? Number.POSITIVE_INFINITY : this.nextAt;
  }

  /** The row changed in what it says of us: told at once. */
  soon(): void {
    this.nextAt = Math.min(this.nextAt, this.context.now);
  }

  leave(): void {
    this.leaving = true;
    if (this.life === null) this.left = true;
    this.soon();
  }

  /** @param mayRenew false: what is assigned was not read for too long; let the lease run out. */
  tick(mayRenew: boolean): void {
    if (this.busy || this.left || this.context.now < this.nextAt) return;
    this.busy = true;
    if (this.life === null || this.unsure) this.context.get(this.key, (found) => this.rowRead(found));
    else if (mayRenew || this.leaving) this.renew(this.life);
    else this.again(this.context.limits.heartbeatMs);
  }

  private again(afterMs: number): void {
    this.busy = false;
    this.nextAt = this.context.now + afterMs;
  }

  private rowRead(found: Found): void {
    if (found === undefined) this.again(this.context.limits.unknownRetryMs);
    else if (this.life === null) this.join(found);
    else this.verify(this.life, found);
  }

  // ---- a new life

  private join(found: Uint8Array | null): void {
    if (this.leaving) {
      this.left = true;
      return;
    }
    if (found !== null && readNodeRow(found).status === NodeStatus.alive && !this.isSilent(found)) {
      this.again(this.context.limits.heartbeatMs);
      return;
    }
    this.context.drawRandom((high, low) => this.enter(found, high, low));
  }

  /** Has the process before us stood still for a lease? */
  private isSilent(found: Uint8Array): boolean {
    const { now, silenceMs } = this.context;
    if (this.predecessor === null || !equalBytes(this.predecessor.value, found)) this.predecessor = { value: found, seenAt: now };
    return now - this.predecessor.seenAt >= silenceMs;
  }

  private enter(expected: Uint8Array | null, incarnationHigh: number, incarnationLow: number): void {
    const { node, address } = this.context;
    const life: Member = { node, incarnationHigh, incarnationLow, address };
    this.settled = 0;
    this.attempts = [];
    this.life = life;
    this.send(life, expected);
  }

  // ---- the same life

  private renew(life: Member): void {
    assert(this.value !== null, 'a renewal without a row');
    this.send(life, this.value);
  }

  private send(life: Member, expected: Uint8Array | null): void {
    const { context } = this;
    const { now, value } = context;
    this.counter += 1;
    const status = this.leaving ? NodeStatus.left : NodeStatus.alive;
    value.reset();
    writeNodeRow(value, { ...life, counter: this.counter, wallMs: now, status, takes: this.takes, settled: this.settled });
    const bytes = value.copy();
    this.attempts.push({ counter: this.counter, issuedAt: now });
    this.nextAt = now + context.limits.heartbeatMs - jitterMs(life, this.counter, context.limits.heartbeatMs);
    context.set(this.key, expected, bytes, (outcome) => this.written(outcome, bytes));
  }

  private written(outcome: WriteOutcome, bytes: Uint8Array): void {
    const { counters, limits } = this.context;
    switch (outcome.kind) {
      case 'ok':
        this.busy = false;
        this.inRow(bytes);
        break;
      case 'failed':
        // Nothing changed; without an earlier row this life has not begun.
        this.attempts.pop();
        if (this.value === null) this.life = null;
        this.again(limits.unknownRetryMs);
        break;
      case 'unknown':
      case 'conditionFalse':
        if (outcome.kind === 'unknown') counters.heartbeatsUnknown += 1;
        this.unsure = true;
        this.again(outcome.kind === 'unknown' ? limits.unknownRetryMs : 0);
        break;
      default: {
        const never: never = outcome;
        throw new Error(String(never));
      }
    }
  }

  private verify(life: Member, found: Uint8Array | null): void {
    this.unsure = false;
    const row = found === null ? null : readNodeRow(found);
    if (found !== null && row !== null && sameLife(row, life) && row.status !== NodeStatus.dead) {
      this.busy = false;
      if (this.value === null || !equalBytes(this.value, found)) this.context.counters.heartbeatsFoundApplied += 1;
      this.inRow(found);
      this.soon();
    } else if (this.value === null) {
      // The join itself was refused, or is not there (yet): begin again.
      this.life = null;
      this.again(0);
    } else {
      this.deposed();
    }
  }

  /** These bytes are in the row. */
  private inRow(bytes: Uint8Array): void {
    const row = readNodeRow(bytes);
    if (this.value === null) this.context.counters.joins += 1;
    this.value = bytes;
    if (row.status === NodeStatus.left) {
      this.left = true;
      this.leaseUntilMs = 0;
      return;
    }
    const counted = this.attempts.find((attempt) => attempt.counter === row.counter);
    this.attempts = this.attempts.filter((attempt) => attempt.counter > row.counter);
    if (counted === undefined) return;
    this.context.counters.heartbeats += 1;
    this.leaseUntilMs = counted.issuedAt + this.context.limits.leaseMs;
    this.onLease();
  }

  private deposed(): void {
    this.context.counters.deposed += 1;
    this.life = null;
    this.value = null;
    this.predecessor = null;
    this.leaseUntilMs = 0;
    this.again(0);
    this.onDeposed();
  }
}

/** Up to a tenth of the interval: nodes do not beat in step, and the clock guard sees the coordinator's row at all its ages. */
function jitterMs(life: Member, counter: number, heartbeatMs: number): number {
  const mixed = Math.imul((life.incarnationLow ^ Math.imul(counter, 0x9e3779b1)) >>> 0, 0x85ebca6b) >>> 16;
  return Math.floor((mixed * heartbeatMs) / 10 / 0x1_0000);
}
