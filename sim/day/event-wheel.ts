/**
 * The event queue of a day: a timing wheel of three levels over typed arrays. Its order is total: (tick, order of scheduling).
 *
 * Method: an event is a code and three whole numbers in parallel arrays; buckets are first-in-first-out lists of event numbers. Level 0 has
 * a bucket a tick, levels 1 and 2 one for 4096 ticks of the level below. What lies further off cascades down when its time comes near, always
 * before anything can be scheduled there directly, so that the order of scheduling survives.
 */

const levelBits = 12;
const levelBuckets = 1 << levelBits;
const levelMask = levelBuckets - 1;
const eventsStart = 1 << 12;
const none = -1;

/** Takes an event that is due. */
export type Fire = (code: number, first: number, second: number, third: number) => void;

export class EventWheel {
  /** The present tick. */
  now = 0;
  /** Events scheduled and not yet fired; the most there were at once. */
  pending = 0;
  pendingMax = 0;
  #next = new Int32Array(eventsStart);
  #ticks = new Uint32Array(eventsStart);
  #codes = new Uint8Array(eventsStart);
  #firsts = new Int32Array(eventsStart);
  #seconds = new Int32Array(eventsStart);
  #thirds = new Int32Array(eventsStart);
  #used = 0;
  #free = none;
  readonly #heads = [0, 1, 2].map(() => new Int32Array(levelBuckets).fill(none));
  /** A bit a bucket of level 0: it holds something. */
  readonly #filled = new Int32Array(levelBuckets >>> 5);
  readonly #tails = [0, 1, 2].map(() => new Int32Array(levelBuckets).fill(none));

  /** Bytes of the arrays. */
  get bytes(): number {
    return this.#next.length * 21 + 6 * levelBuckets * 4;
  }

  /** An event at `tick`, at the earliest in the next one: 2^32 ticks from the beginning are as far as it goes. */
  schedule(tick: number, code: number, first: number, second: number, third: number): void {
    let event = this.#free;
    if (event === none) {
      if (this.#used === this.#next.length) this.#grow();
      event = this.#used;
      this.#used += 1;
    } else {
      this.#free = this.#next[event];
    }
    const at = tick > this.now ? tick : this.now + 1;
    this.#ticks[event] = at;
    this.#codes[event] = code;
    this.#firsts[event] = first;
    this.#seconds[event] = second;
    this.#thirds[event] = third;
    this.#place(event, at);
    this.pending += 1;
    if (this.pending > this.pendingMax) this.pendingMax = this.pending;
  }

  /** Goes on to the next tick at which something is due, at most to `end`; false: nothing is due there. */
  advance(end: number): boolean {
    while (this.now < end) {
      const windowEnd = (this.now | levelMask) >>> 0;
      const last = windowEnd < end ? windowEnd : end;
      const found = this.#nextFilled((this.now & levelMask) + 1, last & levelMask);
      if (found >= 0) {
        this.now = (this.now & ~levelMask) + found;
        return true;
      }
      this.now = last;
      if (last === end) return false;
      this.now = windowEnd + 1;
      this.#cascade(this.now);
      if (this.#heads[0][0] !== none) return true;
    }
    return false;
  }

  /** Fires what is due now, in order. */
  fire(fire: Fire): void {
    const bucket = this.now & levelMask;
    const heads = this.#heads[0];
    let event = heads[bucket];
    heads[bucket] = none;
    this.#filled[bucket >>> 5] &= ~(1 << (bucket & 31));
    while (event !== none) {
      const next = this.#next[event];
      const code = this.#codes[event];
      const first = this.#firsts[event];
      const second = this.#seconds[event];
      const third = this.#thirds[event];
      this.#next[event] = this.#free;
      this.#free = event;
      this.pending -= 1;
      fire(code, first, second, third);
      event = next;
    }
  }

  /** The first bucket of level 0 in [from, to] that holds something; -1: none. */
  #nextFilled(from: number, to: number): number {
    if (from > to) return -1;
    const filled = this.#filled;
    let word = from >>> 5;
    let bits = filled[word] & (-1 << (from & 31));
    const lastWord = to >>> 5;
    while (bits === 0) {
      word += 1;
      if (word > lastWord) return -1;
      bits = filled[word];
    }
    const found = (word << 5) + 31 - Math.clz32(bits & -bits);
    return found <= to ? found : -1;
  }

  #place(event: number, tick: number): void {
    const level0 = tick >>> levelBits;
    const now0 = this.now >>> levelBits;
    if (level0 === now0) this.#append(0, tick & levelMask, event);
    else if (level0 >>> levelBits === now0 >>> levelBits) this.#append(1, level0 & levelMask, event);
    else this.#append(2, level0 >>> levelBits, event);
  }

  #append(level: number, bucket: number, event: number): void {
    const heads = this.#heads[level];
    const tails = this.#tails[level];
    this.#next[event] = none;
    if (heads[bucket] === none) heads[bucket] = event;
    else this.#next[tails[bucket]] = event;
    tails[bucket] = event;
    if (level === 0) this.#filled[bucket >>> 5] |= 1 << (bucket & 31);
  }

  #cascade(now: number): void {
    const number = now >>> levelBits;
    if ((number & levelMask) === 0) this.#pour(2, number >>> levelBits);
    this.#pour(1, number & levelMask);
  }

  #pour(level: number, bucket: number): void {
    const heads = this.#heads[level];
    let event = heads[bucket];
    heads[bucket] = none;
    while (event !== none) {
      const next = this.#next[event];
      this.#place(event, this.#ticks[event]);
      event = next;
    }
  }

  #grow(): void {
    const size = this.#next.length * 2;
    this.#next = grown(this.#next, new Int32Array(size));
    this.#ticks = grown(this.#ticks, new Uint32Array(size));
    this.#codes = grown(this.#codes, new Uint8Array(size));
    this.#firsts = grown(this.#firsts, new Int32Array(size));
    this.#seconds = grown(this.#seconds, new Int32Array(size));
    this.#thirds = grown(this.#thirds, new Int32Array(size));
  }
}

function grown<Items extends { set(from: Items): void }>(from: Items, to: Items): Items {
  to.set(from);
  return to;
}
