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
import { ticksPerMs } from './day-time.ts';
import type { DayWorld } from './day-world.ts';
import { DeviceWriter } from './device-writer.ts';
import { conversationsPerUser, readMsMax, readMsMin, readPermille } from './limits.ts';
import { type Lines, ReadOpen } from './lines.ts';
import type { Population } from './population.ts';
import { DeviceState, Presence } from './presence.ts';
import type { Sends } from './sends.ts';

const windowSends = 8;
const postponeMs = 2_000;
const rollCallStayMs = 15_000;

export class Devices {
  readonly presence: Presence;
  /** Until the day is over devices come and go by themselves. */
  goByThemselves = true;
  /** At the very end nobody leaves any more: everything comes to rest. */
  mayLeave = true;
  openSends = 0;
  readonly #world: DayWorld;
  readonly #population: Population;
  readonly #lines: Lines;
  readonly #checks: DeviceChecks;
  readonly #writer: DeviceWriter;
  /** A hello leaves while another run gathers. */
  readonly #hellos: DeviceWriter;
  /** Conversations of the device at hand that may have something to acknowledge. */
  readonly #ranks: number[] = [];

  constructor(world: DayWorld, population: Population, lines: Lines, sends: Sends, checks: DeviceChecks) {
    this.#world = world;
    this.#population = population;
    this.#lines = lines;
    this.#checks = checks;
    this.#writer = new DeviceWriter(population, sends);
    this.#hellos = new DeviceWriter(population, sends);
    this.presence = new Presence(world, population);
  }

