/**
 * A scenario is data: everything that a run needs, drawn from the seed by the swarm, printable as JSON, and later to be made smaller step
 * by step. The run itself draws only what no scenario can name (latencies, ids), keyed by entity.
 *
 * Method: each seed switches whole classes of faults off and draws the rates of the others from wide ranges, because a run with a
 * little of everything finds less than many runs with much of something.
 */
import type { Limits } from '../core/protocol/limits.ts';
import type { CacheOptions } from './cache-model.ts';
import { drawCluster } from './cluster-scenario.ts';
import { drawFaults } from './faults/draw.ts';
import { drawClusterFaults } from './faults/draw-cluster.ts';
import type { Fault } from './faults/fault.ts';
import type { NetworkOptions } from './network.ts';
import type { PeerOptions } from './peers.ts';
import { Purpose, RandomStream } from './random.ts';
import type { StoreOptions } from './store-fate.ts';
import { type Command, drawCommands } from './workload.ts';

export interface Scenario {
  readonly seed: number;
  readonly limits: Partial<Limits>;
  readonly network: NetworkOptions;
  readonly store: StoreOptions;
  /** Of conversations, before the store; without it there is none. */
  readonly cache?: CacheOptions;
  /** Links between nodes. */
  readonly peers: PeerOptions;
  readonly turnUsMax: number;
  readonly clientStoreUsMax: number;
  readonly tokenMs: number;
  readonly tailEventsMax: number;
  /** Every tab shows all its conversations, so all watermarks are due; else none, and the inbox alone tells what is new. */
  readonly showsAll: boolean;
  readonly nodes: number;
  /** Sends open a sender by the clients' own limit; 0: the node's. A node with the shorter window may have forgotten what they repeat. */
  readonly clientWindowSends: number;
  /** Tabs of each device of each user. */
  readonly users: readonly (readonly number[])[];
  /** Length of the first phase; after it the faults stop. */
  readonly faultsUs: number;
  readonly commands: readonly Command[];
  readonly faults: readonly Fault[];
}

export const messagesDefault = 280;

export function drawScenario(seed: number, messages: number = messagesDefault): Scenario {
  const random = new RandomStream(seed, Purpose.swarm, 0);
  const cluster = drawCluster(seed);
  const users = drawUsers(random);
  const faultsUs = random.between(10, 40) * 1_000_000;
  return {
    seed,
    limits: { ...drawLimits(random), ...drawObligations(seed), ...drawInUse(seed), ...cluster.limits },
    network: drawNetwork(random),
    store: { ...drawStore(random), joins: new RandomStream(seed, Purpose.joins, 0).permille(500) },
    ...drawCache(seed),
    turnUsMax: random.pick([0, 100, 1_000]),
    clientStoreUsMax: random.pick([1, 2_000, 50_000, 500_000]),
    tokenMs: random.pick([3_600_000, 3_600_000, 60_000, 15_000]),
    tailEventsMax: random.pick([1_000_000, 1_000_000, 20]),
    showsAll: random.permille(500),
    peers: cluster.peers,
    nodes: cluster.nodes,
    clientWindowSends: random.pick([0, 0, 8]),
    users,
    faultsUs,
    commands: drawCommands(seed, users, messages, faultsUs),
    faults: [...drawFaults(seed, users, faultsUs), ...drawClusterFaults(seed, cluster.nodes, faultsUs)].sort((a, b) => a.atUs - b.atUs),
  };
}

function drawUsers(random: RandomStream): number[][] {
  const users: number[][] = [];
  const count = random.between(2, 4);
  for (let user = 0; user < count; user += 1) {
    const devices: number[] = [];
    const deviceCount = random.pick([1, 1, 2]);
    for (let device = 0; device < deviceCount; device += 1) devices.push(random.pick([1, 1, 2]));
    users.push(devices);
  }
  return users;
}

function drawLimits(random: RandomStream): Partial<Limits> {
  return {
    windowSends: random.pick([2, 3, 8]),
    lazyWriteMs: random.pick([20, 200, 1_000]),
    unknownRetryMs: random.pick([20, 200]),
    unknownMaxMs: random.pick([300, 2_000, 10_000]),
    failedMaxMs: random.pick([10, 100, 2_000]),
    confirmMs: random.pick([1_500, 5_000]),
    bookmarkMs: random.pick([50, 1_000]),
    registerMs: random.pick([500, 3_000]),
    entriesPerChunk: random.pick([1, 2, 200]),
    pageEventsMax: random.pick([1, 3, 200]),
    ackRepeatMs: random.pick([500, 5_000]),
    sendRepeatMs: random.pick([500, 5_000]),
    requestMs: random.pick([2_000, 10_000]),
    reconnectMaxMs: random.pick([500, 5_000]),
    conversationsLoadedMax: random.pick([1, 2, 200_000]),
    ...drawUsersLoaded(random),
    parkedBytesMax: random.pick([2_048, 1024 * 1024]),
    coldVerdictsMax: random.pick([2, 100_000]),
    ...random.pick([{}, { pingMs: 1_500, idleMs: 4_000 }]),
    laggingMaxMs: random.pick([1_000, 60_000]),
    tokenGraceMs: random.pick([100, 30_000]),
    recentChangesKeepMs: random.pick([1_000, 600_000]),
    // A run is short and busy; the buckets are not what is looked for here.
    connectionFramesPerSecond: 2_000,
    connectionFramesBurst: 4_000,
    userSendsPerSecond: random.pick([20, 2_000]),
    userSendsBurst: random.pick([20, 4_000]),
  };
}

