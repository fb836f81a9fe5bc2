// Goal: the timetable is the same for a seed, has the rate it was given, and uses every lane.
import { expect, it } from 'vitest';
import { Timetable } from '../../../loadgen/bench/timetable.ts';

interface Planned {
  readonly dueUs: number;
  readonly lane: number;
}

function take(seed: number, rate: number, lanes: number, count: number): Planned[] {
  const timetable = new Timetable(seed, rate, lanes);
  return Array.from({ length: count }, () => {
    const planned = { dueUs: timetable.dueUs, lane: timetable.lane() };
    timetable.advance();
    return planned;
  });
}

it('is the same for a seed, and another one for another', () => {
  expect(take(7, 1_000, 50, 500)).toEqual(take(7, 1_000, 50, 500));
  expect(take(7, 1_000, 50, 500)).not.toEqual(take(8, 1_000, 50, 500));
});

it.each([10, 12_000, 100_000])('has %d messages a second', (rate) => {
  const planned = take(1, rate, 50, 100_000);
  const seconds = planned[planned.length - 1].dueUs / 1_000_000;
  expect(planned.length / seconds / rate).toBeGreaterThan(0.98);
  expect(planned.length / seconds / rate).toBeLessThan(1.02);
});

it('never goes back, and its gaps are those of independent people', () => {
  const planned = take(1, 1_000, 50, 50_000);
  const gaps = planned.slice(1).map(({ dueUs }, index) => dueUs - planned[index].dueUs);
  expect(Math.min(...gaps)).toBeGreaterThanOrEqual(0);
  // Exponential: the standard deviation is the mean, a share 1/e is longer.
  expect(gaps.filter((gap) => gap > 1_000).length / gaps.length).toBeCloseTo(Math.exp(-1), 1);
});

it('uses all lanes alike', () => {
  const counts = new Array<number>(100).fill(0);
  for (const { lane } of take(3, 1_000, 100, 100_000)) counts[lane]++;
  expect(Math.min(...counts)).toBeGreaterThan(800);
  expect(Math.max(...counts)).toBeLessThan(1_200);
});
