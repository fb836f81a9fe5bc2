/**
 * How bad the store of a run is, and what becomes of a call: drawn at once when it is sent, so that a crash in between finds it drawn.
 */
import type { CallOutcome } from '../core/store/joiner.ts';
import type { WriteOutcome } from '../core/store/port.ts';
import type { RandomStream } from './random.ts';

/** How bad the store is: part of the scenario. */
export interface StoreOptions {
  readonly latencyUsMin: number;
  readonly latencyUsMax: number;
  /** Of 1,000 writes so many are told unknown. */
  readonly unknownPermille: number;
  /** An unknown write is told so after so long. */
  readonly unknownUs: number;
  /** A late attempt takes effect at most so much later. */
  readonly laterUsMax: number;
  readonly busyPermille: number;
  readonly unavailablePermille: number;
  readonly readFailedPermille: number;
  /** Writes of several slots go in one call, as on HBase. */
  readonly joins?: boolean;
}

/** What faults do to the store, each until its time. */
export class StoreTrouble {
  /** All writes are told busy, unavailable or unknown. */
  outageUntilUs = 0;
  /** No write has room. */
  fullUntilUs = 0;
  /** Of four parts of the slots. */
  readonly partUntilUs = [0, 0, 0, 0];
  /** No read is answered. */
  readsUntilUs = 0;
  slowUntilUs = 0;
  slowUs = 0;
  /** Writes take effect, and nobody is told. */
  muteUntilUs = 0;
}

/** What of a call its fate depends on. */
export interface CallShape {
  readonly partition: number;
  /** Bits of the parts of the slots (`slot & 3`) that it has rows in. */
  readonly parts: number;
  readonly isJoined: boolean;
}

/** Stands where a partition stands, for the draws of cluster rows. */
export const clusterEntity = 0xffff;

/** Of 1,000 joined calls so many find that their region was split. */
const apartPermille = 20;

export const Fate = { ok: 0, unknownApplied: 1, unknownLost: 2, unknownLater: 3, busy: 4, unavailable: 5, apart: 6 } as const;
export type Fate = (typeof Fate)[keyof typeof Fate];

/** What becomes of a call, drawn as it is sent. `isCut`: the store is out of its sender's reach. */
export function drawFate(
  random: RandomStream,
  { partition, parts, isJoined }: CallShape,
  { options, trouble }: { readonly options: StoreOptions; readonly trouble: StoreTrouble },
  { nowUs, isCut }: { readonly nowUs: number; readonly isCut: boolean },
): Fate {
  if (isCut) return random.pick([Fate.unknownApplied, Fate.unknownLost, Fate.unknownLost, Fate.unknownLater]);
  // What holds for all the rows of the slots need not hold for the cluster's.
  if (partition === clusterEntity && trouble.outageUntilUs <= nowUs) return usualFate(random, options);
  if (trouble.muteUntilUs > nowUs) return Fate.unknownApplied;
  if (trouble.fullUntilUs > nowUs) return Fate.unavailable;
  if (trouble.outageUntilUs > nowUs || trouble.partUntilUs.some((untilUs, part) => untilUs > nowUs && (parts & (1 << part)) !== 0)) {
    const draw = random.below(4);
    return draw === 0 ? random.pick([Fate.unknownLost, Fate.unknownLater]) : draw === 1 ? Fate.busy : Fate.unavailable;
  }
  if (isJoined && random.permille(apartPermille)) return Fate.apart;
  return usualFate(random, options);
}

function usualFate(random: RandomStream, options: StoreOptions): Fate {
  if (options.unknownPermille > 0 && random.permille(options.unknownPermille)) {
    return random.pick([Fate.unknownApplied, Fate.unknownApplied, Fate.unknownLost, Fate.unknownLater]);
  }
  if (options.busyPermille > 0 && random.permille(options.busyPermille)) return Fate.busy;
  if (options.unavailablePermille > 0 && random.permille(options.unavailablePermille)) return Fate.unavailable;
  return Fate.ok;
}

/** Told late, and the caller does not learn what it was. */
export function isUnknown(fate: Fate): boolean {
  return fate === Fate.unknownApplied || fate === Fate.unknownLost || fate === Fate.unknownLater;
}

/** The answer to a call, at its instant. */
export function outcomeOf(fate: Fate, apply: () => boolean): CallOutcome {
  switch (fate) {
    case Fate.ok:
      return apply() ? ok : conditionFalse;
    case Fate.unknownApplied:
      apply();
      return unknown;
    case Fate.unknownLost:
    case Fate.unknownLater:
      return unknown;
    case Fate.busy:
      return busy;
    case Fate.unavailable:
      return unavailable;
    case Fate.apart:
      return apart;
    default: {
      const never: never = fate;
      throw new Error(`fate ${String(never)}`);
    }
  }
}

/** Of a call with one write. */
export function plain(outcome: CallOutcome): WriteOutcome {
  return outcome.kind === 'apart' ? unavailable : outcome;
}

const ok: WriteOutcome = { kind: 'ok' };
const conditionFalse: WriteOutcome = { kind: 'conditionFalse' };
const unknown: WriteOutcome = { kind: 'unknown' };
const busy: WriteOutcome = { kind: 'failed', reason: 'busy' };
const unavailable: WriteOutcome = { kind: 'failed', reason: 'unavailable' };
const apart: CallOutcome = { kind: 'apart' };
