/**
 * Numbers pairs of ids: (a, b) has a small number as long as it is in, under which its owner keeps what belongs to it in columns.
 *
 * Method: open addressing over typed arrays, linear probing, at most two thirds full; deletion shifts the followers back. The built-in Map would
 * need a string or a nested map a pair; with 200,000 pairs that is memory, work for the garbage collector, and time on the path of every message.
 */
import { grownFloats } from './columns.ts';

export class PairIndex {
  /** A pair's number plus one; 0: an empty place. */
  private places = new Int32Array(64);
  private mask = 63;
  private firsts = new Float64Array(32);
  private seconds = new Float64Array(32);
  private readonly freeNumbers: number[] = [];
  private numbersUsed = 0;
  private hand = 0;

  get size(): number {
    return this.numbersUsed - this.freeNumbers.length;
  }

  /** @returns the pair's number; -1: it is not in */
  find(a: number, b: number): number {
    const { places, firsts, seconds, mask } = this;
    for (let at = this.home(a, b); places[at] !== 0; at = (at + 1) & mask) {
      const number = places[at] - 1;
      if (firsts[number] === a && seconds[number] === b) return number;
    }
    return -1;
  }

  /** Enters a pair that is not in. */
  add(a: number, b: number): number {
    if ((this.size + 1) * 3 > this.places.length * 2) this.growPlaces();
    const number = this.freeNumbers.pop() ?? this.numbersUsed++;
    this.firsts = grownFloats(this.firsts, number);
    this.seconds = grownFloats(this.seconds, number);
    this.firsts[number] = a;
    this.seconds[number] = b;
    this.place(number);
    return number;
  }

  /** The number may be given to another pair afterwards. */
  delete(number: number): void {
    const { places, mask } = this;
    let hole = this.homeOf(number);
    while (places[hole] !== number + 1) hole = (hole + 1) & mask;
    places[hole] = 0;
    this.freeNumbers.push(number);
    // Followers of the probe chain that would not be found behind the hole move into it.
    for (let at = (hole + 1) & mask; places[at] !== 0; at = (at + 1) & mask) {
      const home = this.homeOf(places[at] - 1);
      if (((at - home) & mask) < ((at - hole) & mask)) continue;
      places[hole] = places[at];
      places[at] = 0;
      hole = at;
    }
  }

  a(number: number): number {
    return this.firsts[number];
  }

  b(number: number): number {
    return this.seconds[number];
  }

  /** The next number of a clock hand that goes round and round; -1: an empty place. */
  advanceHand(): number {
    this.hand = (this.hand + 1) & this.mask;
    return this.places[this.hand] - 1;
  }

  numbers(): number[] {
    const found: number[] = [];
    for (const place of this.places) if (place !== 0) found.push(place - 1);
    return found;
  }

  private home(a: number, b: number): number {
    let hash = Math.imul((a % 0x1_0000_0000) | 0, 0x9e3779b1) ^ Math.imul((a / 0x1_0000_0000) | 0, 0x85ebca6b);
    hash =
      Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d) ^
      Math.imul((b % 0x1_0000_0000) | 0, 0xc2b2ae35) ^
      Math.imul((b / 0x1_0000_0000) | 0, 0x27d4eb2f);
    hash = Math.imul(hash ^ (hash >>> 13), 0x297a2d39);
    return (hash ^ (hash >>> 16)) & this.mask;
  }

  private homeOf(number: number): number {
    return this.home(this.firsts[number], this.seconds[number]);
  }

  private place(number: number): void {
    let at = this.homeOf(number);
    while (this.places[at] !== 0) at = (at + 1) & this.mask;
    this.places[at] = number + 1;
  }

  private growPlaces(): void {
    const old = this.places;
    this.places = new Int32Array(2 * old.length);
    this.mask = this.places.length - 1;
    for (const place of old) if (place !== 0) this.place(place - 1);
  }
}
