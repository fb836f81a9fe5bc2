// A message that keeps coming is told now and then, and nothing else is held back.
import { expect, it } from 'vitest';
import { withoutRepeats } from '../../../core/host/without-repeats.ts';

it('tells at once, then each half minute with the number of those held back', () => {
  let nowMs = 0;
  const told: [string, number][] = [];
  const report = withoutRepeats(
    (what, repeated) => told.push([what, repeated]),
    () => nowMs,
  );
  for (; nowMs < 61_000; nowMs += 500) report(`journal-${nowMs} cannot be made`);
  report('another thing');
  expect(told).toEqual([
    ['journal-0 cannot be made', 0],
    ['journal-30000 cannot be made', 59],
    ['journal-60000 cannot be made', 59],
    ['another thing', 0],
  ]);
});
