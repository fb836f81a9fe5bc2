/**
 * The messages of one run: sent when the timetable says, checked and timed as they come back. All sessions share it.
 *
 * Method: a message's lane and the instant it was due stand in its senderId and sendId, its number in its body, so nothing is kept for a
 * message but what the protocol's own rules need. Latency counts from the instant it was due, whatever kept it. One clock reading a turn of
 * the event loop, and one write a connection.
 */
import { newSend, writeSend } from '../../core/protocol/generated/client-frames.ts';
import { ErrorCode, errorName } from '../../core/protocol/generated/codes.ts';
import type { AcceptedFrame, RetryFrame } from '../../core/protocol/generated/server-frames.ts';
import type { EventStruct } from '../../core/protocol/generated/structs.ts';
import { mix } from '../../sim/random.ts';
import { Acks } from './acks.ts';
import type { BenchSession } from './bench-session.ts';
import { numberInBody, writeNumbersInBody } from './body.ts';
import { Arrival, DeliveryCheck } from './delivery-check.ts';
import { Measures } from './measures.ts';
import { Outbox } from './outbox.ts';
import type { Timetable } from './timetable.ts';
import type { Topology } from './topology.ts';

/** Most examples of what should not have come. */
const examplesMax = 20;

export class Traffic {
  readonly topology: Topology;
  readonly check: DeliveryCheck;
  readonly outbox: Outbox;
  readonly acks: Acks;
  readonly measures: Measures;
  /** By user. */
  readonly sessions: BenchSession[] = [];
  /** Since the run began: of this turn. */
  nowMs = 0;
  nowUs = 0;
  fetches = 0;
  lagging = 0;
  lostConnections = 0;
  /** Frames that have no place in this run, or cannot be read, by what they are. */
  readonly oddities = new Map<string, number>();
  private readonly startMs: number;
  /** High word of every senderId: this run. */
  private readonly runWord: number;
  private readonly send = newSend();
  private timetable: Timetable | null = null;
  private stopAtUs = 0;
  private dirtySessions: BenchSession[] = [];
  private spareSessions: BenchSession[] = [];
  private turnPlanned = false;
  private clockIsFresh = false;
  private timer: NodeJS.Timeout | null = null;

  constructor(topology: Topology, options: { readonly bodyBytes: number; readonly runWord: number }) {
    this.topology = topology;
    this.check = new DeliveryCheck(topology.lanes);
    this.outbox = new Outbox(topology.lanes, (lane, number, dueUs) => this.transmit(lane, number, dueUs));
    this.acks = new Acks(topology.lanes, (side) => this.sessions[topology.authorOf(side)].repeatAck(side));
    this.measures = new Measures();
    this.runWord = options.runWord;
    this.send.kind = 1;
    this.send.body = new Uint8Array(options.bodyBytes).fill(0x2e);
    this.startMs = performance.now();
  }

  /** Sends what `timetable` says, from now until `seconds` later. Its instants count from now. */
  start(timetable: Timetable, seconds: number): void {
    this.readClock();
    this.measures.startedUs = this.nowUs;
    this.timetable = timetable;
    this.stopAtUs = seconds * 1_000_000;
    this.wake();
  }

  /** Everything that is due was sent; nothing more will be. */
  get isSentOut(): boolean {
    return this.timetable === null;
  }

  /** Nothing is under way any more. */
  get isSettled(): boolean {
    if (!this.isSentOut || this.outbox.open > 0 || this.outbox.waiting > 0) return false;
    const faults = this.check.faults();
    return faults.lost === 0 && faults.receiptsMissing === 0;
  }

  close(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
  }

  /** Called first with whatever arrives. */
  beginTurn(): void {
    if (!this.clockIsFresh) this.readClock();
    this.planTurn();
  }

  dirty(session: BenchSession): void {
    this.dirtySessions.push(session);
    this.planTurn();
  }

  lost(session: BenchSession): void {
    this.lostConnections++;
    this.unexpected(`connection lost${session.farewell === '' ? '' : `: ${session.farewell}`}`);
  }

  unexpected(what: string): void {
    if (this.oddities.size < examplesMax || this.oddities.has(what)) this.oddities.set(what, (this.oddities.get(what) ?? 0) + 1);
  }

  /** Every second: repeats, pings. */
  tick(pingAfterMs: number): void {
    this.readClock();
    this.acks.tick(this.nowMs);
    for (const session of this.sessions) {
      if (session.state === 'live' && this.nowMs - session.lastSentMs > pingAfterMs) session.ping();
    }
    this.planTurn();
  }

  // ---- what sessions read

