/** Draws the faults of a cluster: nodes that die, stand still, stop in good order, lose each other or the store, in one direction or both. */
import { Purpose, RandomStream } from '../random.ts';
import type { Fault } from './fault.ts';

const firstUs = 3_000_000;

export function drawClusterFaults(seed: number, nodes: number, faultsUs: number): Fault[] {
  if (nodes === 1) return [];
  const random = new RandomStream(seed, Purpose.cluster, 0xfffe);
  const faults: Fault[] = [];
  const times = (countMax: number, make: (atUs: number, node: number) => Fault): void => {
    if (random.permille(500)) return;
    const count = random.between(1, countMax);
    for (let index = 0; index < count; index += 1) faults.push(make(firstUs + random.below(faultsUs - firstUs), random.below(nodes)));
  };
  const other = (node: number): number => (node + 1 + random.below(nodes - 1)) % nodes;
  times(8, (atUs, node) => ({ atUs, node, kind: 'crashNode', restartUs: random.pick([1_000, 1_000_000, 8_000_000, 30_000_000]) }));
  times(6, (atUs, node) => ({ atUs, node, kind: 'pauseNode', forUs: random.pick([200_000, 2_000_000, 8_000_000]) }));
  times(4, (atUs, node) => ({ atUs, node, kind: 'drainNode', restartUs: random.pick([1_000, 3_000_000]) }));
  times(8, (atUs, node) => {
    const way = random.pick(['there', 'back', 'both'] as const);
    return { atUs, node, kind: 'cutPeers', other: other(node), way, forUs: random.pick([1_000, 500_000, 5_000_000]) };
  });
  times(5, (atUs, node) => ({ atUs, node, kind: 'cutStore', forUs: random.pick([300_000, 2_000_000, 10_000_000]) }));
  times(4, (atUs, node) => ({ atUs, node, kind: 'setClock', offMs: random.pick([-20_000, -1_500, 1_500, 20_000]) }));
  // Lasts until the others stop: what it loses nobody comes back for by chance.
  if (random.permille(300)) {
    const [atUs, node] = [faultsUs - random.below(2_000_000), random.below(nodes)];
    faults.push({
      atUs,
      node,
      kind: 'cutPeers',
      other: other(node),
      way: random.pick(['there', 'back', 'both'] as const),
      forUs: 3_000_000,
    });
  }
  return faults;
}
