// Goal: every conversation has two users of its own, both find it by the ids, and everybody talks with about as many.
import { expect, it } from 'vitest';
import { conversationsMax, Topology } from '../../../loadgen/bench/topology.ts';

function withIds(users: number, conversations: number): Topology {
  const topology = new Topology(users, conversations);
  // Neither ascending nor by one, as the server gives them.
  for (let user = 0; user < users; user++) topology.setId(user, ((user * 7_919) % users) * 2 ** 33 + 5);
  return topology;
}

it.each([
  [10, 5],
  [11, 3],
  [10, 6],
  [10, 40],
  [101, 5_000],
  [3, 3],
  [2, 1],
])('%d users with %d conversations', (users, conversations) => {
  const topology = withIds(users, conversations);
  const pairs = new Set<string>();
  for (let lane = 0; lane < topology.lanes; lane++) {
    const author = topology.authorOf(lane);
    const peer = topology.authorOf(lane ^ 1);
    expect(author).not.toBe(peer);
    const [low, high] = [topology.ids[author], topology.ids[peer]].sort((one, other) => one - other);
    expect(topology.laneOf(author, low, high)).toBe(lane);
    pairs.add(`${low}-${high}`);
  }
  expect(pairs.size).toBe(conversations);
});

it('gives everybody the same number of partners on a ring', () => {
  const topology = withIds(1_001, 200_200);
  const partners = new Array<number>(1_001).fill(0);
  for (let lane = 0; lane < topology.lanes; lane++) partners[topology.authorOf(lane)]++;
  expect(new Set(partners)).toEqual(new Set([400]));
});

it('knows what is not there', () => {
  const topology = withIds(10, 11);
  const [zero, one, five] = [topology.ids[0], topology.ids[1], topology.ids[5]];
  expect(topology.laneOf(0, zero, five)).toBe(-1);
  expect(topology.laneOf(5, zero, one)).toBe(-1);
  expect(topology.laneOf(0, zero, 12_345)).toBe(-1);
  expect(withIds(10, 2).laneOf(8, topology.ids[8], topology.ids[9])).toBe(-1);
});

it('takes no more conversations than there are pairs', () => {
  expect(conversationsMax(1_000)).toBe(499_000);
  expect(() => new Topology(10, 41)).toThrow('at most 40');
});
