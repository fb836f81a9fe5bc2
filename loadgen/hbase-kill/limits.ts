/** Times and sizes of the kill test on HBase. */
import type { FaultKind } from './fault-plan.ts';

export const campaignLimits = Object.freeze({
  /** Messages a second. */
  rateDefault: 550,
  servers: 3,
  /** Regions of users and groups at first. */
  regions: 6,
  // ---- before a fault
  trafficMsMin: 300,
  trafficMsMax: 1_500,
  burstPermille: 250,
  burstSends: 200,
  clientCrashPermille: 300,
  clientDownMsMax: 500,
  // ---- a fault
  pauseMs: 20_000,
  /** A region server that went on ends itself when it hears that it was declared dead. */
  endItselfMsMax: 20_000,
  downMsMax: 2_000,
  /** Of a thousand: what was killed comes back at once. */
  atOncePermille: 500,
  moveMs: 6_000,
  splitsMax: 2,
  splitPermille: 400,
  zombieBurstSends: 200,
  /** So long two nodes write to the same tables. */
  zombieMs: 3_000,
  /** Nobody waits longer than this: things are as before the fault. */
  calmMs: 1_000,
  recoverMsMax: 60_000,
  /** Traffic after the last fault. */
  lastTrafficMs: 2_000,
  pollMs: 20,
});

/** So long after a fault it is certain to have shown (ZooKeeper's sessions last 6 s). */
export const watchMsMin: Readonly<Record<FaultKind, number>> = {
  server: 2_000,
  node: 2_000,
  master: 3_000,
  zookeeper: 7_000,
  datanode: 3_000,
  redis: 2_000,
  flush: 1_000,
  pause: 2_000,
  move: 1_000,
  zombie: 1_000,
};
