/**
 * Long-poll with the semantics of a connection: for clients whose WebSocket is blocked.
 *
 * Method: a sequence of numbered polls is one edge connection. Frames that came up are taken once a number; the answer of number n
 * is kept until n + 1 asks, and n asked again gets the same bytes. A poll waits until there is something to fetch, or pollWaitMs; n + 1
 * may be asked while n waits (it has frames to bring): n is then answered at once. Whatever breaks beyond that ends the
 * sequence, and the client starts a new one with `hello` and its cursor.
 */
import type { Limits } from '../../protocol/limits.ts';
import { unreachable } from '../assert.ts';
import { DeadlineWheel } from './deadline-wheel.ts';
import type { PollInput, PollMachine, PollOut } from './poll-port.ts';
import { PollSequence } from './poll-sequence.ts';

const wheelGrainMs = 250;
const wheelBuckets = 512;

type Asked = Extract<PollInput, { kind: 'asked' }>;

export class Polls implements PollMachine {
  private readonly limits: Limits;
  private readonly byId = new Map<string, PollSequence>();
  private readonly byConnection = new Map<number, PollSequence>();
  private readonly byRequest = new Map<number, PollSequence>();
  private readonly wheel: DeadlineWheel<PollSequence>;
  private ready: PollSequence[] = [];
  private nowMs = 0;
  private out: PollOut | null = null;

  constructor(limits: Limits) {
    this.limits = limits;
    this.wheel = new DeadlineWheel(wheelGrainMs, wheelBuckets, (sequence) => this.due(sequence));
  }

  /** Sequences that can be asked. */
  get size(): number {
    return this.byId.size;
  }

  /** User who began the sequence of this edge connection; undefined: it is none of ours. */
  nameOf(connection: number): string | undefined {
    return this.byConnection.get(connection)?.name;
  }

  step(input: PollInput, nowMs: number, out: PollOut): void {
    this.nowMs = nowMs;
    this.out = out;
    switch (input.kind) {
      case 'frame':
        this.frame(input.connection, input.bytes, input.start, input.end, out);
        break;
      case 'flush':
        this.flush(out);
        break;
      case 'asked':
        this.asked(input, out);
        break;
      case 'aborted':
        this.aborted(input.request);
        break;
      case 'close':
        this.ended(input.connection);
        break;
      case 'tick':
        this.wheel.advance(nowMs);
        break;
      default:
        unreachable(input);
    }
  }

  nextWakeMs(): number {
    return this.wheel.nextWakeMs();
  }

  private asked(input: Asked, out: PollOut): void {
    if (input.id === '') {
      this.begin(input, out);
      return;
    }
    const sequence = this.byId.get(input.id);
    if (sequence === undefined) out.refuse(input.request, 'unknownPoll');
    else if (sequence.name !== input.name) out.refuse(input.request, 'wrongUser');
    else if (input.number === sequence.number) this.again(sequence, input.request, out);
    else if (input.number === sequence.number + 1) this.next(sequence, input, out);
    else out.refuse(input.request, 'wrongNumber');
  }

  private begin(input: Asked, out: PollOut): void {
    if (input.number !== 1) {
      out.refuse(input.request, 'wrongNumber');
      return;
    }
    const sequence = new PollSequence(input.newId, input.newConnection, input.name, input.request, this.nowMs);
    this.byId.set(sequence.id, sequence);
    this.byConnection.set(sequence.connection, sequence);
    this.byRequest.set(input.request, sequence);
    this.reschedule(sequence);
    out.opened(sequence.connection, sequence.name);
    out.received(sequence.connection, input.bytes);
  }

  /** The same number: the same answer, or it goes on waiting. Its frames were taken. */
  private again(sequence: PollSequence, request: number, out: PollOut): void {
    if (sequence.answer !== null) {
      sequence.sinceMs = this.nowMs;
      out.answer(request, sequence.id, sequence.answer);
      return;
    }
    if (sequence.waiting !== 0) {
      this.byRequest.delete(sequence.waiting);
      out.refuse(sequence.waiting, 'superseded');
    }
    this.wait(sequence, request);
  }

