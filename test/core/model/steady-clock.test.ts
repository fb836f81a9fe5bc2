// Goal: the machines' clock never goes back and never leaps, follows the system's clock in the end, and keeps intervals true to 5 %.
// Method: random steps of both clocks against these three statements.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SteadyClock } from '../../../core/model/steady-clock.ts';

const start = 1_790_000_000_000;

describe('steady clock', () => {
  it('keeps intervals true to 5 %, whatever is done to the system clock', () => {
    const step = fc.record({
      passedMs: fc.nat(5_000),
      setMs: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, fc.integer({ min: -50_000, max: 50_000 })),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 50 }), (steps) => {
        const clock = new SteadyClock();
        let monotonicMs = 7;
        let offMs = 0;
        let before = clock.read(monotonicMs, start + monotonicMs);
        for (const { passedMs, setMs } of steps) {
          monotonicMs += passedMs;
          offMs = Math.max(-29_000, Math.min(29_000, offMs + setMs));
          const now = clock.read(monotonicMs, start + monotonicMs + offMs);
          expect(now - before).toBeGreaterThanOrEqual(Math.floor(passedMs * 0.95) - 1);
          expect(now - before).toBeLessThanOrEqual(Math.ceil(passedMs * 1.05) + 1);
          before = now;
        }
        // It is right again in the end.
        monotonicMs += 30 * 60_000;
        expect(Math.abs(clock.read(monotonicMs, start + monotonicMs + offMs) - (start + monotonicMs + offMs))).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('follows at once after a sleep, but never back', () => {
    const clock = new SteadyClock();
    clock.read(0, start);
    expect(clock.read(10, start + 3_600_000)).toBe(start + 3_600_000);
    expect(clock.read(20, start)).toBeGreaterThanOrEqual(start + 3_600_000);
  });
});
