/**
 * Writes on HBase: each unit's in their order, those of one region joined in calls of MutateRows with all their conditions (joiner.ts).
 *
 * Method: before a write waits for its call, its timestamp is made from the fence it replaces (fence-chain.ts), which is read where it
 * is not known. A call's rows go by their units, the fences first in each.
 */
import type { Condition, Durability, HBaseClient, Mutation } from '../../hbase/index.ts';
import { HBaseError } from '../../hbase/index.ts';
import { forEachRow } from '../../model/row-batch.ts';
import { type JoinedCall, Joiner, type JoinHost, JoinUnit } from '../joiner.ts';
import { RowOp, type Table, type WriteOutcome } from '../port.ts';
import { type FenceCell, fenceCell, nextTimestamp } from './fence-chain.ts';
import { hbaseStoreLimits as limits } from './limits.ts';
import { family, qualifier } from './tables.ts';

/** A put without its timestamp, or the key of a delete (`value: null`). */
export interface Change {
  readonly row: Uint8Array;
  readonly value: Uint8Array | null;
}

export interface WriteJob {
  readonly expected: Uint8Array | null;
  /** The first puts the fence. */
  readonly changes: readonly Change[];
  readonly byteLength: number;
  readonly done: (outcome: WriteOutcome) => void;
}

/** Writes by their outcome, and reads of fences. */
export interface WriteCounts {
  writes: number;
  conditionsFalse: number;
  failures: number;
  unknown: number;
  fenceReads: number;
}

export interface JoinedWritesOptions {
  readonly nameOf: (table: Table) => string;
  readonly durability: Durability;
  readonly joins: boolean;
  readonly report: (what: string, error: HBaseError) => void;
}

class Unit extends JoinUnit<WriteJob> {
  readonly table: string;
  readonly fenceKey: Uint8Array;
  known: FenceCell | null = null;
  /** Of the cells of the present write. */
  timestamp = 0;

  constructor(table: string, fenceKey: Uint8Array) {
    super();
    this.table = table;
    this.fenceKey = fenceKey;
  }
}

export class JoinedWrites implements JoinHost<WriteJob, Unit> {
  readonly counts: WriteCounts = { writes: 0, conditionsFalse: 0, failures: 0, unknown: 0, fenceReads: 0 };
  readonly joiner: Joiner<WriteJob, Unit>;
  private readonly client: HBaseClient;
  private readonly options: JoinedWritesOptions;
  private readonly units = new Map<string, Unit>();

  constructor(client: HBaseClient, options: JoinedWritesOptions) {
    this.client = client;
    this.options = options;
    this.joiner = new Joiner(options.joins ? limits : { ...limits, writesPerCallMax: 1 }, this);
  }

  write(table: Table, fenceKey: Uint8Array, job: WriteJob): void {
    this.joiner.write(this.unitOf(table, fenceKey), job);
  }

  // ---- what the joiner asks

  prepare(unit: Unit, job: WriteJob): void {
    const timestamp = nextTimestamp(unit.known, job.expected);
    if (timestamp === null) {
      this.readFence(unit).catch(rethrow);
      return;
    }
    unit.timestamp = timestamp;
    this.joiner.ready(unit);
  }

  regionOf(unit: Unit): string | null {
    return this.client.knownRegion(unit.table, unit.fenceKey);
  }

  bytesOf({ byteLength }: WriteJob): number {
    return byteLength;
  }

  planPump(): void {
    // After the turn of the caller, who may have more to write.
    queueMicrotask(() => this.joiner.pump());
  }

  send(call: JoinedCall<Unit>): void {
    const mutations: Mutation[] = [];
    const conditions: Condition[] = [];
    for (const unit of call.units) {
      const { expected, changes } = jobOf(unit);
      conditions.push({ row: unit.fenceKey, family, qualifier, expected });
      for (const { row, value } of changes) mutations.push(mutationOf(row, value, unit.timestamp));
    }
    this.client
      .mutateRows(call.units[0].table, mutations, conditions, this.options.durability)
      .then(
        (isApplied) => (isApplied ? this.applied(call) : this.refused(call)),
        (error: unknown) => this.failed(call, error),
      )
      .catch(rethrow);
  }