  /** A message is written in a conversation: on a device of the user that is on line, else one comes on line for it. */
  write(user: number, rank: number): void {
    const first = this.#population.firstDevice[user];
    let device = this.presence.firstOnline(user);
    if (device < 0) {
      device = first;
      this.#goOnline(device);
    }
    const line = device * conversationsPerUser + rank;
    this.#lines.written[line] += 1;
    this.openSends += 1;
    if (this.#lines.written[line] === 0) throw new Error('more sends of a device in a conversation than are counted here');
    if (this.presence.states[device] < DeviceState.welcomed) return;
    this.#writer.reset();
    this.#sendOpen(device, line);
    this.#flush(device);
  }

  isOnline(user: number): boolean {
    return this.presence.onlineOf[user] > 0;
  }

  // ---- events

  spell(device: number, spell: number): void {
    if (!this.presence.isPlanned(device, spell)) return;
    if (this.presence.states[device] === DeviceState.off) {
      if (this.goByThemselves) this.#goOnline(device);
    } else if (!this.mayLeave) {
      return;
    } else if (this.#isBusy(device)) {
      this.presence.planSpell(device, postponeMs);
    } else {
      this.#goOffline(device);
    }
  }

  /** After the day every device comes on line once more, so that it must be told what it missed. */
  rollCall(device: number): void {
    if (this.presence.states[device] !== DeviceState.off) return;
    this.#goOnline(device);
    this.presence.planSpell(device, rollCallStayMs);
  }

  /** The user reads what the device shows. */
  readNow(line: number): void {
    this.#lines.readDue[line] = 0;
    const device = Math.floor(line / conversationsPerUser);
    if (this.presence.states[device] !== DeviceState.live || this.#lines.cursors[line] <= this.#lines.readsSent[line]) return;
    this.#writer.reset();
    this.#sendRead(device, line);
    this.#flush(device);
  }

  sendAgain(line: number): void {
    const device = Math.floor(line / conversationsPerUser);
    if (this.presence.states[device] < DeviceState.welcomed) return;
    this.#lines.sent[line] = this.#lines.accepted[line];
    this.#writer.reset();
    this.#sendOpen(device, line);
    this.#flush(device);
  }

  closed(device: number): void {
    this.presence.left(device);
    this.#lines.syncing.fill(0, device * conversationsPerUser, (device + 1) * conversationsPerUser);
  }

  // ---- what a message told (device-reader.ts)

  /** A message is going to be handled: what the device says to it gathers. */
  begin(): void {
    this.#writer.reset();
    // Setting the length of an empty array costs as much as reading a frame.
    if (this.#ranks.length > 0) this.#ranks.length = 0;
  }

  /** …and leaves: acknowledgements of what was shown. */
  end(device: number): void {
    for (const rank of this.#ranks) {
      const line = device * conversationsPerUser + rank;
      if (this.#lines.acksWanted[line] > this.#lines.acksSent[line]) this.#sendAck(device, line);
    }
    this.#flush(device);
  }

  welcomed(device: number): void {
    this.presence.states[device] = DeviceState.welcomed;
    for (let rank = 0; rank < conversationsPerUser; rank += 1) {
      const line = device * conversationsPerUser + rank;
      if (this.#lines.acksWanted[line] > this.#lines.acksConfirmed[line]) this.#sendAck(device, line);
      if (this.#lines.readOpen[line] !== 0) this.#sendRead(device, line);
      this.#lines.sent[line] = this.#lines.accepted[line];
      if (this.#lines.written[line] > this.#lines.accepted[line]) this.#sendOpen(device, line);
    }
  }

  /** The resume is over: conversations that the inbox knows further than the device are caught up. */
  live(device: number): void {
    this.presence.live(device);
    const behind: number[] = [];
    for (let rank = 0; rank < conversationsPerUser; rank += 1) {
      const line = device * conversationsPerUser + rank;
      if (this.#lines.knowns[line] > this.#lines.cursors[line] && this.#lines.syncing[line] === 0) behind.push(rank);
    }
    if (behind.length > 0) this.#sync(device, behind);
  }

  event(device: number, rank: number, seq: number, author: number, sendIdLow: number): void {
    const line = device * conversationsPerUser + rank;
    if (seq > this.#lines.knowns[line]) this.#lines.knowns[line] = seq;
    if (seq === this.#lines.cursors[line] + 1) this.#show(device, rank, line, seq, author, sendIdLow);
    else if (seq > this.#lines.cursors[line] && this.#lines.syncing[line] === 0) this.#sync(device, [rank]);
  }

  entry(device: number, rank: number, lastSeq: number): void {
    const line = device * conversationsPerUser + rank;
    if (lastSeq <= this.#lines.knowns[line]) return;
    this.#lines.knowns[line] = lastSeq;
    if (this.presence.states[device] === DeviceState.live && this.#lines.syncing[line] === 0) this.#sync(device, [rank]);
  }

  bookmark(device: number, epoch: number, batch: number): void {
    this.presence.epochs[device] = epoch;
    this.presence.batches[device] = batch;
  }

  pageEvent(device: number, rank: number, seq: number, author: number, sendIdLow: number): void {
    const line = device * conversationsPerUser + rank;
    if (seq === this.#lines.cursors[line] + 1) this.#show(device, rank, line, seq, author, sendIdLow);
  }

  pageEnded(device: number, rank: number, headSeq: number, isOk: boolean): void {
    const line = device * conversationsPerUser + rank;
    this.#lines.syncing[line] = 0;
    if (headSeq > this.#lines.knowns[line]) this.#lines.knowns[line] = headSeq;
    if (!isOk || this.#lines.knowns[line] > this.#lines.cursors[line]) this.#sync(device, [rank]);
  }

  acceptedUpTo(device: number, rank: number, clientSeq: number): void {
    const line = device * conversationsPerUser + rank;
    if (clientSeq <= this.#lines.accepted[line]) return;
    this.openSends -= clientSeq - this.#lines.accepted[line];
    this.#lines.accepted[line] = clientSeq;
    if (this.#lines.sent[line] < clientSeq) this.#lines.sent[line] = clientSeq;
    this.#sendOpen(device, line);
  }

  retry(device: number, rank: number, afterMs: number): void {
    const { wheel, time } = this.#world;
    wheel.schedule(time.tick + afterMs * ticksPerMs, Code.sendAgain, device * conversationsPerUser + rank, 0, 0);
  }

  ackConfirmed(device: number, rank: number, seq: number): void {
    const line = device * conversationsPerUser + rank;
    if (seq > this.#lines.acksConfirmed[line]) this.#lines.acksConfirmed[line] = seq;
  }

  readConfirmed(device: number, rank: number, seq: number, isInbox: boolean): void {
    const line = device * conversationsPerUser + rank;
    if (seq >= this.#lines.readsSent[line]) this.#lines.readOpen[line] &= ~(isInbox ? ReadOpen.inbox : ReadOpen.home);
  }

  /** Something of it waits for an answer. */
  #isBusy(device: number): boolean {
    if (this.presence.states[device] !== DeviceState.live) return true;
    for (let line = device * conversationsPerUser; line < (device + 1) * conversationsPerUser; line += 1) {
      if (this.#lines.written[line] > this.#lines.accepted[line] || this.#lines.syncing[line] !== 0) return true;
    }
    return false;
  }

  // ----

  #show(device: number, rank: number, line: number, seq: number, author: number, sendIdLow: number): void {
    this.#lines.cursors[line] = seq;
    this.#lines.hashes[line] = nextHash(this.#lines.hashes[line], seq, sendIdLow);
    const population = this.#population;
    const user = population.userOfDevice[device];
    this.#checks.shown(device, population.conversationOf(user, rank), seq, this.#lines.hashes[line]);
    if (author === user) return;
    this.#lines.othersNos[line] += 1;
    this.#lines.acksWanted[line] = seq;
    if (!this.#ranks.includes(rank)) this.#ranks.push(rank);
    const { draws, wheel, time, work } = this.#world;
    if (this.#lines.readDue[line] !== 0 || this.presence.firstOnline(user) !== device || !draws.permille(readPermille)) return;
    this.#lines.readDue[line] = 1;
    work.timersOfDevices += 1;
    wheel.schedule(time.tick + draws.between(readMsMin, readMsMax) * ticksPerMs, Code.read, line, 0, 0);
  }

  #sendOpen(device: number, line: number): void {
    while (this.#lines.sent[line] < this.#lines.written[line] && this.#lines.sent[line] - this.#lines.accepted[line] < windowSends) {
      this.#lines.sent[line] += 1;
      this.#writer.send(device, line % conversationsPerUser, this.#lines.sent[line]);
    }
  }

  #sendAck(device: number, line: number): void {
    this.#lines.acksSent[line] = this.#lines.acksWanted[line];
    this.#world.work.acks += 1;
    this.#checks.acked(device, line, this.#lines.acksWanted[line]);
    this.#writer.ack(device, line % conversationsPerUser, this.#lines.acksWanted[line]);
  }

  #sendRead(device: number, line: number): void {
    this.#lines.readsSent[line] = this.#lines.cursors[line];
    this.#lines.readOpen[line] = ReadOpen.home | ReadOpen.inbox;
    this.#world.work.reads += 1;
    this.#checks.read(device, line, this.#lines.cursors[line]);
    this.#writer.read(device, line % conversationsPerUser, this.#lines.cursors[line], this.#lines.othersNos[line]);
  }

  #sync(device: number, ranks: readonly number[]): void {
    for (const rank of ranks) this.#lines.syncing[device * conversationsPerUser + rank] = 1;
    this.#world.work.syncs += 1;
    this.#writer.sync(device, ranks, this.#lines.cursors);
  }

  #goOnline(device: number): void {
    const { presence } = this;
    const { connections, storeIdHigh, storeIdLow } = this.#world;
    presence.connecting(device);
    const writer = this.#hellos;
    writer.reset();
    writer.hello(device, presence.lives[device], storeIdHigh, storeIdLow, presence.epochs[device], presence.batches[device]);
    // A handshake first.
    this.#leave(device, writer, Code.opened, 3 * connections.latencyTicks(presence.connectionOf(device)));
  }

  #goOffline(device: number): void {
    this.#writer.reset();
    this.#writer.goodbye();
    this.#flush(device);
    this.closed(device);
  }

  /** What gathered leaves as one message. */
  #flush(device: number): void {
    const writer = this.#writer;
    if (writer.frames === 0) return;
    this.#leave(device, writer, Code.up, this.#world.connections.latencyTicks(this.presence.connectionOf(device)));
    writer.reset();
  }

  #leave(device: number, { run, frames }: DeviceWriter, code: number, afterTicks: number): void {
    const { work, slotCounts, time, wheel, pool } = this.#world;
    work.messagesUp += 1;
    work.framesUp += frames;
    work.bytesUp += run.length;
    slotCounts.wire(device, frames, run.length);
    wheel.schedule(time.tick + afterTicks, code, this.presence.connectionOf(device), pool.put(run.bytes, run.length), run.length);
  }
}
