/**
 * All devices of a day: they connect, resume, send, show, acknowledge, read, catch up and leave, as the client session does (DESIGN 4 and 5), but
 * as numbers in typed arrays: 830,000 client sessions with their records would take ten times the memory of everything else.
 *
 * Method: a line is one conversation on one device. Of each line the cursor, what the inbox says, what was acknowledged and what was sent are
 * kept; what a send holds follows from its number (sends.ts). No frame is lost here, so nothing is repeated by the clock, but everything
 * unconfirmed goes again at a resume.
 */

import type { DeviceChecks } from './checkers/device-checks.ts';
import { Code } from './codes.ts';
import { nextHash } from './day-log.ts';
import { batchAtStart, epochAtStart } from './day-store.ts';
import { ticksPerMs } from './day-time.ts';
import type { DayWorld } from './day-world.ts';
import { DeviceWriter } from './device-writer.ts';
import {
  conversationsPerUser,
  nightEndsHour,
  nightFactor,
  offlineMsMax,
  offlineMsMin,
  onlineAtStartPermille,
  onlineMsMax,
  onlineMsMin,
  readMsMax,
  readMsMin,
  readPermille,
  seqAtStart,
} from './limits.ts';
import type { Population } from './population.ts';
import type { Sends } from './sends.ts';

export const DeviceState = { off: 0, connecting: 1, welcomed: 2, live: 3 } as const;

const windowSends = 8;
const postponeMs = 2_000;
const rollCallStayMs = 15_000;
const hourMs = 3600_000;
/** Bits of what a reading still waits for. */
const readHome = 1;
const readInbox = 2;

export class Devices {
  readonly states: Uint8Array;
  readonly lives: Uint16Array;
  readonly epochs: Uint32Array;
  readonly batches: Uint32Array;
  /** By line. */
  readonly cursors: Uint16Array;
  readonly knowns: Uint16Array;
  readonly acksWanted: Uint16Array;
  readonly acksSent: Uint16Array;
  readonly acksConfirmed: Uint16Array;
  readonly othersNos: Uint16Array;
  readonly readsSent: Uint16Array;
  readonly written: Uint16Array;
  readonly sent: Uint16Array;
  readonly accepted: Uint16Array;
  readonly hashes: Uint32Array;
  /** Until the day is over devices come and go by themselves. */
  goByThemselves = true;
  readonly #syncing: Uint8Array;
  readonly #readDue: Uint8Array;
  readonly #readOpen: Uint8Array;
  readonly #spells: Uint16Array;
  readonly #onlineSince: Uint32Array;
  /** By user: devices on line, and since when at least one was live without a pause (0: none is). */
  readonly onlineOf: Uint8Array;
  readonly liveSince: Uint32Array;
  readonly #liveOf: Uint8Array;
  readonly #world: DayWorld;
  readonly #population: Population;
  readonly #checks: DeviceChecks;
  readonly writer: DeviceWriter;
  readonly #ranks: number[] = [];
  openSends = 0;

  constructor(world: DayWorld, population: Population, sends: Sends, written: Uint16Array, checks: DeviceChecks) {
    const { devices, users } = population;
    const lines = devices * conversationsPerUser;
    this.#world = world;
    this.#population = population;
    this.#checks = checks;
    this.writer = new DeviceWriter(population, sends);
    this.states = new Uint8Array(devices);
    this.lives = new Uint16Array(devices);
    this.epochs = new Uint32Array(devices).fill(epochAtStart);
    this.batches = new Uint32Array(devices).fill(batchAtStart);
    this.#spells = new Uint16Array(devices);
    this.#onlineSince = new Uint32Array(devices);
    this.onlineOf = new Uint8Array(users);
    this.liveSince = new Uint32Array(users);
    this.#liveOf = new Uint8Array(users);
    this.cursors = new Uint16Array(lines).fill(seqAtStart);
    this.knowns = new Uint16Array(lines).fill(seqAtStart);
    this.acksWanted = new Uint16Array(lines).fill(seqAtStart);
    this.acksSent = new Uint16Array(lines).fill(seqAtStart);
    this.acksConfirmed = new Uint16Array(lines).fill(seqAtStart);
    this.othersNos = new Uint16Array(lines).fill(seqAtStart / 2);
    this.readsSent = new Uint16Array(lines).fill(seqAtStart);
    this.written = written;
    this.sent = new Uint16Array(lines);
    this.accepted = new Uint16Array(lines);
    this.hashes = new Uint32Array(lines);
    this.#syncing = new Uint8Array(lines);
    this.#readDue = new Uint8Array(lines);
    this.#readOpen = new Uint8Array(lines);
  }

