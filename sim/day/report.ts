/** What `parley sim day --json` says: counted work, the same in every run of a seed and commit, and beside it what was measured here. */

import type { Counted } from './counted.ts';
import type { Day } from './day.ts';
import { type Interval, ratioInterval, rounded } from './interval.ts';
import { slotsPerDay } from './limits.ts';

export interface DayReport {
  readonly seed: number;
  readonly slots: number;
  readonly ofSlots: number;
  readonly users: number;
  readonly devices: number;
  readonly conversations: number;
  readonly messages: number;
  /** Deliveries of frames, completions, timers. */
  readonly events: number;
  /** Calls of machines and devices: a run of frames is one. */
  readonly inputs: number;
  readonly violations: number;
  readonly traceHash: string;
  readonly virtualSeconds: number;
  /** A message, over the 24 hours without the roll call. */
  readonly work: Readonly<Record<string, number>>;
  /** The same with 95 % confidence intervals from the spread over slots. */
  readonly intervals: Readonly<Record<string, Interval>>;
  /** Sums over the 24 hours. */
  readonly counts: Readonly<Record<string, number>>;
  readonly poolSlots: number;
  readonly arenaBytes: number;
}

export function reportOf(day: Day): DayReport {
  const { counted } = day;
  const { work } = counted;
  return {
    seed: day.seed,
    slots: day.population.slots,
    ofSlots: slotsPerDay,
    users: day.population.users,
    devices: day.population.devices,
    conversations: day.population.conversations,
    messages: day.log.events,
    events: day.events,
    inputs: day.inputs,
    violations: day.violations.count,
    traceHash: (day.hash >>> 0).toString(16).padStart(8, '0'),
    virtualSeconds: day.time.msOfDay / 1000,
    work: perMessage(counted),
    intervals: intervalsOf(counted),
    counts: { ...work, ...counted.store, messages: counted.messages },
    poolSlots: day.pool.usedMax,
    arenaBytes: day.pool.arenaBytes,
  };
}

function perMessage({ work, store, messages }: Counted): Record<string, number> {
  const each = (amount: number): number => rounded(amount / messages);
  return {
    frames: each(work.framesUp + work.framesDown + work.framesPeer),
    bytes: each(work.bytesUp + work.bytesDown + work.bytesPeer),
    framesUp: each(work.framesUp),
    framesDown: each(work.framesDown),
    framesPeer: each(work.framesPeer),
    framesInside: each(work.framesInside),
    bytesUp: each(work.bytesUp),
    bytesDown: each(work.bytesDown),
    bytesPeer: each(work.bytesPeer),
    bytesInside: each(work.bytesInside),
    socketMessages: each(work.messagesUp + work.messagesDown),
    peerRuns: each(work.runsPeer),
    rows: each(store.rows),
    bytesWritten: each(store.bytesWritten),
    batches: each(store.batches),
    storeCallsJoined: each(work.joinedCalls),
    storeGets: each(store.gets),
    storeScans: each(store.scans),
    rowsRead: each(store.rowsRead),
    timers: each(work.timersOfNodes),
    connections: each(work.connections),
    messagesPerBatch: rounded(messages / store.batches),
    messagesPerJoinedCall: rounded(messages / work.joinedCalls),
  };
}

function intervalsOf(counted: Counted): Record<string, Interval> {
  const { slots, unitRows, unitBytes, unitBatches } = counted;
  return {
    clientFrames: ratioInterval(slots.frames, slots.messages),
    clientBytes: ratioInterval(slots.bytes, slots.messages),
    rows: ratioInterval(unitRows, slots.messages),
    bytesWritten: ratioInterval(unitBytes, slots.messages),
    batches: ratioInterval(unitBatches, slots.messages),
  };
}
