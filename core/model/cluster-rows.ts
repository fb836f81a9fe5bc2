/**
 * Rows of the cluster table: one a node (its heartbeat), the coordinator's lease, the assignment of partitions (DESIGN 6).
 *
 * Method: each is changed by compare-and-set on its exact bytes only; a counter in it makes every write's bytes differ from all before. The
 * assignment names its owners by (node, incarnation), so that a process started anew owns nothing by what its predecessor was given.
 */
import { FrameReader } from '../protocol/reader.ts';
import type { FrameWriter } from '../protocol/writer.ts';
import { partitionCount } from './partition.ts';
import { StoredValueError, valueVersion } from './values.ts';

/** One life of a node: 64 random bits drawn when it joins. */
export interface Member {
  readonly node: number;
  readonly incarnationHigh: number;
  readonly incarnationLow: number;
  /** Where other nodes reach it. */
  readonly address: string;
}

/** `dead`: declared so by the coordinator; `left`: it went by itself, holding nothing. */
export const NodeStatus = { alive: 1, dead: 2, left: 3 } as const;
export type NodeStatus = (typeof NodeStatus)[keyof typeof NodeStatus];

/** What a node takes: every partition; none new (clock off); none (clock far off); none because it stops. */
export const Takes = { any: 0, noneNew: 1, noneClock: 2, noneDrain: 3 } as const;
export type Takes = (typeof Takes)[keyof typeof Takes];

export interface NodeRow extends Member {
  /** Rises with each attempt to write the row. */
  readonly counter: number;
  /** The node's clock when this was written. */
  readonly wallMs: number;
  readonly status: NodeStatus;
  readonly takes: Takes;
  /** Up to this version of the assignment nothing is held that is another's there. */
  readonly settled: number;
}

export interface CoordinatorRow {
  readonly term: number;
  /** -1: given up, free to take. */
  readonly node: number;
  readonly counter: number;
  readonly wallMs: number;
}

/** A partition whose former owner lives and may still hold slots of it: only what is released there may be claimed. */
export interface Pending {
  readonly partition: number;
  readonly from: Member;
  /** The version that took it from `from`; over when the node has settled that version, or its incarnation has ended. */
  readonly since: number;
}

export interface Assignment {
  readonly term: number;
  readonly version: number;
  readonly members: readonly Member[];
  /** By partition: index into `members`; -1: nobody. */
  readonly owners: Int16Array;
  readonly pending: readonly Pending[];
}

/** Longest `address`. */
export const addressBytesMax = 255;
const membersMax = 10_000;

export const coordinatorKey: Uint8Array = ascii('coordinator');
export const assignmentKey: Uint8Array = ascii('assignment');
const nodeKeyPrefix = ascii('node/');
/** All node rows lie in `[nodeKeysStart, nodeKeysEnd)`. */
export const nodeKeysStart: Uint8Array = nodeKeyPrefix;
export const nodeKeysEnd: Uint8Array = ascii('node0');

export function nodeKey(node: number): Uint8Array {
  const key = new Uint8Array(nodeKeyPrefix.length + 2);
  key.set(nodeKeyPrefix);
  key[nodeKeyPrefix.length] = node >>> 8;
  key[nodeKeyPrefix.length + 1] = node;
  return key;
}

export function sameLife(left: Member, right: Member): boolean {
  return left.node === right.node && left.incarnationHigh === right.incarnationHigh && left.incarnationLow === right.incarnationLow;
}

export function writeNodeRow(w: FrameWriter, row: NodeRow): void {
  w.u8(valueVersion);
  writeMember(w, row);
  w.varint(row.counter);
  w.varint(row.wallMs);
  w.u8(row.status);
  w.u8(row.takes);
  w.varint(row.settled);
}

export function readNodeRow(value: Uint8Array): NodeRow {
  const r = open(value, 'node');
  const member = readMember(r);
  const row = {
    ...member,
    counter: r.varint(),
    wallMs: r.varint(),
    status: oneOf(r, r.u8(), NodeStatus),
    takes: oneOf(r, r.u8(), Takes),
    settled: r.varint(),
  };
  close(r, 'node');
  return row;
}

export function writeCoordinatorRow(w: FrameWriter, row: CoordinatorRow): void {
  w.u8(valueVersion);
  w.varint(row.term);
  w.varint(row.node + 1);
  w.varint(row.counter);
  w.varint(row.wallMs);
}

export function readCoordinatorRow(value: Uint8Array): CoordinatorRow {
  const r = open(value, 'coordinator');
  const row = { term: r.varint(), node: r.varint() - 1, counter: r.varint(), wallMs: r.varint() };
  close(r, 'coordinator');
  return row;
}

export function writeAssignment(w: FrameWriter, assignment: Assignment): void {
  w.u8(valueVersion);
  w.varint(assignment.term);
  w.varint(assignment.version);
  w.varint(assignment.members.length);
  for (const member of assignment.members) writeMember(w, member);
  for (const owner of assignment.owners) w.varint(owner + 1);
  w.varint(assignment.pending.length);
  for (const { partition, from, since } of assignment.pending) {
    w.varint(partition);
    writeMember(w, from);
    w.varint(since);
  }
}

export function readAssignment(value: Uint8Array): Assignment {
  const r = open(value, 'assignment');
  const term = r.varint();
  const version = r.varint();
  const members: Member[] = [];
  for (let left = r.count(membersMax); left > 0; left--) members.push(readMember(r));
  const owners = new Int16Array(partitionCount);
  for (let partition = 0; partition < partitionCount; partition++) owners[partition] = r.varint() - 1;
  const pending: Pending[] = [];
  for (let left = r.count(membersMax * partitionCount); left > 0; left--) {
    pending.push({ partition: r.varint(), from: readMember(r), since: r.varint() });
  }
  close(r, 'assignment');
  return { term, version, members, owners, pending };
}

function writeMember(w: FrameWriter, member: Member): void {
  w.varint(member.node);
  w.u64(member.incarnationHigh, member.incarnationLow);
  w.string(member.address);
}

function readMember(r: FrameReader): Member {
  const node = r.varint();
  r.u64();
  const { high: incarnationHigh, low: incarnationLow } = r;
  return { node, incarnationHigh, incarnationLow, address: r.string(addressBytesMax) };
}

function oneOf<Value extends number>(r: FrameReader, value: number, of: Readonly<Record<string, Value>>): Value {
  for (const known of Object.values(of)) if (known === value) return known;
  r.fail('badBool');
  return Object.values(of)[0];
}

function open(value: Uint8Array, what: string): FrameReader {
  if (value.length === 0 || value[0] !== valueVersion) {
    throw new StoredValueError(`${what}: value version ${value[0]}, this Parley reads ${valueVersion}: use a newer Parley for this store`);
  }
  const r = new FrameReader();
  r.reset(value, 1);
  return r;
}

function close(r: FrameReader, what: string): void {
  if (r.failure !== '' || r.position !== r.end) throw new StoredValueError(`${what}: ${r.failure || 'trailing bytes'}`);
}

function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
}
