/** How long to wait before the next attempt: doubling, with full jitter in its upper half, longer for an overloaded server. */
import type { HBaseLimits } from './limits.ts';

/** @param attempt attempts made so far, from 1. @param random a number in [0, 1). */
export function backOffMs(attempt: number, overloaded: boolean, random: number, limits: HBaseLimits): number {
  const grown = Math.min(limits.backOffMsMin * 2 ** Math.min(attempt - 1, 30), limits.backOffMsMax);
  const base = overloaded ? Math.max(grown, limits.overloadedMsMin) : grown;
  return base * (0.5 + random / 2);
}
