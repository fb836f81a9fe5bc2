// Clusters of one to seven machines: they agree, hand over, bury the dead, and never let two nodes serve one partition at once.
import { describe, expect, it } from 'vitest';
import { Holding } from '../../../../core/engine/holding.ts';
import { partitionCount } from '../../../../core/model/partition.ts';
import { checkLimits } from '../../../../core/protocol/limits.ts';
import { RandomStream } from '../../../../sim/random.ts';
import { ClusterWorld, calm, type Trouble, type WorldNode } from './cluster-world.ts';

const limits = checkLimits();

function started(count: number): ClusterWorld {
  const world = new ClusterWorld(1, limits);
  for (let node = 0; node < count; node += 1) world.add(node);
  world.pass(15_000);
  expectSettled(world);
  return world;
}

/** Every partition has one owner, all agree who it is, it may claim anything, and the shares are even. */
function expectSettled(world: ClusterWorld): void {
  expect(world.violations).toEqual([]);
  const up = world.up();
  const load = new Map<number, number>();
  for (let partition = 0; partition < partitionCount; partition += 1) {
    const owners = new Set(up.map((node) => node.cluster?.ownerOf(partition)));
    expect(owners.size, `all agree on partition ${partition}`).toBe(1);
    const owner = up.find((node) => owners.has(node.node));
    expect(owner, `partition ${partition} has an owner that lives`).toBeDefined();
    if (owner === undefined) return;
    expect(owner.holdings[partition]).toBe(Holding.all);
    expect(owner.clock()).toBeLessThan(owner.leaseUntilMs);
    expect(owner.claims.has(partition)).toBe(true);
    load.set(owner.node, (load.get(owner.node) ?? 0) + 1);
  }
  for (const count of load.values()) expect(count).toBeLessThanOrEqual(Math.ceil(partitionCount / load.size) + up.length);
}

function sum(world: ClusterWorld, counter: string): number {
  return world.up().reduce((total, node) => total + (node.cluster?.counters[counter] ?? 0), 0);
}

/** The node that holds the coordinator's lease. */
function holder(world: ClusterWorld): WorldNode {
  return withTerms(world, 1);
}

function follower(world: ClusterWorld): WorldNode {
  return withTerms(world, 0);
}

function withTerms(world: ClusterWorld, terms: number): WorldNode {
  const found = world.nodes.find((node) => node.cluster?.counters.terms === terms);
  if (found === undefined) throw new Error(`no node has begun ${terms} terms`);
  return found;
}