  /** An event; returns the side of the conversation that must fetch what is missing before it, or -1. */
  event(session: BenchSession, event: EventStruct): number {
    const lane = event.senderIdLow;
    if (event.senderIdHigh !== this.runWord || lane >= this.topology.lanes) {
      this.unexpected('event of somebody else');
      return -1;
    }
    const isOwn = this.topology.authorOf(lane) === session.user;
    const side = isOwn ? lane : lane ^ 1;
    const number = numberInBody(event.body, lane);
    if (number !== event.clientSeq || (!isOwn && this.topology.authorOf(side) !== session.user)) {
      this.unexpected('event with another body or for somebody else');
      return -1;
    }
    const arrival = this.check.arrives(side, lane, event.seq, number);
    if (arrival === Arrival.shown) {
      if (!isOwn) {
        this.measures.shown(event.sendIdLow, this.nowUs);
        session.shown(side);
      }
      return -1;
    }
    if (arrival === Arrival.repeated) {
      this.measures.repeatedEvents++;
      return -1;
    }
    return side;
  }

  accepted(frame: AcceptedFrame): void {
    const lane = frame.senderIdLow;
    if (frame.senderIdHigh !== this.runWord || lane >= this.topology.lanes) {
      this.unexpected('accepted of somebody else');
      return;
    }
    if (!this.outbox.accepted(lane, frame.clientSeq, this.nowMs)) return;
    this.check.accepted(lane, frame.seq);
    this.measures.accepted(frame.sendIdLow, this.nowUs);
  }

  receipt(session: BenchSession, conversationA: number, conversationB: number, mark: { user: number; delivered: number }): void {
    const side = this.topology.laneOf(session.user, conversationA, conversationB);
    if (side < 0) {
      this.unexpected('receipt of somebody else');
      return;
    }
    if (mark.user === this.topology.ids[session.user]) return;
    if (mark.delivered > this.check.delivered[side]) this.check.delivered[side] = mark.delivered;
  }

  retry(frame: RetryFrame): void {
    const { retryCodes } = this.measures;
    const name = errorName(frame.code);
    retryCodes.set(name, (retryCodes.get(name) ?? 0) + 1);
    this.outbox.retry(frame.senderIdLow, frame.clientSeq, frame.sendIdLow, frame.code === ErrorCode.gap, frame.retryAfterMs, this.nowMs);
  }

  // ---- the turn

  /** Puts a message on its author's connection. */
  private transmit(lane: number, number: number, dueUs: number): void {
    const { send, topology } = this;
    const author = topology.authorOf(lane);
    const own = topology.ids[author];
    const other = topology.ids[topology.authorOf(lane ^ 1)];
    send.conversationA = own < other ? own : other;
    send.conversationB = own < other ? other : own;
    send.senderIdHigh = this.runWord;
    send.senderIdLow = lane;
    send.clientSeq = number;
    send.sendIdHigh = mix(mix(this.runWord, lane), number) >>> 0;
    send.sendIdLow = dueUs;
    writeNumbersInBody(send.body, lane, number);
    this.check.sent[lane] = Math.max(this.check.sent[lane], number);
    const w = this.sessions[author].beginFrame();
    const mark = w.openLength(2);
    writeSend(w, send);
    w.closeLength(mark, 2);
  }

  private readonly wake = (): void => {
    this.readClock();
    this.planTurn();
    if (this.timetable !== null || this.outbox.open > 0) this.timer = setTimeout(this.wake, 1);
  };

  private planTurn(): void {
    if (this.turnPlanned) return;
    this.turnPlanned = true;
    setImmediate(this.endTurn);
  }

  private readonly endTurn = (): void => {
    this.turnPlanned = false;
    this.readClock();
    this.sendDue();
    this.outbox.tick(this.nowMs);
    const sessions = this.dirtySessions;
    this.dirtySessions = this.spareSessions;
    this.spareSessions = sessions;
    for (let at = 0; at < sessions.length; at++) sessions[at].flush();
    sessions.length = 0;
    this.clockIsFresh = false;
  };

  private sendDue(): void {
    const { timetable, measures } = this;
    if (timetable === null) return;
    const elapsedUs = this.nowUs - measures.startedUs;
    while (timetable.dueUs <= elapsedUs && timetable.dueUs < this.stopAtUs) {
      const dueUs = measures.startedUs + timetable.dueUs;
      measures.planned(dueUs, this.nowUs);
      this.outbox.due(timetable.lane(), dueUs, this.nowMs);
      timetable.advance();
    }
    if (timetable.dueUs >= this.stopAtUs) this.timetable = null;
  }

  private readClock(): void {
    const sinceMs = performance.now() - this.startMs;
    this.nowMs = Math.floor(sinceMs);
    this.nowUs = Math.floor(sinceMs * 1000);
    this.clockIsFresh = true;
  }
}
