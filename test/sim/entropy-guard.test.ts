// Goal: inside a run no clock, chance or timer can be reached, and afterwards all of them are back, whatever happened.
import nodeCrypto from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { EntropyError, withoutEntropy } from '../../sim/host/entropy-guard.ts';

const sources: readonly (readonly [string, () => unknown])[] = [
  ['Date.now', () => Date.now()],
  ['new Date', () => new Date()],
  // biome-ignore lint/plugin: the guard is shown at work
  ['Math.random', () => Math.random()],
  ['performance.now', () => performance.now()],
  ['setTimeout', () => setTimeout(() => {}, 0)],
  ['setImmediate', () => setImmediate(() => {})],
  ['queueMicrotask', () => queueMicrotask(() => {})],
  ['crypto.randomUUID', () => crypto.randomUUID()],
  ['crypto.getRandomValues', () => crypto.getRandomValues(new Uint8Array(1))],
  ['process.hrtime', () => process.hrtime()],
  ['performance.timeOrigin', () => performance.timeOrigin + 1],
  ['crypto.subtle', () => crypto.subtle.digest],
  ['node:crypto', () => nodeCrypto.randomBytes(1)],
  ['process.nextTick', () => process.nextTick(() => {})],
  ['Intl', () => new Intl.NumberFormat()],
  ['localeCompare', () => 'a'.localeCompare('b')],
  ['AbortSignal.timeout', () => AbortSignal.timeout(1)],
  ['process.hrtime.bigint', () => process.hrtime.bigint()],
];

describe('entropy guard', () => {
  it.each(sources)('%s throws inside and works after', (_name, use) => {
    expect(() => withoutEntropy(use)).toThrow(EntropyError);
    expect(use).not.toThrow();
  });

  it('gives the result and lets errors through', () => {
    expect(withoutEntropy(() => 3)).toBe(3);
    expect(() =>
      withoutEntropy(() => {
        throw new RangeError('mine');
      }),
    ).toThrow(RangeError);
    expect(Date.now()).toBeGreaterThan(0);
  });
});
