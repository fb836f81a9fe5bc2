/**
 * The owner role of one node: home owner, user owner and names owner over the slots they share (DESIGN 4-6).
 *
 * Method: link frames are routed by type; what waits for a claim or a load is parked as bytes and comes through here again; store
 * completions go to who asked. At the end of each step the slots that got urgent work write their batches, so frames of one run share one.
 */
import { partitionCount } from '../model/partition.ts';
import { RunReader } from '../protocol/codec.ts';
import { ErrorCode } from '../protocol/generated/codes.ts';
import { FrameType } from '../protocol/generated/frame-type.ts';
import { newConfirm, newOffline, newUserExists, readConfirm, readOffline, readUserExists } from '../protocol/generated/link-frames.ts';
import { FrameReader } from '../protocol/reader.ts';
import { Table } from '../store/port.ts';
import { Arrival } from './arrival.ts';
import { assert, unreachable } from './assert.ts';
import type { OwnerCounters } from './counters.ts';
import { Holding } from './holding.ts';
import { Home } from './home/home.ts';
import type { Node } from './machine.ts';
import { OwnerContext, type OwnerOptions } from './owner-context.ts';
import type { OwnerInput, OwnerMachine, OwnerOut } from './owner-port.ts';
import type { SlotState } from './slot/slot-state.ts';
import { Slots } from './slot/slots.ts';
import { Sweep } from './sweep.ts';
import { Inbox } from './user/inbox.ts';
import { Names } from './user/names.ts';
import { Requests } from './user/requests.ts';
import { Users } from './user/users.ts';

export class Owner implements OwnerMachine {
  readonly counters: OwnerCounters;
  private readonly context: OwnerContext;
  private readonly slots: Slots;
  private readonly inbox: Inbox;
  private readonly users: Users;
  private readonly home: Home;
  private readonly requests: Requests;
  private readonly names: Names;
  private readonly sweep: Sweep;
  private readonly run: RunReader;
  private readonly reader: FrameReader;
  private readonly confirmFrame = newConfirm();
  private readonly offlineFrame = newOffline();
  private readonly existsFrame = newUserExists();
  /** Owner of each partition as last looked at. */
  private readonly owners = new Int32Array(partitionCount);
  private draining = false;
  /** Version of the assignment whose losses are being let go; 0: none. */
  private settling = 0;

  constructor(options: OwnerOptions) {
    this.context = new OwnerContext(options);
    this.counters = this.context.counters;
    this.run = new RunReader(options.limits.linkFrameBytesMax);
    this.reader = new FrameReader(options.limits);
    this.slots = new Slots(this.context, {
      claimed: (slot, obligations, own) => {
        this.home.claimed(slot, obligations);
        if (slot.table === Table.users) this.users.sessions.claimed();
        if (own) this.users.claimed(slot);
      },
      forget: (slot) => this.forget(slot),
      fenced: (slot) => this.users.fenced(slot),
      committed: (_slot, batch) => this.home.committed(batch),
      rolledBack: (_slot, batch, code) => this.home.rolledBack(batch, code),
      replay: (from, frame) => this.handle(from, frame, 0, frame.length),
      refuse: (slot, from, frame, code) => this.refuse(slot, from, frame, code),
    });
    this.inbox = new Inbox(this.context, this.slots);
    this.users = new Users(this.context, this.slots, this.inbox);
    this.home = new Home(this.context, this.slots, this.users, this.inbox);
    this.requests = new Requests(this.context, this.inbox, this.users);
    this.names = new Names(this.context, this.slots, this.users, this.requests);
    this.sweep = new Sweep(this.context, this.slots);
    this.users.replay = (from, frame) => this.handle(from, frame, 0, frame.length);
    this.users.refuse = (from, frame, code) => this.refuse(null, from, frame, code);
    this.home.conversations.replay = this.users.replay;
    this.home.conversations.refuse = this.users.refuse;
  }

