/** How many nodes a seed has, how they are linked, and the cluster's times: short ones, so that a run sees many leases end. */
import type { Limits } from '../core/protocol/limits.ts';
import type { PeerOptions } from './peers.ts';
import { Purpose, RandomStream } from './random.ts';

export interface ClusterScenario {
  readonly nodes: number;
  readonly peers: PeerOptions;
  readonly limits: Partial<Limits>;
}

export function drawCluster(seed: number): ClusterScenario {
  const random = new RandomStream(seed, Purpose.cluster, 0xffff);
  const nodes = random.pick([1, 1, 1, 1, 2, 3, 4, 7]);
  const heartbeatMs = random.pick([200, 400, 1_000]);
  const peers = {
    latencyUsMax: random.pick([300, 5_000, 60_000]),
    spikePermille: random.pick([0, 0, 20]),
    spikeUsMax: random.pick([20_000, 500_000]),
    noticeUsMax: random.pick([10_000, 500_000, 3_000_000]),
  };
  const limits = {
    heartbeatMs,
    leaseMs: heartbeatMs * random.pick([3, 5]),
    freezeMs: 10_000,
    releaseMs: random.pick([200, 3_000]),
    // Edges learn of a new owner within a heartbeat and a read that may fail a few times.
    registerMs: 3_000,
  };
  return { nodes, peers, limits: nodes > 1 ? limits : {} };
}
