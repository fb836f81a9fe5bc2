/**
 * One logged-in user of the benchmark: speaks the client's side of the protocol with as little work a message as honesty allows.
 *
 * Method: frames of the hot path are read into objects that all sessions share; what they mean goes to the run's `Traffic`. It
 * acknowledges what it shows once a turn, asks for what is missing when it sees a hole, and answers nothing else. A lost
 * connection is not made again: it spoils the run, which says so.
 */
import { RunReader } from '../../core/protocol/codec.ts';
import {
  newAck,
  newHello,
  newPing,
  newSync,
  writeAck,
  writeHello,
  writePing,
  writeSync,
} from '../../core/protocol/generated/client-frames.ts';
import { ErrorCode, errorName } from '../../core/protocol/generated/codes.ts';
import { FrameType, frameName } from '../../core/protocol/generated/frame-type.ts';
import {
  newAccepted,
  newAckConfirmed,
  newEntry,
  newError,
  newEvent,
  newPage,
  newReceipt,
  newRetry,
  newWelcome,
  readAccepted,
  readAckConfirmed,
  readEntry,
  readError,
  readEvent,
  readPage,
  readReceipt,
  readRetry,
  readWelcome,
} from '../../core/protocol/generated/server-frames.ts';
import { defaultLimits } from '../../core/protocol/limits.ts';
import { FrameReader } from '../../core/protocol/reader.ts';
import type { FrameWriter } from '../../core/protocol/writer.ts';
import { randomId53 } from '../fleet/random-pool.ts';
import { BenchSocket, type SocketEvents, type SocketTarget } from './bench-socket.ts';
import type { Traffic } from './traffic.ts';

const reader = new FrameReader();
const run = new RunReader(defaultLimits.linkFrameBytesMax);
const welcome = newWelcome();
const event = newEvent();
const accepted = newAccepted();
const receipt = newReceipt();
const ackConfirmed = newAckConfirmed();
const retry = newRetry();
const entry = newEntry();
const hello = newHello();
const ack = newAck();
const ping = newPing();

export type SessionState = 'connecting' | 'live' | 'lost';

export class BenchSession implements SocketEvents {
  /** Index of its user. */
  readonly user: number;
  state: SessionState = 'connecting';
  /** Why the server sent it away. */
  farewell = '';
  isDirty = false;
  lastSentMs = 0;
  private readonly socket: BenchSocket;
  private readonly token: string;
  private readonly traffic: Traffic;
  /** Lanes of its own side whose conversation showed something new in this turn. */
  private readonly toAck: number[] = [];
  private isClosing = false;

  constructor(traffic: Traffic, user: number, target: SocketTarget, token: string) {
    this.traffic = traffic;
    this.user = user;
    this.token = token;
    this.socket = new BenchSocket(target, this);
  }

  /** Where a frame of this turn goes; close it by `endFrame`. */
  beginFrame(): FrameWriter {
    if (!this.isDirty) {
      this.isDirty = true;
      this.traffic.dirty(this);
    }
    return this.socket.gather();
  }

  /** The conversation of its lane `side` showed an event of the other one: acknowledged at the end of the turn. */
  shown(side: number): void {
    const { toAck } = this;
    if (toAck.length > 0 && toAck.includes(side)) return;
    toAck.push(side);
    if (this.isDirty) return;
    this.isDirty = true;
    this.traffic.dirty(this);
  }

  /** End of the turn. */
  flush(): void {
    this.isDirty = false;
    const { toAck } = this;
    if (toAck.length > 0) {
      for (let at = 0; at < toAck.length; at++) this.ack(toAck[at]);
      toAck.length = 0;
    }
    if (this.socket.hasOutput && this.state !== 'lost') this.socket.flush();
    this.lastSentMs = this.traffic.nowMs;
  }

  /** Says how far its side has shown the conversation. */
  ack(side: number): void {
    const { traffic } = this;
    const w = this.socket.gather();
    const peer = traffic.topology.authorOf(side ^ 1);
    const { ids } = traffic.topology;
    const own = ids[this.user];
    const other = ids[peer];
    ack.conversationA = own < other ? own : other;
    ack.conversationB = own < other ? other : own;
    ack.seq = traffic.check.cursor[side];
    const mark = w.openLength(1);
    writeAck(w, ack);
    w.closeLength(mark, 1);
    traffic.acks.sent(side, ack.seq, traffic.nowMs);
  }

  repeatAck(side: number): void {
    this.shown(side);
  }

  ping(): void {
    const w = this.beginFrame();
    const mark = w.openLength(1);
    writePing(w, ping);
    w.closeLength(mark, 1);
  }

