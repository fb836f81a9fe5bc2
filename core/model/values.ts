/**
 * Row values: a version byte, then fields as in frames (DESIGN 7). An unknown version is refused, never guessed at.
 *
 * Method: writers append to a writer the caller reset; readers fill or return small plain objects. The value of an event row and of
 * an inbox entry is the version byte and the struct of the same name in core/protocol, byte for byte.
 */
import {
  type EntryStruct,
  type EventStruct,
  readEntryStruct,
  readEventStruct,
  writeEntryStruct,
  writeEventStruct,
} from '../protocol/generated/structs.ts';
import { FrameReader } from '../protocol/reader.ts';
import type { FrameWriter } from '../protocol/writer.ts';
import { SenderOutcomes } from './sender-outcomes.ts';

/** The version this code writes, and the highest it reads, of every row. */
export const valueVersion = 2;

/** A stored value this code cannot read: written by a newer Parley, or damaged. Not to be repeated; the operator is asked. */
export class StoredValueError extends Error {
  override readonly name = 'StoredValueError';
}

const reader = new FrameReader();

function open(value: Uint8Array, what: string): FrameReader {
  if (value.length === 0) throw new StoredValueError(`${what}: empty value`);
  if (value[0] !== valueVersion) {
    const instead =
      value[0] < valueVersion ? 'it was written before the first release: begin with a new directory' : 'use a newer Parley for this store';
    throw new StoredValueError(`${what}: value version ${value[0]}, this Parley reads ${valueVersion}: ${instead}`);
  }
  reader.reset(value, 1);
  return reader;
}

function close(what: string): void {
  if (reader.failure !== '') throw new StoredValueError(`${what}: ${reader.failure}`);
}

export interface Fence {
  epoch: number;
  claimHigh: number;
  claimLow: number;
  /** Number of the last batch under this claim; 0 right after it. */
  batch: number;
  released: boolean;
  /** Version of the assignment by which it was claimed; 0: on a node alone. */
  assignment: number;
}

export function writeFence(w: FrameWriter, fence: Fence): void {
  w.u8(valueVersion);
  w.varint(fence.epoch);
  w.u64(fence.claimHigh, fence.claimLow);
  w.varint(fence.batch);
  w.u8(fence.released ? 1 : 0);
  if (fence.assignment > 0) w.varint(fence.assignment);
}

export function readFence(value: Uint8Array): Fence {
  const r = open(value, 'fence');
  const epoch = r.varint();
  r.u64();
  const claimHigh = r.high;
  const claimLow = r.low;
  const batch = r.varint();
  const released = r.bool();
  const assignment = r.position < r.end ? r.varint() : 0;
  close('fence');
  return { epoch, claimHigh, claimLow, batch, released, assignment };
}

export const Phase = { inbox: 1, push: 2 } as const;

export interface Obligation {
  phase: number;
  /** Oldest open seq. */
  low: number;
  /** Head in memory of the batch that wrote the row. */
  high: number;
  /** Bit 0: lower user, bit 1: upper user. */
  unconfirmed: number;
  pushDue: number;
}

export function writeObligation(w: FrameWriter, obligation: Obligation): void {
  w.u8(valueVersion);
  w.u8(obligation.phase);
  w.varint(obligation.low);
  w.varint(obligation.high);
  w.u8(obligation.unconfirmed);
  w.varint(obligation.pushDue);
}

export function readObligation(value: Uint8Array): Obligation {
  const r = open(value, 'obligation');
  const obligation = { phase: r.u8(), low: r.varint(), high: r.varint(), unconfirmed: r.u8(), pushDue: r.varint() };
  close('obligation');
  return obligation;
}

export interface Head {
  lastSeq: number;
  lastMessageNo: number;
  /** Messages of the lower user among them. */
  lowerMessageNo: number;
  lastTimestamp: number;
  /** Bit 0: the lower user blocks, bit 1: the upper. */
  blockedBy: number;
  /** The newest event that changed an earlier row; 0: none. So rows read at a head from here on are as they stand now (core/store/cache). */
  changedSeq: number;
}

export function writeHead(w: FrameWriter, head: Head): void {
  w.u8(valueVersion);
  w.varint(head.lastSeq);
  w.varint(head.lastMessageNo);
  w.varint(head.lowerMessageNo);
  w.varint(head.lastTimestamp);
  w.varint(head.blockedBy);
  w.varint(head.changedSeq);
}