  answer(job: WriteJob, outcome: WriteOutcome): void {
    const { counts } = this;
    switch (outcome.kind) {
      case 'ok':
        counts.writes += 1;
        break;
      case 'conditionFalse':
        counts.conditionsFalse += 1;
        break;
      case 'unknown':
        counts.unknown += 1;
        break;
      case 'failed':
        counts.failures += 1;
        break;
      default: {
        const never: never = outcome;
        throw new Error(`outcome ${String(never)}`);
      }
    }
    job.done(outcome);
  }

  // ---- answers of HBase

  private async readFence(unit: Unit): Promise<void> {
    this.counts.fenceReads += 1;
    try {
      unit.known = fenceCell((await this.client.get(unit.table, { row: unit.fenceKey }))[0]);
    } catch (error) {
      const outcome = this.failureOf(error);
      this.joiner.end(unit, outcome.kind === 'unknown' ? unavailable : outcome);
      return;
    }
    // Another fence than expected: the server is asked all the same; it alone decides.
    unit.timestamp = unit.known.timestamp + 1;
    this.joiner.ready(unit);
  }

  private applied(call: JoinedCall<Unit>): void {
    for (const unit of call.units) unit.known = { value: copyOf(jobOf(unit).changes[0].value), timestamp: unit.timestamp };
    this.joiner.answered(call, { kind: 'ok' });
  }

  /** Together, that says nothing about any one of them: what is known of its fence stays. */
  private refused(call: JoinedCall<Unit>): void {
    if (call.units.length === 1) call.units[0].known = null;
    this.joiner.answered(call, { kind: 'conditionFalse' });
  }

  private failed(call: JoinedCall<Unit>, error: unknown): void {
    const outcome = this.failureOf(error);
    const isApart = call.units.length > 1 && outcome.kind === 'failed' && error instanceof HBaseError && error.nextStep === 'final';
    if (outcome.kind === 'unknown') for (const unit of call.units) unit.known = null;
    this.joiner.answered(call, isApart ? { kind: 'apart' } : outcome);
  }

  private failureOf(error: unknown): WriteOutcome {
    if (!(error instanceof HBaseError)) throw error;
    this.options.report('write', error);
    if (error.applied === 'unknown') return { kind: 'unknown' };
    return error.nextStep === 'backOff' ? { kind: 'failed', reason: 'busy' } : unavailable;
  }

  private unitOf(table: Table, fenceKey: Uint8Array): Unit {
    const key = `${table} ${Buffer.from(fenceKey.buffer, fenceKey.byteOffset, fenceKey.length).toString('latin1')}`;
    const found = this.units.get(key);
    if (found !== undefined) return found;
    if (this.units.size >= limits.unitsKnownMax) this.forgetOne();
    const unit = new Unit(this.options.nameOf(table), fenceKey.slice());
    this.units.set(key, unit);
    return unit;
  }

  /** The one known longest, of those that rest. */
  private forgetOne(): void {
    for (const [key, unit] of this.units) {
      if (unit.current !== null) continue;
      this.units.delete(key);
      return;
    }
  }
}

/** The rows of a batch, copied. */
export function changesOf(ops: Uint8Array): Change[] {
  const own = ops.slice();
  const changes: Change[] = [];
  forEachRow(own, (op, _table, keyAt, valueAt, end) => {
    changes.push({ row: own.subarray(keyAt, valueAt), value: op === RowOp.put ? own.subarray(valueAt, end) : null });
  });
  return changes;
}

export function copyOf(bytes: Uint8Array | null): Uint8Array | null {
  return bytes === null ? null : bytes.slice();
}

const unavailable: WriteOutcome = { kind: 'failed', reason: 'unavailable' };

function jobOf(unit: Unit): WriteJob {
  if (unit.current === null) throw new Error('a call for a unit without a write');
  return unit.current;
}

function mutationOf(row: Uint8Array, value: Uint8Array | null, timestamp: number): Mutation {
  if (value === null) return { kind: 'delete', row, family, qualifier, timestamp };
  return { kind: 'put', row, family, qualifier, value, timestamp };
}

/** An error that is no answer of HBase is one of this program: it ends it. */
function rethrow(error: unknown): never {
  throw error;
}
