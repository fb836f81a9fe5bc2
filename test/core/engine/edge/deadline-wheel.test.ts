/** The timing wheel: every item is visited once, never early and at most a grain late, and the wake is never after it. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DeadlineWheel, type WheelItem } from '../../../../core/engine/edge/deadline-wheel.ts';

const grainMs = 250;
const buckets = 16;
/** An instant of these years: its number of grains has 33 bits. */
const startMs = 1_767_225_600_123;

interface Timed extends WheelItem<Timed> {
  readonly atMs: number;
  visitedMs: number;
}

function timed(atMs: number): Timed {
  return { atMs, visitedMs: 0, wheelNext: null, wheelPrevious: null, wheelBucket: -1 };
}

test('who follows the wakes visits every item within a grain of its instant', () => {
  const delays = fc.array(fc.integer({ min: 0, max: 3 * grainMs * buckets }), { minLength: 1, maxLength: 40 });
  fc.assert(
    fc.property(delays, (delaysMs) => {
      let nowMs = startMs;
      const wheel: DeadlineWheel<Timed> = new DeadlineWheel(grainMs, buckets, (item) => {
        if (item.atMs > nowMs) wheel.schedule(item, item.atMs, nowMs);
        else item.visitedMs = nowMs;
      });
      const items = delaysMs.map((delayMs) => timed(startMs + delayMs));
      for (const item of items) wheel.schedule(item, item.atMs, nowMs);
      for (let wakes = 0; wheel.nextWakeMs() < Number.POSITIVE_INFINITY; wakes += 1) {
        expect(wakes).toBeLessThan(100 * buckets);
        nowMs = Math.max(nowMs, wheel.nextWakeMs());
        wheel.advance(nowMs);
      }
      for (const { atMs, visitedMs } of items) {
        expect(visitedMs).toBeGreaterThanOrEqual(atMs);
        // An item that is due already waits for the next grain.
        expect(visitedMs - atMs).toBeLessThanOrEqual(grainMs);
      }
    }),
  );
});
