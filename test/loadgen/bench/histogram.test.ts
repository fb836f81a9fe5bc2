// Goal: quantiles of the benchmark's histogram are right to a bucket's width, whatever was counted.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Histogram } from '../../../loadgen/bench/histogram.ts';

it('gives the quantiles of what was counted, at most 1/128 too high', () => {
  const latencies = fc.array(fc.oneof(fc.nat(300), fc.nat(100_000), fc.nat(2 ** 31 - 1)), { minLength: 1, maxLength: 200 });
  fc.assert(
    fc.property(latencies, fc.constantFrom(0.01, 0.5, 0.99, 1), (values, share) => {
      const histogram = new Histogram();
      for (const value of values) histogram.record(value);
      const sorted = [...values].sort((one, other) => one - other);
      const exact = sorted[Math.ceil(share * sorted.length) - 1];
      const found = histogram.quantile(share);
      expect(found).toBeGreaterThanOrEqual(exact);
      expect(found).toBeLessThanOrEqual(exact + exact / 128);
      expect(histogram.max).toBe(sorted[sorted.length - 1]);
    }),
  );
});

it('counts what lies outside at its ends', () => {
  const histogram = new Histogram();
  histogram.record(-5);
  expect(histogram.quantile(1)).toBe(0);
  histogram.record(2 ** 40);
  expect(histogram.quantile(1)).toBe(2 ** 31 - 1);
});

it('says 0 of nothing, also after a reset', () => {
  const histogram = new Histogram();
  expect(histogram.quantile(0.99)).toBe(0);
  histogram.record(77);
  histogram.reset();
  expect([histogram.count, histogram.max, histogram.quantile(0.5)]).toEqual([0, 0, 0]);
});
