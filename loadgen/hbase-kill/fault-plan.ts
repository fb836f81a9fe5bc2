/**
 * Which faults come, in which order, and when: drawn from the seed.
 *
 * Method: every second fault is the death of a region server (if that is wanted); the others come in rounds of all wanted kinds, each round
 * in an order of its own, so that a short run has many kinds.
 */
import { Purpose, RandomStream } from '../../sim/random.ts';
import { campaignLimits as limits } from './limits.ts';

/** What is done to what, in words of the help. */
export const faultKinds = {
  server: 'kill -9 of a region server, which comes back at once or after the others have taken its regions',
  node: 'kill -9 of the Parley node, which is started again',
  master: 'kill -9 of the master, which is started again',
  zookeeper: 'kill -9 of ZooKeeper, which is started again',
  pause: `SIGSTOP of a region server for ${limits.pauseMs / 1000} s: it finds its regions and its log taken away`,
  datanode: 'when named, with --copies: kill -9 of a datanode of HDFS, which is started again',
  redis: 'when named: kill -9 of the Redis that the node has as a cache, which is started again, empty',
  flush: 'when named: that Redis forgets everything',
  move: 'regions are moved and split in a loop',
  zombie: 'SIGSTOP of the Parley node, another one takes over, the first goes on: its writes must be refused',
} as const;
export type FaultKind = keyof typeof faultKinds;

export interface PlannedFault {
  readonly kind: FaultKind;
  /** Traffic before it. */
  readonly trafficMs: number;
  /** Many sends at once just before it. */
  readonly hasBurst: boolean;
  /** Which region server or datanode, modulo their number; which client, modulo those who can be killed. */
  readonly serverPick: number;
  readonly clientPick: number;
  /** A client that keeps a file is killed beside it. */
  readonly crashesClient: boolean;
  readonly clientDownMs: number;
  /** What was killed is started again after so long; `server`: 0, or after the recovery. */
  readonly downMs: number;
}

/** Kinds for which the rig needs more than HBase: only when they are named. */
const namedOnly: readonly string[] = ['datanode', 'redis', 'flush'];

/** The kinds in `text`, a comma between; '': all that need HBase alone. @returns or the word that is none (`datanode`: not without copies) */
export function parseFaults(text: string, copies: number): readonly FaultKind[] | string {
  const words = text === '' ? Object.keys(faultKinds).filter((kind) => !namedOnly.includes(kind)) : text.split(',');
  const wrong = words.find((word) => !isKind(word) || (word === 'datanode' && copies === 0));
  return wrong ?? words.filter(isKind);
}

/** The node has a Redis. */
export function wantsRedis(kinds: readonly FaultKind[]): boolean {
  return kinds.includes('redis') || kinds.includes('flush');
}

export function planFaults(seed: number, count: number, kinds: readonly FaultKind[]): readonly PlannedFault[] {
  const random = new RandomStream(seed, Purpose.faults, 1);
  const others = kinds.filter((kind) => kind !== 'server');
  const hasServer = kinds.includes('server');
  let round: FaultKind[] = [];
  return Array.from({ length: count }, (_, at) => {
    let kind: FaultKind = 'server';
    if (!hasServer || (at % 2 === 1 && others.length > 0)) {
      if (round.length === 0) round = shuffled(others, random);
      kind = round.pop() ?? 'server';
    }
    return {
      kind,
      trafficMs: random.between(limits.trafficMsMin, limits.trafficMsMax),
      hasBurst: random.permille(limits.burstPermille),
      serverPick: random.u32(),
      clientPick: random.u32(),
      crashesClient: random.permille(limits.clientCrashPermille),
      clientDownMs: random.between(0, limits.clientDownMsMax),
      downMs: random.permille(limits.atOncePermille) ? 0 : random.between(1, limits.downMsMax),
    };
  });
}

function isKind(word: string): word is FaultKind {
  return Object.hasOwn(faultKinds, word);
}

function shuffled(kinds: readonly FaultKind[], random: RandomStream): FaultKind[] {
  const left = [...kinds];
  const order: FaultKind[] = [];
  while (left.length > 0) order.push(...left.splice(random.below(left.length), 1));
  return order;
}