  /** The day begins: some are on line already (they connect within the first minutes), the others come later. */
  start(): void {
    const { draws } = this.#world;
    for (let device = 0; device < this.states.length; device += 1) {
      if (draws.permille(onlineAtStartPermille)) this.#planSpell(device, draws.below(5 * 60_000));
      else this.#planSpell(device, draws.between(offlineMsMin, offlineMsMax * nightFactor));
    }
  }

  /** A message is written in a conversation: on a device of the user that is on line, else one comes on line for it. */
  write(user: number, rank: number): void {
    const first = this.#population.firstDevice[user];
    let device = this.#firstOnline(user);
    if (device < 0) {
      device = first;
      this.#goOnline(device);
    }
    const line = device * conversationsPerUser + rank;
    this.written[line] += 1;
    this.openSends += 1;
    if (this.written[line] === 0) throw new Error('more sends of a device in a conversation than are counted here');
    if (this.states[device] < DeviceState.welcomed) return;
    this.writer.reset();
    this.#sendOpen(device, line);
    this.#flush(device);
  }

  isOnline(user: number): boolean {
    return this.onlineOf[user] > 0;
  }

  // ---- events

  spell(device: number, spell: number): void {
    if (spell !== this.#spells[device]) return;
    if (this.states[device] === DeviceState.off) {
      if (this.goByThemselves) this.#goOnline(device);
    } else if (this.#isBusy(device)) {
      this.#planSpell(device, postponeMs);
    } else {
      this.#goOffline(device);
    }
  }

  /** After the day every device comes on line once more, so that it must be told what it missed. */
  rollCall(device: number): void {
    if (this.states[device] !== DeviceState.off) return;
    this.#goOnline(device);
    this.#planSpell(device, rollCallStayMs);
  }

  /** The user reads what the device shows. */
  readNow(line: number): void {
    this.#readDue[line] = 0;
    const device = Math.floor(line / conversationsPerUser);
    if (this.states[device] !== DeviceState.live || this.cursors[line] <= this.readsSent[line]) return;
    this.writer.reset();
    this.#sendRead(device, line);
    this.#flush(device);
  }

  sendAgain(line: number): void {
    const device = Math.floor(line / conversationsPerUser);
    if (this.states[device] < DeviceState.welcomed) return;
    this.sent[line] = this.accepted[line];
    this.writer.reset();
    this.#sendOpen(device, line);
    this.#flush(device);
  }

  /** Is this connection the device's present one? */
  isCurrent(connection: number, device: number): boolean {
    return this.states[device] !== DeviceState.off && this.#world.connections.numberOf(device, this.lives[device]) === connection;
  }

  closed(device: number): void {
    this.#leave(device);
  }

  // ---- what a message told (device-reader.ts)

  /** A message is going to be handled: what the device says to it gathers. */
  begin(): void {
    this.writer.reset();
    this.#ranks.length = 0;
  }

  /** …and leaves: acknowledgements of what was shown. */
  end(device: number): void {
    for (const rank of this.#ranks) {
      const line = device * conversationsPerUser + rank;
      if (this.acksWanted[line] > this.acksSent[line]) this.#sendAck(device, line);
    }
    this.#flush(device);
  }

  welcomed(device: number): void {
    this.states[device] = DeviceState.welcomed;
    for (let rank = 0; rank < conversationsPerUser; rank += 1) {
      const line = device * conversationsPerUser + rank;
      if (this.acksWanted[line] > this.acksConfirmed[line]) this.#sendAck(device, line);
      if (this.#readOpen[line] !== 0) this.#sendRead(device, line);
      this.sent[line] = this.accepted[line];
      if (this.written[line] > this.accepted[line]) this.#sendOpen(device, line);
    }
  }

  /** The resume is over: conversations that the inbox knows further than the device are caught up. */
  live(device: number): void {
    this.states[device] = DeviceState.live;
    const user = this.#population.userOfDevice[device];
    this.#liveOf[user] += 1;
    if (this.#liveOf[user] === 1) this.liveSince[user] = this.#world.time.tick;
    const behind: number[] = [];
    for (let rank = 0; rank < conversationsPerUser; rank += 1) {
      const line = device * conversationsPerUser + rank;
      if (this.knowns[line] > this.cursors[line] && this.#syncing[line] === 0) behind.push(rank);
    }
    if (behind.length > 0) this.#sync(device, behind);
  }

  event(device: number, rank: number, seq: number, author: number, sendIdLow: number): void {
    const line = device * conversationsPerUser + rank;
    if (seq > this.knowns[line]) this.knowns[line] = seq;
    if (seq === this.cursors[line] + 1) this.#show(device, rank, line, seq, author, sendIdLow);
    else if (seq > this.cursors[line] && this.#syncing[line] === 0) this.#sync(device, [rank]);
  }

  entry(device: number, rank: number, lastSeq: number): void {
    const line = device * conversationsPerUser + rank;
    if (lastSeq <= this.knowns[line]) return;
    this.knowns[line] = lastSeq;
    if (this.states[device] === DeviceState.live && this.#syncing[line] === 0) this.#sync(device, [rank]);
  }

  bookmark(device: number, epoch: number, batch: number): void {
    this.epochs[device] = epoch;
    this.batches[device] = batch;
  }

  pageEvent(device: number, rank: number, seq: number, author: number, sendIdLow: number): void {
    const line = device * conversationsPerUser + rank;
    if (seq === this.cursors[line] + 1) this.#show(device, rank, line, seq, author, sendIdLow);
  }

  pageEnded(device: number, rank: number, headSeq: number, isOk: boolean): void {
    const line = device * conversationsPerUser + rank;
    this.#syncing[line] = 0;
    if (headSeq > this.knowns[line]) this.knowns[line] = headSeq;
    if (!isOk || this.knowns[line] > this.cursors[line]) this.#sync(device, [rank]);
  }

  acceptedUpTo(device: number, rank: number, clientSeq: number): void {
    const line = device * conversationsPerUser + rank;
    if (clientSeq <= this.accepted[line]) return;
    this.openSends -= clientSeq - this.accepted[line];
    this.accepted[line] = clientSeq;
    if (this.sent[line] < clientSeq) this.sent[line] = clientSeq;
    this.#sendOpen(device, line);
  }

  retry(device: number, rank: number, afterMs: number): void {
    const { wheel, time } = this.#world;
    wheel.schedule(time.tick + afterMs * ticksPerMs, Code.sendAgain, device * conversationsPerUser + rank, 0, 0);
  }

  ackConfirmed(device: number, rank: number, seq: number): void {
    const line = device * conversationsPerUser + rank;
    if (seq > this.acksConfirmed[line]) this.acksConfirmed[line] = seq;
  }

  readConfirmed(device: number, rank: number, seq: number, isInbox: boolean): void {
    const line = device * conversationsPerUser + rank;
    if (seq >= this.readsSent[line]) this.#readOpen[line] &= ~(isInbox ? readInbox : readHome);
  }

  /** Something of it waits for an answer. */
  #isBusy(device: number): boolean {
    if (this.states[device] !== DeviceState.live) return true;
    for (let line = device * conversationsPerUser; line < (device + 1) * conversationsPerUser; line += 1) {
      if (this.written[line] > this.accepted[line] || this.#syncing[line] !== 0) return true;
    }
    return false;
  }

  // ----

  #show(device: number, rank: number, line: number, seq: number, author: number, sendIdLow: number): void {
    this.cursors[line] = seq;
    this.hashes[line] = nextHash(this.hashes[line], seq, sendIdLow);
    const population = this.#population;
    const user = population.userOfDevice[device];
    this.#checks.shown(device, population.conversationOf(user, rank), seq, this.hashes[line]);
    if (author === user) return;
    this.othersNos[line] += 1;
    this.acksWanted[line] = seq;
    if (!this.#ranks.includes(rank)) this.#ranks.push(rank);
    const { draws, wheel, time, work } = this.#world;
    if (this.#readDue[line] !== 0 || this.#firstOnline(user) !== device || !draws.permille(readPermille)) return;
    this.#readDue[line] = 1;
    work.timersOfDevices += 1;
    wheel.schedule(time.tick + draws.between(readMsMin, readMsMax) * ticksPerMs, Code.read, line, 0, 0);
  }

  #sendOpen(device: number, line: number): void {
    while (this.sent[line] < this.written[line] && this.sent[line] - this.accepted[line] < windowSends) {
      this.sent[line] += 1;
      this.writer.send(device, line % conversationsPerUser, this.sent[line]);
    }
  }

  #sendAck(device: number, line: number): void {
    this.acksSent[line] = this.acksWanted[line];
    this.#world.work.acks += 1;
    this.#checks.acked(device, line, this.acksWanted[line]);
    this.writer.ack(device, line % conversationsPerUser, this.acksWanted[line]);
  }

  #sendRead(device: number, line: number): void {
    this.readsSent[line] = this.cursors[line];
    this.#readOpen[line] = readHome | readInbox;
    this.#world.work.reads += 1;
    this.#checks.read(device, line, this.cursors[line]);
    this.writer.read(device, line % conversationsPerUser, this.cursors[line], this.othersNos[line]);
  }

  #sync(device: number, ranks: readonly number[]): void {
    for (const rank of ranks) this.#syncing[device * conversationsPerUser + rank] = 1;
    this.#world.work.syncs += 1;
    this.writer.sync(device, ranks, this.cursors);
  }

  #firstOnline(user: number): number {
    if (this.onlineOf[user] === 0) return -1;
    const { firstDevice } = this.#population;
    for (let device = firstDevice[user]; device < firstDevice[user + 1]; device += 1) {
      if (this.states[device] !== DeviceState.off) return device;
    }
    return -1;
  }

  #goOnline(device: number): void {
    const { draws, work, slotCounts, time, wheel, pool, connections, storeIdHigh, storeIdLow } = this.#world;
    this.lives[device] += 1;
    this.states[device] = DeviceState.connecting;
    this.onlineOf[this.#population.userOfDevice[device]] += 1;
    this.#onlineSince[device] = time.tick;
    this.#planSpell(device, draws.between(onlineMsMin, onlineMsMax));
    const { writer } = this;
    // Not the shared run: one may be gathering.
    const before = writer.run.length;
    const framesBefore = writer.frames;
    writer.hello(device, this.lives[device], storeIdHigh, storeIdLow, this.epochs[device], this.batches[device]);
    const connection = connections.numberOf(device, this.lives[device]);
    const bytes = writer.run.bytes.subarray(before, writer.run.length);
    // A handshake first.
    const tick = time.tick + 3 * connections.latencyTicks(connection);
    wheel.schedule(tick, Code.opened, connection, pool.put(bytes, bytes.length), bytes.length);
    work.connections += 1;
    work.messagesUp += 1;
    work.framesUp += 1;
    work.bytesUp += bytes.length;
    slotCounts.wire(device, 1, bytes.length);
    writer.run.length = before;
    writer.frames = framesBefore;
  }

  #goOffline(device: number): void {
    this.writer.reset();
    this.writer.goodbye();
    this.#flush(device);
    this.#leave(device);
  }

  #leave(device: number): void {
    const { time, work, draws } = this.#world;
    const user = this.#population.userOfDevice[device];
    if (this.states[device] === DeviceState.live) {
      this.#liveOf[user] -= 1;
      if (this.#liveOf[user] === 0) this.liveSince[user] = 0;
    }
    this.states[device] = DeviceState.off;
    this.onlineOf[user] -= 1;
    work.onlineTicks += time.tick - this.#onlineSince[device];
    for (let line = device * conversationsPerUser; line < (device + 1) * conversationsPerUser; line += 1) this.#syncing[line] = 0;
    const isNight = time.msOfDay < nightEndsHour * hourMs;
    this.#planSpell(device, draws.between(offlineMsMin, offlineMsMax) * (isNight ? nightFactor : 1));
  }

  #planSpell(device: number, afterMs: number): void {
    const { wheel, time, work } = this.#world;
    this.#spells[device] += 1;
    work.timersOfDevices += 1;
    wheel.schedule(time.tick + afterMs * ticksPerMs, Code.spell, device, this.#spells[device], 0);
  }

  #flush(device: number): void {
    const { writer } = this;
    if (writer.frames === 0) return;
    const { work, slotCounts, time, wheel, pool, connections } = this.#world;
    const { run } = writer;
    const connection = connections.numberOf(device, this.lives[device]);
    work.messagesUp += 1;
    work.framesUp += writer.frames;
    work.bytesUp += run.length;
    slotCounts.wire(device, writer.frames, run.length);
    const tick = time.tick + connections.latencyTicks(connection);
    wheel.schedule(tick, Code.up, connection, pool.put(run.bytes, run.length), run.length);
    writer.reset();
  }
}
