/**
 * What every sender of the run has open: the protocol's rules for sends (PROTOCOL.md, "Sending"), for all lanes in typed arrays.
 *
 * Method: message n of a lane may leave when every one ≤ n - W has its outcome; what is due earlier waits, and its latency counts from when it
 * was due. A send without an answer is repeated after `sendRepeatMs`, one that was told `retry` after the time it was told.
 */
import { defaultLimits } from '../../core/protocol/limits.ts';

const window = defaultLimits.windowSends;
const repeatMs = defaultLimits.sendRepeatMs;
const retryAfterMs = defaultLimits.retryAfterMs;

/** Puts a send on its connection. `dueUs` is part of its sendId. */
export type SendMessage = (lane: number, number: number, dueUs: number) => void;

interface Delayed {
  readonly atMs: number;
  readonly lane: number;
  readonly number: number;
  readonly dueUs: number;
}

export class Outbox {
  /** Sends repeated because no answer came. */
  repeats = 0;
  /** Messages that had to wait for their sender's window. */
  held = 0;
  /** Without an outcome. */
  open = 0;
  /** Due but not sent, for the window. */
  waiting = 0;
  private readonly send: SendMessage;
  /** Highest number sent, by lane. */
  private readonly last: Uint32Array;
  /** Lowest number without outcome. */
  private readonly base: Uint32Array;
  /** Bit n: base + n has its outcome. */
  private readonly done: Uint16Array;
  private readonly queues = new Map<number, number[]>();
  private readonly unanswered = new SendRing();
  private delayed: Delayed[] = [];
  /** Told `gap`: they wait for one before them. By lane. */
  private readonly gaps = new Map<number, { readonly number: number; readonly dueUs: number }[]>();

  constructor(lanes: number, send: SendMessage) {
    this.send = send;
    this.last = new Uint32Array(lanes);
    this.base = new Uint32Array(lanes).fill(1);
    this.done = new Uint16Array(lanes);
  }

  /** The next message of a lane is due. */
  due(lane: number, dueUs: number, nowMs: number): void {
    // While others of the lane wait, its window is full.
    if (this.mayLeave(lane)) {
      this.leave(lane, dueUs, nowMs);
      return;
    }
    this.held++;
    this.waiting++;
    const queue = this.queues.get(lane);
    if (queue === undefined) this.queues.set(lane, [dueUs]);
    else queue.push(dueUs);
  }

  /** `accepted`: returns false when it is known already. */
  accepted(lane: number, number: number, nowMs: number): boolean {
    const at = number - this.base[lane];
    if (at < 0 || number > this.last[lane] || (this.done[lane] & (1 << at)) !== 0) return false;
    this.done[lane] |= 1 << at;
    while ((this.done[lane] & 1) !== 0) {
      this.done[lane] >>>= 1;
      this.base[lane]++;
    }
    this.open--;
    if (this.gaps.size > 0 && this.gaps.get(lane)?.some((gap) => gap.number === this.base[lane]) === true) this.fillGaps(lane);
    if (this.waiting > 0) this.release(lane, nowMs);
    return true;
  }

  /** `retry`: the same again, later; after a gap when the one before it is there, or goes again. */
  retry(lane: number, number: number, dueUs: number, isGap: boolean, afterMs: number, nowMs: number): void {
    if (this.hasOutcome(lane, number)) return;
    if (!isGap || number === this.base[lane]) {
      this.delayed.push({ atMs: nowMs + (afterMs > 0 ? afterMs : retryAfterMs), lane, number, dueUs });
      return;
    }
    const gaps = this.gaps.get(lane);
    if (gaps === undefined) this.gaps.set(lane, [{ number, dueUs }]);
    else gaps.push({ number, dueUs });
  }

  /** Sends again what is due to be. */
  tick(nowMs: number): void {
    if (this.delayed.length > 0) {
      const ready = this.delayed.filter((item) => item.atMs <= nowMs);
      if (ready.length > 0) this.delayed = this.delayed.filter((item) => item.atMs > nowMs);
      for (const { lane, number, dueUs } of ready) {
        if (this.hasOutcome(lane, number)) continue;
        this.send(lane, number, dueUs);
        this.fillGaps(lane);
      }
    }
    const ring = this.unanswered;
    while (ring.size > 0) {
      const { lane, number, dueUs } = ring.head();
      if (!this.hasOutcome(lane, number)) {
        if (ring.headAtMs() > nowMs - repeatMs) break;
        this.repeats++;
        this.send(lane, number, dueUs);
        ring.push(lane, number, dueUs, nowMs);
      }
      ring.pop();
    }
  }

  /** What stood behind a gap goes, in order. */
  private fillGaps(lane: number): void {
    const gaps = this.gaps.get(lane);
    if (gaps === undefined) return;
    this.gaps.delete(lane);
    gaps.sort((one, other) => one.number - other.number);
    for (const { number, dueUs } of gaps) if (!this.hasOutcome(lane, number)) this.send(lane, number, dueUs);
  }

  private mayLeave(lane: number): boolean {
    return this.last[lane] + 1 < this.base[lane] + window;
  }

  private leave(lane: number, dueUs: number, nowMs: number): void {
    const number = ++this.last[lane];
    this.open++;
    this.unanswered.push(lane, number, dueUs, nowMs);
    this.send(lane, number, dueUs);
  }

  private release(lane: number, nowMs: number): void {
    const queue = this.queues.get(lane);
    if (queue === undefined) return;
    let released = 0;
    while (released < queue.length && this.mayLeave(lane)) this.leave(lane, queue[released++], nowMs);
    this.waiting -= released;
    if (released === queue.length) this.queues.delete(lane);
    else queue.splice(0, released);
  }

  private hasOutcome(lane: number, number: number): boolean {
    const at = number - this.base[lane];
    return at < 0 || (this.done[lane] & (1 << at)) !== 0;
  }
}

interface Sent {
  lane: number;
  number: number;
  dueUs: number;
}

/** Sends in the order in which they left: a growing ring of numbers. */
class SendRing {
  size = 0;
  private first = 0;
  private words = new Uint32Array(3 * 1024);
  private atMs = new Float64Array(1024);
  private readonly shown: Sent = { lane: 0, number: 0, dueUs: 0 };

  push(lane: number, number: number, dueUs: number, nowMs: number): void {
    if (this.size === this.atMs.length) this.grow();
    const at = (this.first + this.size) & (this.atMs.length - 1);
    this.words[at * 3] = lane;
    this.words[at * 3 + 1] = number;
    this.words[at * 3 + 2] = dueUs;
    this.atMs[at] = nowMs;
    this.size++;
  }

  /** The oldest; valid until the next call. */
  head(): Readonly<Sent> {
    const { first, words, shown } = this;
    shown.lane = words[first * 3];
    shown.number = words[first * 3 + 1];
    shown.dueUs = words[first * 3 + 2];
    return shown;
  }

  headAtMs(): number {
    return this.atMs[this.first];
  }

  pop(): void {
    this.first = (this.first + 1) & (this.atMs.length - 1);
    this.size--;
  }

  private grow(): void {
    const { words, atMs, first, size } = this;
    this.words = new Uint32Array(size * 6);
    this.atMs = new Float64Array(size * 2);
    this.words.set(words.subarray(first * 3));
    this.words.set(words.subarray(0, first * 3), (size - first) * 3);
    this.atMs.set(atMs.subarray(first));
    this.atMs.set(atMs.subarray(0, first), size - first);
    this.first = 0;
  }
}
