/** What each kind of fault does: it resolves when everything that was broken runs again. Whether things recover is looked at elsewhere. */
import { setTimeout as delay } from 'node:timers/promises';
import { unreachable } from '../../core/engine/assert.ts';
import type { RandomStream } from '../../sim/random.ts';
import type { FaultKind, PlannedFault } from './fault-plan.ts';
import type { HBaseSide } from './hbase-side.ts';
import { campaignLimits as limits } from './limits.ts';
import type { Nodes } from './nodes.ts';

export interface Hands {
  readonly hbase: HBaseSide;
  readonly nodes: Nodes;
  readonly random: RandomStream;
  /** The fault is on its way: everybody is served again. */
  untilCalm(kind: FaultKind): Promise<void>;
  /** Something is not as it must be. */
  problem(what: string): void;
}

export function commit(fault: PlannedFault, hands: Hands): Promise<void> {
  const { hbase, nodes } = hands;
  switch (fault.kind) {
    case 'server':
      return serverKilled(fault, hands);
    case 'node':
      return nodes.killAndStart();
    case 'master':
    case 'zookeeper':
    case 'redis':
      return killed(fault.kind, fault.downMs, hbase);
    case 'flush':
      return hbase.flushRedis();
    case 'datanode':
      return killed(`datanode-${1 + (fault.serverPick % hbase.copies)}`, fault.downMs, hbase);
    case 'pause':
      return serverPaused(fault, hands);
    case 'move':
      return hbase.moveAndSplit(hands.random, limits.moveMs);
    case 'zombie':
      return nodes.zombie();
    default:
      return unreachable(fault.kind);
  }
}

async function serverKilled(fault: PlannedFault, { hbase, untilCalm }: Hands): Promise<void> {
  const name = await hbase.busyServer(fault.serverPick);
  hbase.kill(name);
  // Back at once: the master learns of the death from its successor. Back later: from ZooKeeper, and the others take its regions.
  if (fault.downMs > 0) await untilCalm('server');
  await hbase.begin(name);
  await untilCalm('server');
  await hbase.spread();
}

async function killed(name: string, downMs: number, hbase: HBaseSide): Promise<void> {
  hbase.kill(name);
  await delay(downMs);
  await hbase.begin(name);
}

/** Longer than its session: its regions are opened elsewhere meanwhile, and what it was told before must not be acknowledged any more. */
async function serverPaused(fault: PlannedFault, { hbase, problem, untilCalm }: Hands): Promise<void> {
  const name = await hbase.busyServer(fault.serverPick);
  hbase.pause(name);
  await delay(limits.pauseMs);
  hbase.goOn(name);
  if (!(await hbase.untilGone(name, limits.endItselfMsMax))) {
    problem(`${name} was paused for ${limits.pauseMs / 1000} s and goes on serving`);
    return;
  }
  await hbase.begin(name);
  await untilCalm('pause');
  await hbase.spread();
}
