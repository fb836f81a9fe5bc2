/**
 * Joins the writes of several slots of one region into one call, which applies all of them or none (DESIGN 7). Sans-IO: the HBase store runs
 * it over its client, the simulator over its store model.
 *
 * Method: a unit (slot) has one write under way. A region has a few calls under way; what comes meanwhile waits and goes with the next, so
 * nothing waits while there is little to do. A call is answered once for all: `ok`, `failed` and `unknown` hold for each of its writes;
 * refused, or apart (its rows lie in several regions by now), says nothing about any single one, so each goes alone at once and its
 * own answer is told. A unit that was refused together, or whose outcome is unknown, goes alone until a write of it is applied:
 * what cannot be applied must not hold up companions.
 */
import type { WriteOutcome } from './port.ts';

export interface JoinLimits {
  readonly callsPerRegionMax: number;
  readonly writesPerCallMax: number;
  readonly bytesPerCallMax: number;
}

/** `apart`: the rows of the call do not lie in one region; nothing was applied. */
export type CallOutcome = WriteOutcome | { readonly kind: 'apart' };

/** One slot. Its writes are sent one after the other, in the order of the calls. */
export class JoinUnit<Job> {
  readonly waiting: Job[] = [];
  /** The job that is prepared, waits for a call, or is under way. */
  current: Job | null = null;
  alone = false;
}

/** A call under way. */
export interface JoinedCall<Unit> {
  readonly units: readonly Unit[];
  /** Null: a unit that goes alone. */
  readonly lane: Lane<Unit> | null;
}

/** Calls of one region. */
interface Lane<Unit> {
  readonly region: string;
  readonly waiting: Unit[];
  calls: number;
}

/** What the joiner asks of its host. Each `prepare` ends in `ready` or `end`, each `send` in `answered`. */
export interface JoinHost<Job, Unit extends JoinUnit<Job>> {
  prepare(unit: Unit, job: Job): void;
  /** Names the region that holds the unit; null: not known, so it goes alone. */
  regionOf(unit: Unit): string | null;
  bytesOf(job: Job): number;
  /** Calls `pump` once the caller has told all that it has to write now. */
  planPump(): void;
  send(call: JoinedCall<Unit>): void;
  answer(job: Job, outcome: WriteOutcome): void;
}

/** Calls sent, writes in them, those writes that shared a call, and calls that were refused, or apart, together. */
export interface JoinCounts {
  calls: number;
  callWrites: number;
  joinedWrites: number;
  refusedTogether: number;
}

function isTrouble(outcome: CallOutcome): boolean {
  return outcome.kind === 'unknown' || (outcome.kind === 'failed' && outcome.reason === 'unavailable');
}

const unavailable: WriteOutcome = { kind: 'failed', reason: 'unavailable' };

export class Joiner<Job, Unit extends JoinUnit<Job>> {
  readonly counts: JoinCounts = { calls: 0, callWrites: 0, joinedWrites: 0, refusedTogether: 0 };
  private readonly limits: JoinLimits;
  private readonly host: JoinHost<Job, Unit>;
  private readonly lanes = new Map<string, Lane<Unit>>();
  private isPumpPlanned = false;

  constructor(limits: JoinLimits, host: JoinHost<Job, Unit>) {
    this.limits = limits;
    this.host = host;
  }

  write(unit: Unit, job: Job): void {
    if (unit.current === null) this.begin(unit, job);
    else unit.waiting.push(job);
  }

  /** The unit's job can be sent. */
  ready(unit: Unit): void {
    const region = unit.alone || this.limits.writesPerCallMax === 1 ? null : this.host.regionOf(unit);
    if (region === null) {
      this.send([unit], null);
      return;
    }
    let lane = this.lanes.get(region);
    if (lane === undefined) {
      lane = { region, waiting: [], calls: 0 };
      this.lanes.set(region, lane);
    }
    lane.waiting.push(unit);
    if (lane.calls < this.limits.callsPerRegionMax) this.planPump();
  }

  /** Sends what may be sent. */
  pump(): void {
    this.isPumpPlanned = false;
    for (const lane of this.lanes.values()) {
      while (lane.waiting.length > 0 && lane.calls < this.limits.callsPerRegionMax) {
        lane.calls += 1;
        this.send(this.takeSome(lane), lane);
      }
    }
  }

  /** The answer to a call. */
  answered({ units, lane }: JoinedCall<Unit>, outcome: CallOutcome): void {
    if (lane !== null) this.leave(lane, isTrouble(outcome));
    if (units.length > 1 && (outcome.kind === 'conditionFalse' || outcome.kind === 'apart')) {
      this.counts.refusedTogether += 1;
      for (const unit of units) {
        unit.alone = true;
        this.send([unit], null);
      }
      return;
    }
    for (const unit of units) this.end(unit, outcome.kind === 'apart' ? unavailable : outcome);
  }

  /** The unit's job has its outcome; the next one begins. */
  end(unit: Unit, outcome: WriteOutcome): void {
    const job = unit.current;
    if (job === null) throw new Error('an outcome of no write');
    if (outcome.kind === 'ok') unit.alone = false;
    else if (outcome.kind === 'unknown') unit.alone = true;
    unit.current = null;
    const next = unit.waiting.shift();
    if (next !== undefined) this.begin(unit, next);
    this.host.answer(job, outcome);
  }

  private begin(unit: Unit, job: Job): void {
    unit.current = job;
    this.host.prepare(unit, job);
  }

  private takeSome({ waiting }: Lane<Unit>): Unit[] {
    const { limits, host } = this;
    let count = 0;
    let bytes = 0;
    while (count < waiting.length && count < limits.writesPerCallMax) {
      const job = waiting[count].current;
      bytes += job === null ? 0 : host.bytesOf(job);
      if (count > 0 && bytes > limits.bytesPerCallMax) break;
      count += 1;
    }
    return waiting.splice(0, count);
  }

  private send(units: readonly Unit[], lane: Lane<Unit> | null): void {
    this.counts.calls += 1;
    this.counts.callWrites += units.length;
    if (units.length > 1) this.counts.joinedWrites += units.length;
    this.host.send({ units, lane });
  }

  /** A region in trouble may take a call's whole time each: who waits must not wait for several of them. */
  private leave(lane: Lane<Unit>, isInTrouble: boolean): void {
    lane.calls -= 1;
    while (isInTrouble && lane.waiting.length > 0) {
      lane.calls += 1;
      this.send(this.takeSome(lane), lane);
    }
    if (lane.waiting.length > 0) this.planPump();
    else if (lane.calls === 0) this.lanes.delete(lane.region);
  }

  private planPump(): void {
    if (this.isPumpPlanned) return;
    this.isPumpPlanned = true;
    this.host.planPump();
  }
}
