/**
 * Where the users of a full fleet lie: every id goes through the real hash, partition and slot code and is counted.
 *
 * Method: ids are random words of 53 bits, as the server gives them, made from a counter; 230,400 counters take them. Nothing is sampled.
 */
import { hashId } from '../../core/model/hash.ts';
import { partitionCount, partitionOfHash, slotOfHash, slotsPerPartition } from '../../core/model/partition.ts';
import { mix } from '../random.ts';

const twoTo32 = 0x1_0000_0000;
const highBits = 0x1f_ffff;

export interface Spread {
  readonly least: number;
  readonly mean: number;
  readonly most: number;
  /** `most` divided by `mean`. */
  readonly mostOverMean: number;
}

/** Users by slot: index partition · 256 + slot. */
export function countUsers(users: number): Uint32Array {
  const slots = new Uint32Array(partitionCount * slotsPerPartition);
  for (let user = 0; user < users; user += 1) {
    const low = mix(0x9e3779b9, user) >>> 0;
    const high = mix(low, user ^ 0x5bd1e995) & highBits;
    const hash = hashId(high * twoTo32 + low);
    slots[partitionOfHash(hash) * slotsPerPartition + slotOfHash(hash)] += 1;
  }
  return slots;
}

/** Users by partition. */
export function partitionsOf(slots: Uint32Array): Uint32Array {
  const partitions = new Uint32Array(partitionCount);
  for (let slot = 0; slot < slots.length; slot += 1) partitions[Math.floor(slot / slotsPerPartition)] += slots[slot];
  return partitions;
}

export function spreadOf(counts: ArrayLike<number>): Spread {
  let least = Number.POSITIVE_INFINITY;
  let most = 0;
  let sum = 0;
  for (let index = 0; index < counts.length; index += 1) {
    const count = counts[index];
    if (count < least) least = count;
    if (count > most) most = count;
    sum += count;
  }
  const mean = sum / counts.length;
  return { least, mean: round(mean), most, mostOverMean: round(most / mean) };
}

function round(value: number): number {
  return Math.round(value * 10_000) / 10_000;
}
