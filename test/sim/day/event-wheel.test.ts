/** The queue of a day fires in the order of (tick, scheduling), at any distance, and misses nothing. */
import { expect, test } from 'vitest';
import { EventWheel } from '../../../sim/day/event-wheel.ts';
import { RandomStream } from '../../../sim/random.ts';

test('events fire in the order of time and of scheduling, also when they schedule others', () => {
  const wheel = new EventWheel();
  const random = new RandomStream(1, 1, 0);
  const expected: { tick: number; number: number }[] = [];
  const fired: { tick: number; number: number }[] = [];
  let number = 0;
  const distances = [1, 3, 100, 4_095, 4_096, 4_097, 70_000, 16_777_216, 40_000_000];
  const schedule = (): void => {
    const tick = wheel.now + 1 + random.below(random.pick(distances));
    wheel.schedule(tick, 7, number, 0, 0);
    expected.push({ tick, number });
    number += 1;
  };
  for (let count = 0; count < 500; count += 1) schedule();
  while (wheel.advance(120_000_000)) {
    wheel.fire((code, first) => {
      expect(code).toBe(7);
      fired.push({ tick: wheel.now, number: first });
      for (let count = random.below(3); count > 0 && number < 20_000; count -= 1) schedule();
    });
  }
  expected.sort((left, right) => left.tick - right.tick || left.number - right.number);
  expect(fired.length).toBeGreaterThan(500);
  expect(fired).toEqual(expected.slice(0, fired.length));
  expect(wheel.pending).toBe(expected.length - fired.length);
  expect(wheel.now).toBe(120_000_000);
});