/** A stream of its own: what was drawn before there was this limit stays as it is. */
function drawObligations(seed: number): Partial<Limits> {
  return new RandomStream(seed, Purpose.swarm, 1).pick([{}, {}, {}, { obligationsPerSlotMax: 1 }]);
}

/** All that is clean rests, nearly all, or nothing. A stream of its own: it must not change what else happens. */
function drawInUse(seed: number): Partial<Limits> {
  const random = new RandomStream(seed, Purpose.inUse, 0);
  return { conversationsInUseMax: random.pick([0, 1, 8_192]), entriesInUseMax: random.pick([0, 1, 16_384]) };
}

/** Few users, and few entries, or room for all. */
function drawUsersLoaded(random: RandomStream): Partial<Limits> {
  const usersLoadedMax = random.pick([1, 2, 200_000]);
  return { usersLoadedMax, entriesLoadedMax: usersLoadedMax > 2 ? 1_000_000 : usersLoadedMax };
}

function drawNetwork(random: RandomStream): NetworkOptions {
  const latencyUsMax = random.pick([1_000, 20_000, 300_000]);
  return {
    latencyUsMin: Math.floor(latencyUsMax / random.between(2, 50)),
    latencyUsMax,
    spikePermille: random.pick([0, 0, 5, 50]),
    spikeUsMax: random.pick([100_000, 2_000_000]),
    refusePermille: random.pick([0, 0, 100, 400]),
    noticeUsMax: random.pick([10_000, 1_000_000, 30_000_000]),
    pressedMessages: random.pick([1, 3, 10]),
  };
}

/** Half of the seeds have a cache; some of these one that lies. */
function drawCache(seed: number): { readonly cache?: CacheOptions } {
  const random = new RandomStream(seed, Purpose.cache, 0);
  if (random.permille(500)) return {};
  const isBad = random.permille(700);
  return {
    cache: {
      latencyUsMax: random.pick([200, 5_000, 200_000]),
      latePermille: isBad ? random.pick([0, 20, 300]) : 0,
      lateUs: 50_000,
      losePermille: isBad ? random.pick([0, 100, 500]) : 0,
      liePermille: isBad ? random.pick([0, 50, 500]) : 0,
      flushPermille: isBad ? random.pick([0, 10]) : 0,
    },
  };
}

function drawStore(random: RandomStream): StoreOptions {
  const latencyUsMax = random.pick([300, 5_000, 100_000]);
  const troubled = random.permille(600);
  return {
    latencyUsMin: Math.floor(latencyUsMax / 10),
    latencyUsMax,
    unknownPermille: troubled ? random.pick([0, 10, 100, 300]) : 0,
    unknownUs: random.pick([10_000, 300_000]),
    laterUsMax: random.pick([50_000, 3_000_000]),
    busyPermille: troubled ? random.pick([0, 0, 50, 200]) : 0,
    unavailablePermille: troubled ? random.pick([0, 0, 50, 200]) : 0,
    readFailedPermille: troubled ? random.pick([0, 0, 50, 200]) : 0,
  };
}

/** The same world without its troubles: the second phase. */
export function calm(network: NetworkOptions): NetworkOptions {
  return { ...network, latencyUsMax: Math.min(network.latencyUsMax, 20_000), latencyUsMin: 100, spikePermille: 0, refusePermille: 0 };
}

export function calmPeers(peers: PeerOptions): PeerOptions {
  return { ...peers, latencyUsMax: Math.min(peers.latencyUsMax, 5_000), spikePermille: 0, noticeUsMax: 500_000 };
}

export function calmStore(store: StoreOptions): StoreOptions {
  return {
    ...store,
    latencyUsMax: Math.min(store.latencyUsMax, 5_000),
    latencyUsMin: 10,
    unknownPermille: 0,
    busyPermille: 0,
    unavailablePermille: 0,
    readFailedPermille: 0,
  };
}
