/** Confidence intervals over slots hold the truth about as often as they say. */
import { expect, test } from 'vitest';
import { ratioInterval } from '../../../sim/day/interval.ts';
import { RandomStream } from '../../../sim/random.ts';

test('95 of 100 intervals of eight slots hold the ratio they were drawn from', () => {
  const random = new RandomStream(1, 1, 0);
  let holds = 0;
  const samples = 1_000;
  for (let sample = 0; sample < samples; sample += 1) {
    const messages = Array.from({ length: 8 }, () => 900 + random.below(201));
    // Three a message, and the sum of four dice for each hundred messages.
    const amounts = messages.map((count) => 3 * count + [0, 0, 0, 0].reduce((sum) => sum + random.below(101) - 50, 0));
    const { low, high } = ratioInterval(amounts, messages);
    if (low <= 3 && 3 <= high) holds += 1;
  }
  expect(holds / samples).toBeGreaterThan(0.93);
  expect(holds / samples).toBeLessThan(0.97);
});

test('slots that are alike leave no doubt', () => {
  expect(ratioInterval([20, 40, 60], [10, 20, 30])).toEqual({ mean: 2, low: 2, high: 2 });
});
