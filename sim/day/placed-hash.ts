/**
 * Ids and names that lie in a wanted partition and slot.
 *
 * Method: MurmurHash3 can be run backwards: each of its steps is one-to-one. So the low word of an id, or the last four bytes of a name, follow
 * from the hash that is wanted and what stands before them.
 */
import { partitionCount, slotsPerPartition } from '../../core/model/partition.ts';
import { mix } from '../random.ts';

const twoTo32 = 0x1_0000_0000;
const hashesPerSlot = Math.floor(twoTo32 / (partitionCount * slotsPerPartition));
const multiplierA = 0xcc9e2d51;
const multiplierB = 0x1b873593;
/** Printable ASCII without the space and `|`, which parts tokens. */
const letterMin = 0x21;
const letterMax = 0x7b;

/** The id with this high word that lies in (partition, slot); `key` chooses one of the many. */
export function idIn(high: number, partition: number, slot: number, key: number): number {
  const first = mixBlock(0, swapBytes(high));
  const low = swapBytes(blockBetween(first, hashIn(partition, slot, key), 8));
  return high * twoTo32 + (low >>> 0);
}

/** The last four bytes, little-endian, of a name of eight bytes that begins with `start` (little-endian) and lies in (partition, slot). */
export function nameEndIn(start: number, partition: number, slot: number, key: number): number {
  const first = mixBlock(0, start);
  for (let attempt = 0; ; attempt += 1) {
    const end = blockBetween(first, hashIn(partition, slot, mix(key, attempt)), 8);
    if (isLetters(end)) return end >>> 0;
  }
}

function hashIn(partition: number, slot: number, key: number): number {
  const turn = (mix(key, 0x51ed270b) >>> 0) % hashesPerSlot;
  return partition + partitionCount * (slot + slotsPerPartition * turn);
}

function isLetters(word: number): boolean {
  for (let shift = 0; shift < 32; shift += 8) {
    const letter = (word >>> shift) & 0xff;
    if (letter < letterMin || letter > letterMax) return false;
  }
  return true;
}

/** The block that leads from the state `before` to the finished hash of `length` bytes. */
function blockBetween(before: number, hash: number, length: number): number {
  const state = unfinish(hash) ^ length;
  const turned = Math.imul((state - 0xe6546b64) | 0, inverse(5));
  const mixed = (turned >>> 13) | (turned << 19);
  const scrambled = Math.imul(mixed ^ before, inverse(multiplierB));
  return Math.imul((scrambled >>> 15) | (scrambled << 17), inverse(multiplierA));
}

function mixBlock(hash: number, block: number): number {
  const scaled = Math.imul(block, multiplierA);
  const mixed = hash ^ Math.imul((scaled << 15) | (scaled >>> 17), multiplierB);
  return (Math.imul((mixed << 13) | (mixed >>> 19), 5) + 0xe6546b64) | 0;
}

function unfinish(hash: number): number {
  let mixed = hash ^ (hash >>> 16);
  mixed = Math.imul(mixed, inverse(0xc2b2ae35));
  mixed ^= (mixed >>> 13) ^ (mixed >>> 26);
  mixed = Math.imul(mixed, inverse(0x85ebca6b));
  return mixed ^ (mixed >>> 16);
}

/** Of an odd number, modulo 2^32: each round doubles the number of right bits. */
function inverse(odd: number): number {
  let result = odd;
  for (let round = 0; round < 5; round += 1) result = Math.imul(result, 2 - Math.imul(odd, result));
  return result;
}

function swapBytes(word: number): number {
  return (word << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24);
}
