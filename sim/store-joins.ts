/**
 * The writes of one process joined as the HBase store joins them: its joiner, over the store model's calls.
 *
 * A table is one region here, so all its slots can meet; one call is under way at a time: that joins most.
 */
import { type CallOutcome, type JoinedCall, Joiner, type JoinHost, type JoinLimits, JoinUnit } from '../core/store/joiner.ts';
import type { StoreWrite, WriteOutcome } from '../core/store/port.ts';

const limits: JoinLimits = { callsPerRegionMax: 1, writesPerCallMax: 8, bytesPerCallMax: 64 * 1024 };

class Unit extends JoinUnit<StoreWrite> {
  readonly region: string;

  constructor(region: string) {
    super();
    this.region = region;
  }
}

/** What the joined writes of a process ask of the store model. */
export interface JoinsOwner {
  /** `pump` is called at this instant, after this event. */
  planPump(): void;
  /** One call: all of it or nothing. */
  send(writes: readonly StoreWrite[], answered: (outcome: CallOutcome) => void): void;
  answer(write: StoreWrite, outcome: WriteOutcome): void;
}

export class StoreJoins implements JoinHost<StoreWrite, Unit> {
  readonly joiner: Joiner<StoreWrite, Unit> = new Joiner(limits, this);
  readonly #units = new Map<string, Unit>();
  readonly #owner: JoinsOwner;

  constructor(owner: JoinsOwner) {
    this.#owner = owner;
  }

  write(write: StoreWrite): void {
    const name = `${write.table} ${write.partition} ${write.slot}`;
    let unit = this.#units.get(name);
    if (unit === undefined) {
      unit = new Unit(String(write.table));
      this.#units.set(name, unit);
    }
    this.joiner.write(unit, write);
  }

  prepare(unit: Unit): void {
    this.joiner.ready(unit);
  }

  regionOf(unit: Unit): string {
    return unit.region;
  }

  bytesOf({ ops }: StoreWrite): number {
    return ops.length;
  }

  planPump(): void {
    this.#owner.planPump();
  }

  send(call: JoinedCall<Unit>): void {
    const writes: StoreWrite[] = [];
    for (const { current } of call.units) if (current !== null) writes.push(current);
    this.#owner.send(writes, (outcome) => this.joiner.answered(call, outcome));
  }

  answer(write: StoreWrite, outcome: WriteOutcome): void {
    this.#owner.answer(write, outcome);
  }
}
