/**
 * Keyed random streams: a draw depends only on (seed, purpose, entity, how many draws this entity made for this purpose), so that
 * taking one event out of a scenario does not change the draws of all others (shrinking needs that).
 *
 * Method: a counter hashed with a 64-bit key by 32-bit integer mixing; no floats, no state but the counter. Within a run the counter begins
 * anew at each instant (`at`): what an entity draws at its instant depends on nothing that it did before.
 */

/** What a stream is for. The number is part of every draw: never renumber, add at the end. */
export const Purpose = {
  swarm: 1,
  workload: 2,
  faults: 3,
  order: 4,
  network: 5,
  store: 6,
  node: 7,
  user: 8,
  ids: 9,
  text: 10,
  users: 11,
  sendIds: 12,
  peers: 13,
  cluster: 14,
  cache: 15,
  joins: 16,
  inUse: 17,
} as const;
export type Purpose = (typeof Purpose)[keyof typeof Purpose];

const twoTo32 = 0x1_0000_0000;
const twoTo21 = 0x20_0000;

export class RandomStream {
  readonly #keyHigh: number;
  readonly #keyLow: number;
  #counter = 0;
  #atUs = -1;

  constructor(seed: number, purpose: Purpose, entity: number) {
    const low = mix(mix(mix(0x9e3779b9, seed >>> 0), Math.floor(seed / twoTo32) >>> 0), purpose);
    this.#keyLow = mix(low, entity >>> 0);
    this.#keyHigh = mix(mix(low ^ 0x5bd1e995, entity >>> 0), Math.floor(entity / twoTo32) >>> 0);
  }

  /** This stream at an instant: the draws that follow depend on it and on how many were made at it. */
  at(us: number): this {
    if (us === this.#atUs) return this;
    this.#atUs = us;
    this.#counter = mix(us | 0, (us / twoTo32) | 0);
    return this;
  }

  /** 32 random bits. */
  u32(): number {
    this.#counter = (this.#counter + 1) | 0;
    return mix(mix(this.#keyLow, this.#counter) ^ this.#keyHigh, 0x85ebca77) >>> 0;
  }

  /** 0 … bound - 1. The bias of the modulus is of no matter below 2^20. */
  below(bound: number): number {
    return this.u32() % bound;
  }

  /** from … to, both included. */
  between(from: number, to: number): number {
    return from + this.below(to - from + 1);
  }

  /** True in `percent` of 1,000 draws. */
  permille(chance: number): boolean {
    return this.u32() % 1000 < chance;
  }

  /** An id: 1 … 2^53 - 1. */
  id53(): number {
    return (this.u32() % twoTo21) * twoTo32 + this.u32() || 1;
  }

  pick<Item>(items: readonly Item[]): Item {
    return items[this.below(items.length)];
  }
}

/** Mixes a word into a hash. */
export function mix(hash: number, word: number): number {
  let mixed = Math.imul(hash ^ word, 0xcc9e2d51);
  mixed ^= mixed >>> 15;
  mixed = Math.imul(mixed, 0x85ebca6b) + 0x1b873593;
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}
