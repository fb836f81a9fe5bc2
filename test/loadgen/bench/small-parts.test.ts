// Goal: the benchmark's small parts: numbers in a body, slopes, figures of a process.
import { expect, it } from 'vitest';
import { numberInBody, writeNumbersInBody } from '../../../loadgen/bench/body.ts';
import { coreBusyUs, cpuTimes, rssBytes } from '../../../loadgen/bench/process-figures.ts';
import { slope, slopePerStep } from '../../../loadgen/bench/slope.ts';

it.each([
  [0, 1],
  [399_999, 0xffff_ffff],
  [0xdead_beef, 77],
])('lane %d and number %d in a body', (lane, number) => {
  const body = new Uint8Array(100).fill(0x2e);
  writeNumbersInBody(body, lane, number);
  expect(numberInBody(body, lane)).toBe(number);
  expect(numberInBody(body, lane + 1)).toBe(-1);
  body[9] = 0x2e;
  expect(numberInBody(body, lane)).toBe(-1);
  expect(numberInBody(new Uint8Array(15), lane)).toBe(-1);
});

it('slopes', () => {
  expect(slopePerStep([5, 7, 9, 11])).toBeCloseTo(2);
  expect(
    slope([
      [5_000, 10],
      [18_000, 13_010],
    ]),
  ).toBeCloseTo(1);
  expect(slopePerStep([3])).toBe(0);
});

it('CPU and memory of this process', () => {
  const before = cpuTimes(process.pid);
  const end = performance.now() + 200;
  let sum = 0;
  while (performance.now() < end) sum += Math.sqrt(sum + 1);
  const after = cpuTimes(process.pid);
  expect(sum).toBeGreaterThan(0);
  expect(after.mainUs).toBeGreaterThan(before.mainUs);
  expect(after.totalUs).toBeGreaterThanOrEqual(after.mainUs);
  expect(rssBytes(process.pid)).toBeGreaterThan(20 * 1024 * 1024);
  expect(rssBytes(2 ** 22 + 1)).toBe(0);
  expect(coreBusyUs(0)).toBeGreaterThan(0);
});