  close(): void {
    this.isClosing = true;
    this.socket.end();
  }

  // ---- of the socket

  onOpen(): void {
    hello.protocol = 1;
    hello.token = this.token;
    hello.deviceId = randomId53();
    hello.tabId = randomId53();
    hello.attempt = 1;
    const w = this.beginFrame();
    const mark = w.openLength(2);
    writeHello(w, hello);
    w.closeLength(mark, 2);
  }

  onClosed(): void {
    if (this.state === 'lost' || this.isClosing) return;
    this.state = 'lost';
    this.traffic.lost(this);
  }

  onRun(bytes: Uint8Array, start: number, end: number): void {
    this.traffic.beginTurn();
    run.reset(bytes, start, end);
    while (run.next()) {
      // Types of client and server frames are one byte.
      reader.reset(bytes, run.frameStart + 1, run.frameEnd);
      if (!this.frame(bytes[run.frameStart])) this.traffic.unexpected(`malformed ${frameName(bytes[run.frameStart])}`);
    }
    if (run.failure !== '') this.traffic.unexpected(`malformed run: ${run.failure}`);
  }

  /** Returns false when the frame cannot be read. */
  private frame(type: number): boolean {
    const { traffic } = this;
    switch (type) {
      case FrameType.event: {
        if (!readEvent(reader, event)) return false;
        const side = traffic.event(this, event);
        if (side >= 0) this.fetch(side, event.conversationA, event.conversationB);
        return true;
      }
      case FrameType.accepted:
        if (!readAccepted(reader, accepted)) return false;
        traffic.accepted(accepted);
        return true;
      case FrameType.receipt:
        if (!readReceipt(reader, receipt)) return false;
        traffic.receipt(this, receipt.conversationA, receipt.conversationB, receipt);
        return true;
      case FrameType.ackConfirmed:
        if (!readAckConfirmed(reader, ackConfirmed)) return false;
        traffic.acks.confirmed(this.sideOf(ackConfirmed.conversationA, ackConfirmed.conversationB), ackConfirmed.seq);
        return true;
      case FrameType.retry:
        if (!readRetry(reader, retry)) return false;
        traffic.retry(retry);
        return true;
      case FrameType.entry:
        return this.entry();
      case FrameType.page:
        return this.page();
      case FrameType.welcome:
        if (!readWelcome(reader, welcome)) return false;
        traffic.topology.setId(this.user, welcome.user);
        return true;
      case FrameType.live:
        this.state = 'live';
        return true;
      case FrameType.lagging:
        traffic.lagging++;
        return true;
      case FrameType.error:
        return this.error();
      case FrameType.bookmark:
      case FrameType.pong:
        return true;
      default:
        traffic.unexpected(frameName(type));
        return true;
    }
  }

  private sideOf(idA: number, idB: number): number {
    return this.traffic.topology.laneOf(this.user, idA, idB);
  }

  /** After a resume: what was missed while lagging. */
  private entry(): boolean {
    if (!readEntry(reader, entry)) return false;
    const side = this.sideOf(entry.conversationA, entry.conversationB);
    if (side >= 0 && entry.lastSeq > this.traffic.check.cursor[side]) this.fetch(side, entry.conversationA, entry.conversationB);
    return true;
  }

  private page(): boolean {
    const page = newPage();
    if (!readPage(reader, page)) return false;
    const side = this.sideOf(page.conversationA, page.conversationB);
    if (page.code !== ErrorCode.ok) this.traffic.unexpected(`page: ${errorName(page.code)}`);
    for (const item of page.events) this.traffic.event(this, item);
    for (const mark of page.watermarks) this.traffic.receipt(this, page.conversationA, page.conversationB, mark);
    if (page.more) this.fetch(side, page.conversationA, page.conversationB);
    return true;
  }

  /** Asks for what follows the cursor. */
  private fetch(side: number, conversationA: number, conversationB: number): void {
    const { traffic } = this;
    traffic.fetches++;
    const sync = newSync();
    sync.requestId = traffic.fetches;
    sync.limit = defaultLimits.pageEventsMax;
    sync.items.push({ conversationA, conversationB, afterSeq: traffic.check.cursor[side] });
    const w = this.beginFrame();
    const mark = w.openLength(1);
    writeSync(w, sync);
    w.closeLength(mark, 1);
  }

  private error(): boolean {
    const error = newError();
    if (!readError(reader, error)) return false;
    this.farewell = `${errorName(error.code)}: ${error.message}`;
    return true;
  }
}
