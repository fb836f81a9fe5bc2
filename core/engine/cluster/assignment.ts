/**
 * Who owns which partition: rendezvous hashing with bounded load, as a pure function of what was and who is there now.
 *
 * Method: a partition stays where it is as long as its owner stays and holds no more than its share; what must move goes to the node that
 * scores highest for it among those with room. So a join moves the newcomer's share and nothing else, a leave the leaver's, and every node's
 * load lies between ⌊900/n⌋ and ⌈900/n⌉ as long as all take new ones.
 */
import { hashId } from '../../model/hash.ts';
import { partitionCount } from '../../model/partition.ts';

/** Above every node number: the score's key is unique for each (node, partition). */
const nodeNumbers = 0x1_0000;

export interface Candidate {
  readonly node: number;
  /** False: keeps what it has, takes nothing new. */
  readonly takesNew: boolean;
}

/**
 * @param before owner by partition: index into `nodes`, or -1 for one that nobody of them owns.
 * @param nodes who may own; a node that gives everything up is not among them.
 * @returns the owner by partition, -1 only when nobody takes anything.
 */
export function assignPartitions(before: ArrayLike<number>, nodes: readonly Candidate[]): Int16Array {
  const owners = Int16Array.from(before);
  if (nodes.length === 0) return owners.fill(-1);
  const load = new Int32Array(nodes.length);
  for (const owner of owners) if (owner >= 0) load[owner] += 1;
  const most = Math.ceil(partitionCount / nodes.length);
  const least = Math.floor(partitionCount / nodes.length);
  shed(owners, nodes, load, most);
  place(owners, nodes, load, most);
  fill(owners, nodes, load, least);
  return owners;
}

/** The higher, the sooner this node is chosen for this partition. */
export function score(node: number, partition: number): number {
  return hashId(partition * nodeNumbers + node);
}

/** Nodes above their share give away what they score lowest for, if somebody takes it. */
function shed(owners: Int16Array, nodes: readonly Candidate[], load: Int32Array, most: number): void {
  let room = 0;
  for (let index = 0; index < nodes.length; index++) if (nodes[index].takesNew) room += Math.max(0, most - load[index]);
  for (const owner of owners) if (owner < 0) room -= 1;
  for (let index = 0; index < nodes.length && room > 0; index++) {
    const count = Math.min(load[index] - most, room);
    if (count <= 0) continue;
    const { node } = nodes[index];
    const own: number[] = [];
    for (let partition = 0; partition < partitionCount; partition++) if (owners[partition] === index) own.push(partition);
    own.sort((left, right) => score(node, left) - score(node, right) || left - right);
    for (const partition of own.slice(0, count)) owners[partition] = -1;
    load[index] -= count;
    room -= count;
  }
}

/** Partitions without an owner go to the best of those with room; if nobody has any, to the least loaded that takes new ones. */
function place(owners: Int16Array, nodes: readonly Candidate[], load: Int32Array, most: number): void {
  for (let partition = 0; partition < partitionCount; partition++) {
    if (owners[partition] >= 0) continue;
    let best = -1;
    for (let index = 0; index < nodes.length; index++) {
      if (!nodes[index].takesNew) continue;
      if (best < 0 || isBetter(nodes, load, most, partition, index, best)) best = index;
    }
    if (best < 0) continue;
    owners[partition] = best;
    load[best] += 1;
  }
}

function isBetter(nodes: readonly Candidate[], load: Int32Array, most: number, partition: number, index: number, than: number): boolean {
  const hasRoom = load[index] < most;
  if (hasRoom !== load[than] < most) return hasRoom;
  if (!hasRoom && load[index] !== load[than]) return load[index] < load[than];
  return score(nodes[index].node, partition) > score(nodes[than].node, partition);
}

/** Nodes below their share take from the others what they score highest for. */
function fill(owners: Int16Array, nodes: readonly Candidate[], load: Int32Array, least: number): void {
  for (let poor = 0; poor < nodes.length; poor++) {
    if (!nodes[poor].takesNew) continue;
    while (load[poor] < least) {
      const partition = bestToTake(owners, nodes[poor].node, load, least);
      if (partition < 0) break;
      load[owners[partition]] -= 1;
      owners[partition] = poor;
      load[poor] += 1;
    }
  }
}

function bestToTake(owners: Int16Array, node: number, load: Int32Array, least: number): number {
  let best = -1;
  let bestScore = -1;
  for (let partition = 0; partition < partitionCount; partition++) {
    const owner = owners[partition];
    if (owner < 0 || load[owner] <= least) continue;
    const here = score(node, partition);
    if (here <= bestScore) continue;
    bestScore = here;
    best = partition;
  }
  return best;
}
