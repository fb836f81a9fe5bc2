/** Some hours of a day: no promise is broken, the same seed gives the same trace, and a broken node is noticed. */
import { expect, test } from 'vitest';
import { Day, runDay } from '../../../sim/day/day.ts';
import { reportOf } from '../../../sim/day/report.ts';

const hours = 7;

test('the same seed gives the same day, another seed another one, and no promise is broken', () => {
  const first = reportOf(runDay({ seed: 1, slots: 2, hours }));
  expect(first.violations).toBe(0);
  expect(first.messages).toBeGreaterThan(10_000);
  expect(reportOf(runDay({ seed: 1, slots: 2, hours }))).toEqual(first);
  expect(reportOf(runDay({ seed: 2, slots: 2, hours })).traceHash).not.toBe(first.traceHash);
});

test('a sample of slots agrees with a larger one within its confidence interval', () => {
  const small = reportOf(runDay({ seed: 3, slots: 4, hours: 5 })).intervals;
  const large = reportOf(runDay({ seed: 4, slots: 8, hours: 5 })).intervals;
  for (const [name, { low, high }] of Object.entries(small)) {
    expect(large[name].mean, name).toBeGreaterThan(low);
    expect(large[name].mean, name).toBeLessThan(high);
  }
});

test('an event that reaches no device is noticed', () => {
  const day = new Day({ seed: 1, slots: 2 });
  const { devices } = day;
  const event = devices.event.bind(devices);
  let left = 100;
  devices.event = (device, rank, seq, author, sendIdLow) => {
    left -= 1;
    // Shown as if another one stood there.
    event(device, rank, seq, author, left === 0 ? sendIdLow ^ 1 : sendIdLow);
  };
  day.run({ seed: 1, slots: 2, hours: 2 });
  expect(day.violations.texts.join('\n')).toContain('one order');
});
