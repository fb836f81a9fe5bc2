/**
 * The place of the cache, as bad as a Redis may be: it forgets, keeps what was removed, answers late or not at all, and lies: with values of
 * before, values of other keys, damaged ones. All nodes share it, and it outlives them.
 *
 * Method: every command draws its fate when it arrives; writes and removals take effect after a time of their own, so in any order.
 */

import type { Seal } from '../core/store/cache/cache-port.ts';
import { sealBytes } from '../core/store/cache/cache-port.ts';
import { crc32 } from '../core/store/embedded/machines/crc32.ts';
import { Purpose, RandomStream } from './random.ts';
import type { Scheduler, Target } from './scheduler.ts';

/** How bad the cache is: part of the scenario. */
export interface CacheOptions {
  readonly latencyUsMax: number;
  /** Of 1,000 reads so many are answered with nothing, late. */
  readonly latePermille: number;
  readonly lateUs: number;
  /** Of 1,000 writes and removals so many are lost. */
  readonly losePermille: number;
  /** Of 1,000 values so many are lies. */
  readonly liePermille: number;
  /** Of 1,000 reads so many find it emptied. */
  readonly flushPermille: number;
}

type Value = Uint8Array | null;

interface Answer {
  readonly done: (values: readonly Value[]) => void;
  readonly values: readonly Value[];
}

interface Change {
  readonly key: string;
  /** null: removed. */
  readonly value: Value;
}

const Code = { answer: 1, change: 2 } as const;
/** Earlier values of a key that a lie may bring back. */
const keptMax = 8;

export class CacheModel implements Target {
  readonly traceId = 6;
  options: CacheOptions;
  readonly #scheduler: Scheduler;
  readonly #random: RandomStream;
  readonly #values = new Map<string, Uint8Array>();
  readonly #earlier = new Map<string, Uint8Array[]>();

  constructor(seed: number, scheduler: Scheduler, options: CacheOptions) {
    this.options = options;
    this.#scheduler = scheduler;
    this.#random = new RandomStream(seed, Purpose.cache, 1);
  }

  read(keys: readonly string[], done: (values: readonly Value[]) => void): void {
    const random = this.#random.at(this.#scheduler.nowUs);
    const { latePermille, lateUs, flushPermille } = this.options;
    if (random.permille(flushPermille)) this.#values.clear();
    const isLate = random.permille(latePermille);
    const values = isLate ? [] : keys.map((key) => this.#valueOf(key, random));
    this.#later({ done, values } satisfies Answer, Code.answer, isLate ? lateUs : this.#latencyUs(random));
  }

  write(key: string, value: Uint8Array): void {
    this.#change({ key, value: value.slice() });
  }

  remove(keys: readonly string[]): void {
    for (const key of keys) this.#change({ key, value: null });
  }

  fire(code: number, _number: number, payload: unknown): void {
    if (code === Code.answer) {
      const { done, values } = payload as Answer;
      done(values);
      return;
    }
    const { key, value } = payload as Change;
    if (value === null) {
      this.#values.delete(key);
      return;
    }
    this.#values.set(key, value);
    this.#earlier.set(key, [...(this.#earlier.get(key) ?? []), value].slice(-keptMax));
  }

  #change(change: Change): void {
    const random = this.#random.at(this.#scheduler.nowUs);
    if (random.permille(this.options.losePermille)) return;
    this.#later(change, Code.change, this.#latencyUs(random));
  }

  #later(payload: Answer | Change, code: number, us: number): void {
    this.#scheduler.schedule(this.#scheduler.nowUs + us, this, code, 0, payload);
  }

  #valueOf(key: string, random: RandomStream): Value {
    const value = this.#values.get(key) ?? null;
    if (!random.permille(this.options.liePermille)) return value;
    const earlier = this.#earlier.get(key) ?? [];
    const others = [...this.#values.values()];
    switch (random.below(4)) {
      case 0:
        return earlier.length === 0 ? null : random.pick(earlier);
      case 1:
        return others.length === 0 ? null : random.pick(others);
      case 2:
        return value === null ? Uint8Array.of(random.u32() & 255) : value.slice(0, random.below(value.length));
      default:
        return value === null ? null : flipped(value, random.below(value.length * 8));
    }
  }

  #latencyUs(random: RandomStream): number {
    return random.between(1, this.options.latencyUsMax);
  }
}

/** A cache that answers and forgets nothing. */
export function calmCache(options: CacheOptions): CacheOptions {
  return { ...options, latePermille: 0, losePermille: 0, liePermille: 0, flushPermille: 0 };
}

/** What a world without malice needs of a seal: damage and other keys show. */
export const simSeal: Seal = (key, body) => {
  const letters = Uint8Array.from(key, (letter) => letter.charCodeAt(0));
  const sum = crc32(body, 0, body.length, crc32(letters, 0, letters.length, 0));
  const seal = new Uint8Array(sealBytes);
  new DataView(seal.buffer).setUint32(0, sum);
  return seal;
};

function flipped(value: Uint8Array, bit: number): Uint8Array {
  const copy = value.slice();
  copy[bit >>> 3] ^= 1 << (bit & 7);
  return copy;
}