export function readHead(value: Uint8Array): Head {
  const r = open(value, 'head');
  const head = {
    lastSeq: r.varint(),
    lastMessageNo: r.varint(),
    lowerMessageNo: r.varint(),
    lastTimestamp: r.varint(),
    blockedBy: r.varint(),
    changedSeq: 0,
  };
  // A program that does not know the field leaves it out: then any event may have changed a row.
  head.changedSeq = r.position < r.end ? r.varint() : head.lastSeq;
  close('head');
  return head;
}

export function writeWatermark(w: FrameWriter, delivered: number, read: number): void {
  w.u8(valueVersion);
  w.varint(delivered);
  w.varint(read);
}

export function readWatermark(value: Uint8Array): { delivered: number; read: number } {
  const r = open(value, 'watermark');
  const watermark = { delivered: r.varint(), read: r.varint() };
  close('watermark');
  return watermark;
}

export function writeSender(w: FrameWriter, outcomes: SenderOutcomes): void {
  w.u8(valueVersion);
  outcomes.write(w);
}

/** @param window of the limits; a row of a longer window keeps its newest outcomes. */
export function readSender(value: Uint8Array, window: number): SenderOutcomes {
  const r = open(value, 'sender');
  const outcomes = new SenderOutcomes(window);
  outcomes.read(r);
  close('sender');
  return outcomes;
}

export function writeEventValue(w: FrameWriter, event: EventStruct): void {
  w.u8(valueVersion);
  writeEventStruct(w, event);
}

/** The body is a view of `value`. */
export function readEventValue(value: Uint8Array, into: EventStruct): void {
  const r = open(value, 'event');
  readEventStruct(r, into);
  close('event');
}

export function writeEntryValue(w: FrameWriter, entry: EntryStruct): void {
  w.u8(valueVersion);
  writeEntryStruct(w, entry);
}

export function readEntryValue(value: Uint8Array, into: EntryStruct): void {
  const r = open(value, 'inbox entry');
  readEntryStruct(r, into);
  close('inbox entry');
}

export interface Account {
  name: string;
  createdAt: number;
}

export function writeAccount(w: FrameWriter, account: Account): void {
  w.u8(valueVersion);
  w.string(account.name);
  w.varint(account.createdAt);
}

export function readAccount(value: Uint8Array, nameBytesMax: number): Account {
  const r = open(value, 'account');
  const account = { name: r.string(nameBytesMax), createdAt: r.varint() };
  close('account');
  return account;
}

export function writeUserOfName(w: FrameWriter, user: number): void {
  w.u8(valueVersion);
  w.id53(user);
}

export function readUserOfName(value: Uint8Array): number {
  const r = open(value, 'name');
  const user = r.id53();
  close('name');
  return user;
}

export interface KeptKey {
  seq: number;
  timestamp: number;
}

/** Idempotency-Key row: the seq its first send got. */
export function writeKeptKey(w: FrameWriter, kept: KeptKey): void {
  w.u8(valueVersion);
  w.varint(kept.seq);
  w.varint(kept.timestamp);
}

export function readKeptKey(value: Uint8Array): KeptKey {
  const r = open(value, 'idempotency key');
  const kept = { seq: r.varint(), timestamp: r.varint() };
  close('idempotency key');
  return kept;
}

export interface Change {
  user: number;
  a: number;
  b: number;
}

/** Recent-changes row (tag 02): whose entries a batch wrote. */
export function writeChanges(w: FrameWriter, changes: readonly Change[]): void {
  w.u8(valueVersion);
  w.varint(changes.length);
  for (const change of changes) {
    w.id53(change.user);
    w.id53(change.a);
    w.id53(change.b);
  }
}

export function readChanges(value: Uint8Array): Change[] {
  const r = open(value, 'recent changes');
  const changes: Change[] = [];
  for (let left = r.varint(); left > 0 && r.failure === ''; left--) {
    changes.push({ user: r.id53(), a: r.id53(), b: r.id53OrZero() });
  }
  close('recent changes');
  return changes;
}

/** Cluster row `storeId`. */
export function writeStoreId(w: FrameWriter, high: number, low: number): void {
  w.u8(valueVersion);
  w.u64(high, low);
}

export function readStoreId(value: Uint8Array): { high: number; low: number } {
  const r = open(value, 'storeId');
  r.u64();
  close('storeId');
  return { high: r.high, low: r.low };
}
