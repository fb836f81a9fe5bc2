/**
 * What the parts of the owner share: limits, the step's `now` and effects, scratch writers, and the reads under way.
 *
 * Method: one object, made once. Answers are written as `[toSession head][server frame]` into one scratch writer and handed to the
 * host at once, so that a message costs no object on its way out.
 */
import { partitionCount } from '../model/partition.ts';
import { ErrorCode } from '../protocol/generated/codes.ts';
import { FrameType } from '../protocol/generated/frame-type.ts';
import type { Limits } from '../protocol/limits.ts';
import { FrameWriter } from '../protocol/writer.ts';
import type { GetResult, ScanRequest, ScanResult, Table } from '../store/port.ts';
import { assert } from './assert.ts';
import { OwnerCounters } from './counters.ts';
import { Holding } from './holding.ts';
import type { Directory, Node } from './machine.ts';
import type { OwnerOut } from './owner-port.ts';
import { type SlotState, SlotStatus } from './slot/slot-state.ts';

/** What waits for a read or a random word; a small object of the part that asked. */
export interface Waiting {
  got?(result: GetResult): void;
  scanned?(result: ScanResult): void;
  random?(high: number, low: number): void;
}

export interface OwnerOptions {
  readonly limits: Limits;
  readonly directory: Directory;
  /** This node. */
  readonly node: Node;
  readonly storeIdHigh: number;
  readonly storeIdLow: number;
}

export class OwnerContext {
  readonly limits: Limits;
  readonly directory: Directory;
  readonly node: Node;
  readonly storeIdHigh: number;
  readonly storeIdLow: number;
  readonly counters = new OwnerCounters();
  /** What may be held of each partition; on a node alone everything. */
  readonly holdings = new Uint8Array(partitionCount).fill(Holding.all);
  /** Version of the assignment that says so. */
  version = 0;
  leaseUntilMs = Number.POSITIVE_INFINITY;
  /** When the first step was. */
  startedAt = 0;
  /** The step's clock and effects. */
  now = 0;
  /** Scratch: a server frame that is to be told. */
  readonly inner = new FrameWriter(4096);
  /** Scratch: a key and a value. */
  readonly key = new FrameWriter(256);
  readonly value = new FrameWriter(4096);
  private readonly outer = new FrameWriter(4096);
  private readonly waiting = new Map<number, Waiting>();
  private nextId = 1;
  private effects: OwnerOut | null = null;

  constructor(options: OwnerOptions) {
    this.limits = options.limits;
    this.directory = options.directory;
    this.node = options.node;
    this.storeIdHigh = options.storeIdHigh;
    this.storeIdLow = options.storeIdLow;
  }

  begin(now: number, out: OwnerOut): void {
    if (this.startedAt === 0) this.startedAt = now;
    this.now = now;
    this.effects = out;
  }

  get out(): OwnerOut {
    assert(this.effects !== null, 'effects outside of a step');
    return this.effects;
  }

  /** May this node answer for the partition now, from memory or a read? */
  serves(partition: number): boolean {
    return this.now < this.leaseUntilMs && this.holdings[partition] !== Holding.none;
  }

  /** …and is the slot claimed for it? A partition may come back while another still holds its slots. */
  servesSlot(slot: SlotState): boolean {
    return slot.status === SlotStatus.ready && !slot.leaving && this.serves(slot.partition);
  }

  /** What a frame for a partition that is not served is told. */
  codeOf(partition: number): number {
    return this.holdings[partition] === Holding.none ? ErrorCode.moved : ErrorCode.unavailable;
  }

  /** Tells an edge that the partition is not served here; with a session, that its registration does not stand. */
  tellMoved(node: Node, partition: number, session: number, registration: number): void {
    const link = this.link();
    link.varint(FrameType.moved);
    link.varint(partition);
    link.varint(this.directory.ownerOf(partition));
    link.varint(this.version);
    link.varint(session);
    link.varint(registration);
    this.sendLink(node);
  }

  /** A number for a store call or a random draw, never used twice. */
  takeId(): number {
    return this.nextId++;
  }

  get(table: Table, key: Uint8Array, waiting: Waiting): void {
    const id = this.takeId();
    this.waiting.set(id, waiting);
    this.out.storeGet(id, table, key);
  }

  scan(request: ScanRequest, waiting: Waiting): void {
    const id = this.takeId();
    this.waiting.set(id, waiting);
    this.out.storeScan(id, request);
  }

  drawRandom(waiting: Waiting): void {
    const id = this.takeId();
    this.waiting.set(id, waiting);
    this.out.drawRandom(id);
  }

  /** The completion of `id` came: who waited for it. */
  arrived(id: number): Waiting {
    const waiting = this.waiting.get(id);
    assert(waiting !== undefined, 'a completion nobody waits for');
    this.waiting.delete(id);
    return waiting;
  }

  get readsUnderWay(): number {
    return this.waiting.size;
  }

  /** Tells `inner` (a server frame) to a session. `registration` 0: an answer. */
  toSession(node: Node, session: number, registration: number): void {
    this.toSessionBytes(node, session, registration, this.inner.bytes, 0, this.inner.length);
  }

  toSessionBytes(node: Node, session: number, registration: number, frame: Uint8Array, start: number, end: number): void {
    const outer = this.outer;
    outer.reset();
    outer.varint(FrameType.toSession);
    outer.varint(session);
    outer.varint(registration);
    outer.framed(frame, start, end);
    this.out.toNode(node, outer.bytes, 0, outer.length);
  }

  /** An empty writer for a link frame that `sendLink` sends. */
  link(): FrameWriter {
    this.outer.reset();
    return this.outer;
  }

  sendLink(node: Node): void {
    this.out.toNode(node, this.outer.bytes, 0, this.outer.length);
  }
}
