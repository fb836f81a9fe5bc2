// Goal: the search comes close to the highest rate that holds, from wherever it begins.
import { expect, it } from 'vitest';
import { searchHighest } from '../../../loadgen/bench/search.ts';

async function search(limit: number, first: number): Promise<{ best: number; tried: number[] }> {
  const tried: number[] = [];
  const best = await searchHighest({
    first,
    attemptsMax: 20,
    holds: async (rate) => {
      tried.push(rate);
      return rate <= limit;
    },
  });
  return { best, tried };
}

it.each([
  [21_700, 12_000],
  [14_500, 14_000],
  [12_000, 12_000],
  [3_000, 12_000],
  [100_000, 12_000],
  [333, 500],
])('a limit of %d from %d', async (limit, first) => {
  const { best, tried } = await search(limit, first);
  expect(best).toBeLessThanOrEqual(limit);
  expect(best).toBeGreaterThan(limit / 1.05);
  expect(new Set(tried).size).toBe(tried.length);
  expect(tried.length).toBeLessThanOrEqual(14);
});

it('ends when nothing holds, and after so many runs', async () => {
  expect((await search(0, 12_000)).best).toBe(0);
  let runs = 0;
  const holds = async (): Promise<boolean> => ++runs > 0;
  await searchHighest({ first: 1_000, attemptsMax: 4, holds });
  expect(runs).toBe(4);
});