  step(input: OwnerInput, nowMs: number, out: OwnerOut): void {
    this.context.begin(nowMs, out);
    this.users.sessions.begin();
    switch (input.kind) {
      case 'link':
        this.receive(input.from, input.bytes, input.start, input.end);
        break;
      case 'linkLost':
        this.users.sessions.linkLost(input.node);
        break;
      case 'linkRemade':
        this.home.tellAgain((partition) => this.context.directory.ownerOf(partition) === input.node);
        break;
      case 'ownersChanged':
        this.ownersChanged();
        break;
      case 'written':
        this.slots.written(input.id, input.outcome);
        break;
      case 'got':
        this.context.arrived(input.id).got?.(input.result);
        break;
      case 'scanned':
        this.context.arrived(input.id).scanned?.(input.result);
        break;
      case 'random':
        this.context.arrived(input.id).random?.(input.high, input.low);
        break;
      case 'sweep':
        this.sweep.start(input.fromPartition, input.toPartition);
        break;
      case 'assigned':
        this.assigned(input.holdings, input.version);
        break;
      case 'lease':
        this.context.leaseUntilMs = input.untilMs;
        break;
      case 'drain':
        this.draining = true;
        this.sweep.stop();
        this.context.holdings.fill(Holding.none);
        this.slots.letGo(() => true);
        break;
      case 'tick':
        this.tick();
        break;
      default:
        unreachable(input);
    }
    this.slots.flushTouched();
    this.home.conversations.trim();
    this.inbox.trim();
    if (this.settling > 0 && this.slots.leaving.count === 0) {
      out.settled(this.settling);
      this.settling = 0;
    }
  }

  nextWakeMs(): number {
    return Math.min(this.slots.nextWakeMs(), this.users.nextWakeMs(), this.home.obligations.nextWakeMs(), this.sweep.nextWakeMs());
  }

  drained(): boolean {
    return this.draining && this.slots.leaving.count === 0 && !this.slots.busy;
  }

  private ownersChanged(): void {
    const { owners } = this;
    const changed = new Set<number>();
    for (let partition = 0; partition < partitionCount; partition++) {
      const owner = this.context.directory.ownerOf(partition);
      if (owner === owners[partition]) continue;
      owners[partition] = owner;
      changed.add(partition);
    }
    this.home.tellAgain((partition) => changed.has(partition));
  }

  /** What is lost is let go; what is gained may owe events to inboxes. */
  private assigned(holdings: Uint8Array, version: number): void {
    const { context } = this;
    const before = context.holdings.slice();
    if (!this.draining) context.holdings.set(holdings);
    context.version = version;
    this.settling = version;
    this.slots.letGo((partition) => before[partition] !== Holding.none && context.holdings[partition] === Holding.none);
    for (let partition = 0; partition < partitionCount; partition++) {
      const isGained = before[partition] === Holding.none && context.holdings[partition] !== Holding.none;
      if (isGained) this.sweep.start(partition, partition + 1);
    }
  }

  private tick(): void {
    this.slots.tick();
    this.users.tick();
    this.home.obligations.tick();
    this.sweep.tick();
  }

  private receive(from: Node, bytes: Uint8Array, start?: number, end?: number): void {
    const run = this.run;
    run.reset(bytes, start, end);
    while (run.next()) this.handle(from, bytes, run.frameStart, run.frameEnd);
    assert(run.failure === '', 'a malformed run on a link');
  }

  private handle(from: Node, bytes: Uint8Array, start: number, end: number): void {
    const arrival = new Arrival();
    const reader = this.reader;
    const type = this.open(arrival, from, bytes, start, end);
    switch (type) {
      case FrameType.toHome:
        this.home.receive(arrival);
        break;
      case FrameType.toUser:
        this.request(arrival);
        break;
      case FrameType.deliver:
        this.users.deliver(arrival, reader);
        break;
      case FrameType.confirm:
        if (readConfirm(reader, this.confirmFrame)) {
          this.home.obligations.confirmed(this.confirmFrame.conversationA, this.confirmFrame.conversationB, this.confirmFrame.seq);
        }
        break;
      case FrameType.offline:
        if (readOffline(reader, this.offlineFrame)) {
          const { conversationA, conversationB, user, seq } = this.offlineFrame;
          this.home.offline(conversationA, conversationB, user, seq);
        }
        break;
      case FrameType.tell:
        this.users.passOn(reader);
        break;
      case FrameType.register:
        this.users.register(arrival, reader);
        break;
      case FrameType.unregister:
        this.users.unregister(arrival, reader);
        break;
      case FrameType.endSessions:
        this.users.endSessions(reader);
        break;
      case FrameType.login:
        this.names.login(arrival, reader);
        break;
      case FrameType.createAccount:
        this.names.createAccount(arrival, reader);
        break;
      case FrameType.accountCreated:
        this.names.accountMade(reader);
        break;
      case FrameType.askUser:
        this.names.ask(arrival, reader);
        break;
      case FrameType.userExists:
        if (readUserExists(reader, this.existsFrame)) {
          this.home.peerAnswered(this.existsFrame.conversationA, this.existsFrame.conversationB, this.existsFrame.code);
        }
        break;
      default:
        assert(false, 'a link frame no owner knows');
    }
  }

