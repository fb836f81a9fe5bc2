/**
 * Where things lie: 900 partitions (units of ownership) of 256 slots (units of fence and batch). Fixed for ever.
 */
import { hashId } from './hash.ts';

export const partitionCount = 900;
export const slotsPerPartition = 256;

/** Partition of a user or group id. */
export function partitionOf(id: number): number {
  return partitionOfHash(hashId(id));
}

/** Slot, within its partition, of a user or group id. */
export function slotOf(id: number): number {
  return slotOfHash(hashId(id));
}

/** Partition of a hash (an id's, or a name's by `hashBytes`). */
export function partitionOfHash(hash: number): number {
  // The shift changes nothing but tells the engine that it is a whole number: the rest of two doubles costs ten times as much.
  return (hash >>> 0) % partitionCount;
}

/** Slot of a hash. */
export function slotOfHash(hash: number): number {
  return (((hash >>> 0) / partitionCount) >>> 0) % slotsPerPartition;
}

/**
 * The id whose slot is a conversation's home: of a direct one the lower user, which is its first id
 * (`conversationA`); of a group the group id, which is its first id too.
 */
export function homeOf(conversationA: number): number {
  return conversationA;
}
