/** The people of a day lie in the slots they are said to lie in, and both members of a conversation find the same one. */
import { expect, test } from 'vitest';
import { hashBytes } from '../../../core/model/hash.ts';
import { partitionOf, partitionOfHash, slotOf, slotOfHash } from '../../../core/model/partition.ts';
import { encodeUtf8 } from '../../../core/protocol/utf8.ts';
import { conversationsPerUser } from '../../../sim/day/limits.ts';
import { Population, partitionsOfNodes } from '../../../sim/day/population.ts';

const population = new Population(1, 4);

test('users and their names lie in whole slots of the two partitions', () => {
  const perSlot = new Map<string, number>();
  for (let user = 0; user < population.users; user += 1) {
    const id = population.ids[user];
    const name = encodeUtf8(population.nameOf(user));
    const partition = partitionsOfNodes[user % 2];
    expect([partitionOf(id), slotOf(id)]).toEqual([partition, population.slotOf(user)]);
    expect([partitionOfHash(hashBytes(name)), slotOfHash(hashBytes(name))]).toEqual([partition, population.slotOf(user)]);
    expect(population.userOf(id)).toBe(user);
    expect(population.userOfName(name, 0)).toBe(user);
    const slot = `${partition}/${slotOf(id)}`;
    perSlot.set(slot, (perSlot.get(slot) ?? 0) + 1);
  }
  expect(perSlot.size).toBe(4);
  for (const users of perSlot.values()) expect(Math.abs(users - 2170)).toBeLessThanOrEqual(1);
});

test('both members know a conversation by the same number and rank', () => {
  const seen = new Set<number>();
  for (let user = 0; user < population.users; user += 2) {
    for (let rank = 0; rank < conversationsPerUser; rank += 1) {
      const peer = population.peerOf(user, rank);
      expect(population.peerOf(peer, rank)).toBe(user);
      expect(population.rankOf(user, peer)).toBe(rank);
      expect(population.rankOf(peer, user)).toBe(rank);
      const conversation = population.conversationOf(user, rank);
      expect(population.conversationOf(peer, rank)).toBe(conversation);
      expect([population.evenMember(conversation), population.oddMember(conversation)]).toEqual([user, peer]);
      seen.add(conversation);
    }
  }
  expect(seen.size).toBe(population.conversations);
});