  private next(sequence: PollSequence, input: Asked, out: PollOut): void {
    if (sequence.waiting !== 0) this.answer(sequence, out);
    if (sequence.ended && sequence.queuedBytes === 0) {
      this.remove(sequence);
      out.refuse(input.request, 'unknownPoll');
      return;
    }
    sequence.number++;
    sequence.answer = null;
    this.wait(sequence, input.request);
    if (input.bytes.length > 0 && !sequence.ended) out.received(sequence.connection, input.bytes);
  }

  private wait(sequence: PollSequence, request: number): void {
    sequence.waiting = request;
    sequence.sinceMs = this.nowMs;
    this.byRequest.set(request, sequence);
    this.reschedule(sequence);
    if (sequence.queuedBytes > 0 || sequence.ended) this.markReady(sequence);
  }

  private aborted(request: number): void {
    const sequence = this.byRequest.get(request);
    if (sequence === undefined) return;
    this.byRequest.delete(request);
    sequence.waiting = 0;
    sequence.sinceMs = this.nowMs;
    this.reschedule(sequence);
  }

  private frame(connection: number, bytes: Uint8Array, start: number, end: number, out: PollOut): void {
    const sequence = this.byConnection.get(connection);
    if (sequence === undefined || sequence.ended) return;
    sequence.add(bytes, start, end);
    this.markReady(sequence);
    if (sequence.queuedBytes > this.limits.connectionQueueBytesMax) {
      out.closed(connection);
      this.remove(sequence);
    } else if (!sequence.pressed && sequence.queuedBytes > this.limits.pollAnswerBytesMax) {
      sequence.pressed = true;
      out.pressed(connection);
    }
  }

  private ended(connection: number): void {
    const sequence = this.byConnection.get(connection);
    if (sequence === undefined) return;
    sequence.ended = true;
    this.byConnection.delete(connection);
    this.markReady(sequence);
  }

  private markReady(sequence: PollSequence): void {
    if (sequence.ready) return;
    sequence.ready = true;
    this.ready.push(sequence);
  }

  private flush(out: PollOut): void {
    const list = this.ready;
    if (list.length === 0) return;
    this.ready = [];
    for (const sequence of list) {
      sequence.ready = false;
      if (sequence.waiting !== 0) this.answer(sequence, out);
    }
  }

  private answer(sequence: PollSequence, out: PollOut): void {
    const bytes = sequence.take(this.limits.pollAnswerBytesMax);
    const request = sequence.waiting;
    this.byRequest.delete(request);
    sequence.answer = bytes;
    sequence.waiting = 0;
    sequence.sinceMs = this.nowMs;
    this.reschedule(sequence);
    out.answer(request, sequence.id, bytes);
    if (sequence.pressed && sequence.queuedBytes === 0 && !sequence.ended) {
      sequence.pressed = false;
      out.drained(sequence.connection);
    }
  }

  /** Forgets the sequence; a request that waits is told. */
  private remove(sequence: PollSequence): void {
    if (sequence.waiting !== 0) {
      this.byRequest.delete(sequence.waiting);
      this.out?.refuse(sequence.waiting, 'unknownPoll');
      sequence.waiting = 0;
    }
    this.byId.delete(sequence.id);
    this.byConnection.delete(sequence.connection);
    this.wheel.remove(sequence);
  }

  private reschedule(sequence: PollSequence): void {
    this.wheel.schedule(sequence, this.deadlineOf(sequence), this.nowMs);
  }

  private deadlineOf(sequence: PollSequence): number {
    return sequence.sinceMs + (sequence.waiting !== 0 ? this.limits.pollWaitMs : this.limits.pollSessionMs);
  }

  private due(sequence: PollSequence): void {
    const { out } = this;
    if (out === null) return;
    if (this.nowMs < this.deadlineOf(sequence)) {
      this.reschedule(sequence);
    } else if (sequence.waiting !== 0) {
      this.answer(sequence, out);
    } else {
      if (!sequence.ended) out.closed(sequence.connection);
      this.remove(sequence);
    }
  }
}
