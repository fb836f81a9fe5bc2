// Goal: the queue fires in a total order, the same one for the same seed, and its hash tells runs apart. Method: compare with a sorted list.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Purpose, RandomStream } from '../../sim/random.ts';
import { Scheduler, type Target } from '../../sim/scheduler.ts';

class Log implements Target {
  readonly traceId = 7;
  readonly fired: [us: number, number: number][] = [];
  readonly #scheduler: Scheduler;
  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler;
  }
  fire(_code: number, number: number): void {
    this.fired.push([this.#scheduler.nowUs, number]);
  }
}

function fireAll(seed: number, times: readonly number[]): { log: Log; scheduler: Scheduler } {
  const scheduler = new Scheduler(seed);
  const log = new Log(scheduler);
  for (const [index, us] of times.entries()) scheduler.schedule(us, log, 1, index);
  scheduler.run(Number.POSITIVE_INFINITY);
  return { log, scheduler };
}

describe('scheduler', () => {
  it('fires everything once, in the order of time', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(50), { maxLength: 3000 }), fc.nat(), (times, seed) => {
        const { log, scheduler } = fireAll(seed, times);
        expect(log.fired.map(([us]) => us)).toEqual([...times].sort((left, right) => left - right));
        expect(log.fired.map(([, number]) => number).sort((left, right) => left - right)).toEqual(times.map((_us, index) => index));
        expect(scheduler.pending).toBe(0);
      }),
      { numRuns: 50 },
    );
  });

  it('orders equal times by the seed, and the same way each time', () => {
    const times = Array.from({ length: 20 }, () => 5);
    const order = (seed: number): string =>
      fireAll(seed, times)
        .log.fired.map(([, number]) => number)
        .join();
    expect(order(1)).toBe(order(1));
    expect(order(1)).not.toBe(order(2));
  });

  it('lets no event go back in time', () => {
    const scheduler = new Scheduler(1);
    const log = new Log(scheduler);
    scheduler.run(100);
    scheduler.schedule(3, log, 1, 0);
    scheduler.run(200);
    expect(log.fired).toEqual([[100, 0]]);
    expect(scheduler.nowUs).toBe(200);
  });

  it('hashes what happened: time, target, code, number and payload bytes', () => {
    const hash = (us: number, code: number, number: number, payload: Uint8Array): string => {
      const scheduler = new Scheduler(1);
      scheduler.schedule(us, new Log(scheduler), code, number, payload);
      scheduler.run(1000);
      return scheduler.traceHash;
    };
    const base = hash(1, 1, 1, Uint8Array.of(1, 2));
    expect(hash(1, 1, 1, Uint8Array.of(1, 2))).toBe(base);
    const others = [
      hash(2, 1, 1, Uint8Array.of(1, 2)),
      hash(1, 2, 1, Uint8Array.of(1, 2)),
      hash(1, 1, 2, Uint8Array.of(1, 2)),
      hash(1, 1, 1, Uint8Array.of(1, 3)),
    ];
    expect(new Set([base, ...others]).size).toBe(5);
  });
});

describe('random streams', () => {
  it('depend on seed, purpose, entity and count alone', () => {
    const draws = (seed: number, purpose: Purpose, entity: number): number[] => {
      const stream = new RandomStream(seed, purpose, entity);
      return Array.from({ length: 5 }, () => stream.u32());
    };
    const base = draws(1, Purpose.store, 0);
    expect(draws(1, Purpose.store, 0)).toEqual(base);
    expect(draws(2, Purpose.store, 0)).not.toEqual(base);
    expect(draws(2 ** 40 + 1, Purpose.store, 0)).not.toEqual(base);
    expect(draws(1, Purpose.user, 0)).not.toEqual(base);
    expect(draws(1, Purpose.store, 1)).not.toEqual(base);
  });

  it('are even enough: bytes of a million draws pass a chi-square test', () => {
    const stream = new RandomStream(42, Purpose.network, 3);
    const counts = new Uint32Array(256);
    const draws = 256 * 1000;
    for (let index = 0; index < draws; index += 1) counts[stream.u32() & 255] += 1;
    const chi = counts.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0);
    // 255 degrees of freedom: 99.99 % lie below 347.
    expect(chi).toBeLessThan(347);
    expect(chi).toBeGreaterThan(170);
  });
});
