/** Random numbers of a day: one stream a seed and purpose, in the order of the events, which is the same in every run. */
import { mix } from '../random.ts';

export class Draws {
  readonly #key: number;
  #counter = 0;

  constructor(seed: number, purpose: number) {
    this.#key = mix(mix(0x64726177, seed), purpose);
  }

  u32(): number {
    this.#counter = (this.#counter + 1) | 0;
    return mix(mix(this.#key, this.#counter), 0x85ebca77) >>> 0;
  }

  below(bound: number): number {
    return Math.floor((this.u32() / 0x1_0000_0000) * bound);
  }

  between(from: number, to: number): number {
    return from + this.below(to - from + 1);
  }

  permille(chance: number): boolean {
    return this.below(1000) < chance;
  }
}
