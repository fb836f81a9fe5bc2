/**
 * The one event queue of a run: virtual time in whole microseconds, a total order (time, tie-break, sequence), and a rolling hash of
 * everything that happened.
 *
 * Method: a 4-ary heap of slot numbers over typed arrays; an event is (time, target, code, number, payload), fired on its target. Races at
 * one instant are explored by a tie-break hashed from (seed, target, code, number, instant): an event that is left out changes no other one's place.
 * Whoever needs two events in order gives them different times.
 */
import { mix, Purpose, RandomStream } from './random.ts';

export interface Target {
  /** Part of the trace hash: the same entity has the same number in every run. */
  readonly traceId: number;
  fire(code: number, number: number, payload: unknown): void;
}

const slotsStart = 1024;
/** Payload bytes that go into the trace hash in full; of longer ones the first so many. */
const hashedBytesMax = 512;

export class Scheduler {
  nowUs = 0;
  /** Events fired. */
  fired = 0;
  /** Called with every event before it is fired; for traces that people read. */
  onFire: ((us: number, target: Target, code: number, number: number, payload: unknown) => void) | undefined;
  readonly #order: number;
  #times = new Float64Array(slotsStart);
  #ties = new Uint32Array(slotsStart);
  #sequences = new Float64Array(slotsStart);
  #codes = new Int32Array(slotsStart);
  #numbers = new Float64Array(slotsStart);
  readonly #targets: (Target | undefined)[] = [];
  readonly #payloads: unknown[] = [];
  readonly #free: number[] = [];
  #slots = 0;
  #heap = new Int32Array(slotsStart);
  #size = 0;
  #sequence = 0;
  #hashA = 0x811c9dc5 | 0;
  #hashB = 0x2545f491 | 0;

  constructor(seed: number) {
    this.#order = new RandomStream(seed, Purpose.order, 0).u32();
  }

  get pending(): number {
    return this.#size;
  }

  /** Time of the next event; Infinity: none. */
  get nextUs(): number {
    return this.#size === 0 ? Number.POSITIVE_INFINITY : this.#times[this.#heap[0]];
  }

  /** 64 bits over the run so far, as 16 hexadecimal digits. */
  get traceHash(): string {
    return (this.#hashA >>> 0).toString(16).padStart(8, '0') + (this.#hashB >>> 0).toString(16).padStart(8, '0');
  }

  schedule(atUs: number, target: Target, code: number, number = 0, payload: unknown = undefined): void {
    const slot = this.#takeSlot();
    const us = atUs > this.nowUs ? atUs : this.nowUs;
    this.#times[slot] = us;
    this.#ties[slot] = mix(
      this.#order ^ Math.imul(target.traceId, 0x9e3779b1),
      us + Math.imul(code, 0x85ebca77) + Math.imul(number, 0xc2b2ae3d),
    );
    this.#sequences[slot] = this.#sequence;
    this.#sequence += 1;
    this.#codes[slot] = code;
    this.#numbers[slot] = number;
    this.#targets[slot] = target;
    this.#payloads[slot] = payload;
    this.#push(slot);
  }

  /** Fires every event up to and with `untilUs`, or until `stop` says so; then the time is `untilUs`. */
  run(untilUs: number, stop: () => boolean = never): void {
    while (this.#size > 0 && this.#times[this.#heap[0]] <= untilUs) {
      this.#fireNext();
      if (stop()) return;
    }
    if (untilUs > this.nowUs && Number.isFinite(untilUs)) this.nowUs = untilUs;
  }

  /** Adds something that is not an event (a final state) to the trace hash. */
  note(word: number): void {
    this.#hashA = mix(this.#hashA, word);
    this.#hashB = mix(this.#hashB ^ word, 0x9e3779b9);
  }

  #fireNext(): void {
    const slot = this.#pop();
    const target = this.#targets[slot] as Target;
    const payload = this.#payloads[slot];
    const code = this.#codes[slot];
    const number = this.#numbers[slot];
    this.nowUs = this.#times[slot];
    this.#targets[slot] = undefined;
    this.#payloads[slot] = undefined;
    this.#free.push(slot);
    this.fired += 1;
    this.#hash(target.traceId, code, number, payload);
    this.onFire?.(this.nowUs, target, code, number, payload);
    target.fire(code, number, payload);
  }

  #hash(traceId: number, code: number, number: number, payload: unknown): void {
    let hash = mix(
      mix(this.#hashA, this.nowUs | 0),
      Math.imul(traceId, 0x9e3779b1) + Math.imul(code, 0x85ebca77) + Math.imul(number, 0xc2b2ae3d),
    );
    if (payload instanceof Uint8Array) {
      const end = payload.length < hashedBytesMax ? payload.length : hashedBytesMax;
      let word = payload.length;
      for (let at = 0; at < end; at += 1) word = Math.imul(word ^ payload[at], 0x01000193);
      hash = mix(hash, word);
    }
    this.#hashA = hash;
    this.#hashB = (Math.imul(this.#hashB, 0x01000193) + hash) | 0;
  }

  #takeSlot(): number {
    const slot = this.#free.pop();
    if (slot !== undefined) return slot;
    if (this.#slots === this.#times.length) this.#grow();
    this.#slots += 1;
    return this.#slots - 1;
  }

  #grow(): void {
    const size = this.#times.length * 2;
    this.#times = grown(this.#times, new Float64Array(size));
    this.#ties = grown(this.#ties, new Uint32Array(size));
    this.#sequences = grown(this.#sequences, new Float64Array(size));
    this.#codes = grown(this.#codes, new Int32Array(size));
    this.#numbers = grown(this.#numbers, new Float64Array(size));
    this.#heap = grown(this.#heap, new Int32Array(size));
  }

  #isBefore(left: number, right: number): boolean {
    const leftTime = this.#times[left];
    const rightTime = this.#times[right];
    if (leftTime !== rightTime) return leftTime < rightTime;
    const leftTie = this.#ties[left];
    const rightTie = this.#ties[right];
    if (leftTie !== rightTie) return leftTie < rightTie;
    return this.#sequences[left] < this.#sequences[right];
  }

  #push(slot: number): void {
    const heap = this.#heap;
    let at = this.#size;
    this.#size += 1;
    while (at > 0) {
      const parent = (at - 1) >> 2;
      if (!this.#isBefore(slot, heap[parent])) break;
      heap[at] = heap[parent];
      at = parent;
    }
    heap[at] = slot;
  }

  #pop(): number {
    const heap = this.#heap;
    const top = heap[0];
    this.#size -= 1;
    const last = heap[this.#size];
    const size = this.#size;
    let at = 0;
    for (;;) {
      const first = (at << 2) + 1;
      if (first >= size) break;
      let least = first;
      const end = first + 4 < size ? first + 4 : size;
      for (let child = first + 1; child < end; child += 1) {
        if (this.#isBefore(heap[child], heap[least])) least = child;
      }
      if (!this.#isBefore(heap[least], last)) break;
      heap[at] = heap[least];
      at = least;
    }
    heap[at] = last;
    return top;
  }
}

function never(): boolean {
  return false;
}

function grown<List extends Float64Array | Uint32Array | Int32Array>(from: List, to: List): List {
  to.set(from);
  return to;
}