  /** Fills the arrival; the shared reader stands behind the type (or behind the head of toHome and toUser). */
  private open(arrival: Arrival, from: Node, bytes: Uint8Array, start: number, end: number): number {
    const reader = this.reader;
    reader.reset(bytes, start, end);
    arrival.from = from;
    arrival.bytes = bytes;
    arrival.start = start;
    arrival.end = end;
    const type = reader.varint();
    if (type !== FrameType.toHome && type !== FrameType.toUser) return type;
    arrival.session = reader.varint();
    arrival.user = reader.id53();
    if (type === FrameType.toUser) arrival.about = reader.id53();
    const size = reader.varint();
    arrival.innerStart = reader.position;
    arrival.innerEnd = reader.position + size;
    assert(reader.failure === '' && arrival.innerEnd <= end, 'a malformed link frame');
    return type;
  }

  private request(arrival: Arrival): void {
    const reader = this.reader;
    reader.reset(arrival.bytes, arrival.innerStart, arrival.innerEnd);
    switch (reader.varint()) {
      case FrameType.read:
        this.requests.read(arrival, reader);
        break;
      case FrameType.list:
        this.requests.list(arrival, reader);
        break;
      case FrameType.flag:
        this.requests.flag(arrival, reader);
        break;
      case FrameType.names:
        this.requests.names(arrival, reader);
        break;
      case FrameType.lookup:
        this.names.lookup(arrival, reader);
        break;
      default:
        // An edge passes nothing else.
        break;
    }
  }

  /** A parked frame cannot be served now: answered with `code` if it has an answer; what must not be lost waits on in its slot. */
  private refuse(slot: SlotState | null, from: Node, frame: Uint8Array, code: number): void {
    const arrival = new Arrival();
    const reader = this.reader;
    const type = this.open(arrival, from, frame, 0, frame.length);
    if (code === ErrorCode.moved) {
      this.context.counters.refusedNotServed += 1;
      if (type !== FrameType.register) this.context.tellMoved(from, slot?.partition ?? 0, 0, 0);
    }
    if (type === FrameType.toHome) {
      this.home.refuse(arrival, code);
    } else if (type === FrameType.toUser) {
      reader.reset(frame, arrival.innerStart, arrival.innerEnd);
      const inner = reader.varint();
      if (inner === FrameType.lookup) this.names.refuseLookup(arrival, reader, code);
      else this.requests.refuse(arrival, reader, inner, code);
    } else if (type === FrameType.login) {
      this.names.refuseLogin(arrival, reader, code);
    } else if (type === FrameType.createAccount) {
      this.names.refuseAccount(arrival, reader, code);
    } else if (type === FrameType.askUser) {
      this.names.refuseAsk(arrival, reader, code);
    } else if (slot !== null && this.context.serves(slot.partition)) {
      // These wait on.
      if (type === FrameType.register || type === FrameType.unregister) slot.park().push(from, frame, 0, frame.length);
    } else if (slot !== null && type === FrameType.register) {
      this.users.refuseRegistration(arrival, reader, slot.partition);
    }
    // A `deliver` is told again after confirmMs.
  }

  private forget(slot: SlotState): void {
    if (slot.table === Table.names) {
      this.names.forget(slot);
      return;
    }
    this.home.forget(slot);
    this.inbox.forget(slot);
  }
}