describe('cluster', () => {
  it.each([1, 2, 3, 7])('%i nodes agree and share evenly', (count) => {
    const world = started(count);
    for (const node of world.nodes) {
      const own = node.holdings.filter((holding) => holding !== Holding.none).length;
      expect(own).toBeGreaterThanOrEqual(Math.floor(partitionCount / count));
    }
    expect(sum(world, 'terms')).toBe(1);
  });

  it('moves to a newcomer its share, once the others released it', () => {
    const world = started(2);
    const before = world.nodes.map((node) => node.holdings.slice());
    world.add(2);
    world.pass(10_000);
    expectSettled(world);
    const stayed = before[0].filter((holding, partition) => holding === Holding.all && world.nodes[0].holdings[partition] === Holding.all);
    expect(stayed.length).toBe(300);
  });

  it('declares a crashed node dead after its lease, not before, and moves its partitions', () => {
    const world = started(3);
    world.nodes[1].crash(Number.POSITIVE_INFINITY);
    world.pass(limits.leaseMs - limits.heartbeatMs);
    expect(sum(world, 'declaredDead')).toBe(0);
    world.pass(8_000);
    expect(sum(world, 'declaredDead')).toBe(1);
    expectSettled(world);
  });

  it('another takes the lease of a coordinator that died', () => {
    const world = started(3);
    holder(world).crash(Number.POSITIVE_INFINITY);
    world.pass(30_000);
    expect(sum(world, 'terms')).toBe(1);
    expectSettled(world);
  });

  it('a paused node comes back, finds itself declared dead, and joins anew', () => {
    const world = started(3);
    const zombie = follower(world);
    zombie.pause(20_000);
    world.pass(19_000);
    expect(sum(world, 'declaredDead')).toBe(1);
    expect(zombie.couldServe(zombie.holdings.indexOf(Holding.all))).toBe(false);
    world.pass(30_000);
    expect(zombie.cluster?.counters.deposed).toBe(1);
    expectSettled(world);
    expect(zombie.claims.size).toBe(300);
  });

  it('drains: the next owners hold all before it goes', () => {
    const world = started(3);
    const leaver = world.nodes[0];
    leaver.step({ kind: 'drain' });
    for (let waited = 0; waited < 10_000 && leaver.cluster?.relieved !== true; waited += 50) world.pass(50);
    expect(leaver.cluster?.relieved).toBe(true);
    expect(world.now).toBeLessThan(15_000 + 3_000);
    leaver.step({ kind: 'leave' });
    world.pass(3_000);
    expect(leaver.cluster?.ended).toBe(true);
    leaver.crash(Number.POSITIVE_INFINITY);
    world.pass(10_000);
    expectSettled(world);
    expect(sum(world, 'declaredDead')).toBe(0);
  });

  it('changes nothing while more than half stand still', () => {
    const world = started(4);
    const coordinator = holder(world);
    for (const node of world.nodes) node.cut = node !== coordinator;
    world.pass(20_000);
    expect(sum(world, 'declaredDead')).toBe(0);
    expect(coordinator.cluster?.counters.freezes).toBe(1);
    for (const node of world.nodes) node.cut = false;
    world.pass(10_000);
    expect(sum(world, 'declaredDead')).toBe(0);
    expectSettled(world);
  });

  it('…but buries them in the end', () => {
    const world = started(3);
    const coordinator = holder(world);
    for (const node of world.nodes) if (node !== coordinator) node.crash(Number.POSITIVE_INFINITY);
    world.pass(limits.freezeMs + 20_000);
    expectSettled(world);
  });

  it('a second process of the same number waits until the first is silent', () => {
    const world = started(2);
    const twin = world.add(1);
    world.pass(20_000);
    expect(twin.cluster?.counters.joins).toBe(0);
    expect(world.violations).toEqual([]);
    world.nodes[1].crash(Number.POSITIVE_INFINITY);
    world.pass(20_000);
    expect(twin.cluster?.counters.joins).toBe(1);
    expectSettled(world);
  });

  it('a clock a little off takes nothing new; far off, it gives all up', () => {
    const world = started(3);
    const off = world.add(3, 4_000);
    world.pass(20_000);
    expect(off.cluster?.counters.clockOff).toBeGreaterThanOrEqual(1);
    const wrong = follower(world);
    wrong.offsetMs = 60_000;
    world.pass(30_000);
    expect(wrong.cluster?.counters.clockFarOff).toBe(1);
    expect(wrong.holdings.every((holding) => holding === Holding.none)).toBe(true);
    expect(world.violations).toEqual([]);
  });

  it('a coordinator whose own clock is off gives the lease up', () => {
    const world = started(3);
    const coordinator = holder(world);
    coordinator.offsetMs = 60_000;
    world.pass(30_000);
    expect(coordinator.cluster?.counters.resigned).toBeGreaterThanOrEqual(1);
    expect(coordinator.holdings.every((holding) => holding === Holding.none)).toBe(true);
    const others = world.nodes.filter((node) => node !== coordinator);
    expect(others.every((node) => node.holdings.filter((holding) => holding === Holding.all).length === 450)).toBe(true);
  });

  it('nodes that find their clocks off a coordinator that died follow it all the same', () => {
    const world = started(3);
    const coordinator = holder(world);
    for (const node of world.nodes) if (node !== coordinator) node.offsetMs = 3_000;
    world.pass(4_000);
    coordinator.crash(Number.POSITIVE_INFINITY);
    world.pass(60_000);
    expectSettled(world);
  });
});

describe('cluster under faults', () => {
  const seeds = Array.from({ length: 30 }, (_none, seed) => seed + 1);

  it.each(seeds)('seed %i: never two that may serve one partition; settled when faults stop', (seed) => {
    const random = new RandomStream(seed, 2, 0);
    const world = new ClusterWorld(seed, limits);
    const count = random.between(1, 7);
    const skewMs = random.pick([0, 300, 5_000]);
    for (let node = 0; node < count; node += 1) world.add(node, random.below(skewMs + 1), random.pick([0, 250]));
    world.trouble = drawTrouble(random);
    for (let second = 0; second < 60; second += 1) {
      fault(world, random);
      world.pass(1_000);
      expect(world.violations).toEqual([]);
    }
    world.trouble = calm;
    const latest = Math.max(...world.nodes.map((node) => node.offsetMs));
    for (const node of world.nodes) {
      node.cut = false;
      // Clocks jump forward only.
      node.offsetMs = latest;
      if (node.cluster === null) node.start();
    }
    world.pass(limits.freezeMs + 60_000);
    expectSettled(world);
  });
});

function drawTrouble(random: RandomStream): Trouble {
  return {
    latencyMsMax: random.pick([5, 100, 1_500]),
    unknownPermille: random.pick([0, 50, 300]),
    failedPermille: random.pick([0, 50, 300]),
    readFailedPermille: random.pick([0, 50, 300]),
  };
}

function fault(world: ClusterWorld, random: RandomStream): void {
  const node = random.pick(world.nodes);
  const draw = random.below(10);
  if (draw === 0) node.crash(random.pick([100, 2_000, 20_000]));
  else if (draw === 1) node.pause(random.pick([300, 3_000, 12_000]));
  else if (draw === 2) {
    node.cut = true;
    world.later(random.pick([500, 5_000, 15_000]), () => {
      node.cut = false;
    });
  } else if (draw === 3 && node.cluster !== null) {
    node.step({ kind: 'drain' });
    world.later(3_000, () => node.step({ kind: 'leave' }));
    world.later(6_000, () => node.crash(500));
  }
}
