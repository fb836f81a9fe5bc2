/**
 * Puts and deletes as bytes of MutationProto, by hand: what a batch of 50 rows spends most of its encoding on.
 *
 * Method: lengths are known before anything is written, so all mutations of a call go into one array, each byte once; a general writer grows,
 * and moves a message that turns out longer than its length had room for.
 */
import type { Delete, Durability, Mutation } from './mutation-messages.ts';

const tag = { row: 0x0a, kind: 0x10, column: 0x1a, family: 0x0a, cell: 0x12, qualifier: 0x0a, value: 0x12, timestamp: 0x18, deletes: 0x20 };
const durabilityTag = 0x30;
const putType = 2;
const deleteType = 3;
const deleteColumnVersions = 1;
const deleteFamily = 2;
const lengthDelimited = 2;
/** Is not sent. */
const tableDefault = 0;
const nothing = new Uint8Array(0);

/** Each mutation as field `field` (below 16) of the message they stand in. */
export function encodeMutations(field: number, mutations: readonly Mutation[], durability: Durability): Uint8Array {
  let length = 0;
  for (const mutation of mutations) {
    const mutationLength = lengthOf(mutation, durability);
    length += 1 + varintLength(mutationLength) + mutationLength;
  }
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const mutation of mutations) {
    bytes[at] = (field << 3) | lengthDelimited;
    at = setVarint(bytes, at + 1, lengthOf(mutation, durability));
    at = setMutation(bytes, at, mutation, durability);
  }
  return bytes;
}

function setMutation(bytes: Uint8Array, at: number, mutation: Mutation, durability: Durability): number {
  const cell = cellLength(mutation);
  at = setBytes(bytes, at, tag.row, mutation.row);
  bytes[at] = tag.kind;
  bytes[at + 1] = mutation.kind === 'put' ? putType : deleteType;
  bytes[at + 2] = tag.column;
  at = setVarint(bytes, at + 3, columnLength(mutation, cell));
  at = setBytes(bytes, at, tag.family, mutation.family);
  bytes[at] = tag.cell;
  at = setVarint(bytes, at + 1, cell);
  at = setBytes(bytes, at, tag.qualifier, mutation.qualifier ?? nothing);
  if (mutation.kind === 'put') at = setBytes(bytes, at, tag.value, mutation.value);
  if (mutation.timestamp !== undefined) {
    bytes[at] = tag.timestamp;
    at = setLong(bytes, at + 1, mutation.timestamp);
  }
  if (mutation.kind === 'delete') {
    bytes[at] = tag.deletes;
    bytes[at + 1] = deletesOf(mutation);
    at += 2;
  }
  if (durability !== tableDefault) {
    bytes[at] = durabilityTag;
    bytes[at + 1] = durability;
    at += 2;
  }
  return at;
}

function lengthOf(mutation: Mutation, durability: Durability): number {
  const column = columnLength(mutation, cellLength(mutation));
  return delimitedLength(mutation.row.length) + 2 + delimitedLength(column) + (durability === tableDefault ? 0 : 2);
}

function columnLength(mutation: Mutation, cell: number): number {
  return delimitedLength(mutation.family.length) + delimitedLength(cell);
}

function cellLength(mutation: Mutation): number {
  const qualifier = delimitedLength(mutation.qualifier?.length ?? 0);
  const timestamp = mutation.timestamp === undefined ? 0 : 1 + longLength(mutation.timestamp);
  return qualifier + timestamp + (mutation.kind === 'put' ? delimitedLength(mutation.value.length) : 2);
}

function deletesOf({ qualifier }: Delete): number {
  return qualifier === undefined ? deleteFamily : deleteColumnVersions;
}

/** With a tag of one byte. */
function delimitedLength(length: number): number {
  return 1 + varintLength(length) + length;
}

function varintLength(value: number): number {
  return value < 0x80 ? 1 : value < 0x4000 ? 2 : value < 0x20_0000 ? 3 : value < 0x1000_0000 ? 4 : 5;
}

const twoTo28 = 0x1000_0000;

/** Of whole numbers below 2^53. */
function longLength(value: number): number {
  return value < twoTo28 ? varintLength(value) : 4 + varintLength(Math.floor(value / twoTo28));
}

function setLong(bytes: Uint8Array, at: number, value: number): number {
  if (value < twoTo28) return setVarint(bytes, at, value);
  const high = Math.floor(value / twoTo28);
  const low = value - high * twoTo28;
  bytes[at] = low | 0x80;
  bytes[at + 1] = (low >>> 7) | 0x80;
  bytes[at + 2] = (low >>> 14) | 0x80;
  bytes[at + 3] = (low >>> 21) | 0x80;
  return setVarint(bytes, at + 4, high);
}

function setVarint(bytes: Uint8Array, at: number, value: number): number {
  while (value > 0x7f) {
    bytes[at] = value | 0x80;
    at += 1;
    value >>>= 7;
  }
  bytes[at] = value;
  return at + 1;
}

function setBytes(bytes: Uint8Array, at: number, fieldTag: number, value: Uint8Array): number {
  bytes[at] = fieldTag;
  at = setVarint(bytes, at + 1, value.length);
  // Below this a loop is faster than the call.
  if (value.length <= 24) for (let index = 0; index < value.length; index += 1) bytes[at + index] = value[index];
  else bytes.set(value, at);
  return at + value.length;
}
