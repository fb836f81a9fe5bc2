/**
 * Finds the highest rate that holds, by independent runs: steps of a quarter until one holds and one does not, then halving in between.
 */

export interface SearchOptions {
  /** Rate of the first run. */
  readonly first: number;
  readonly attemptsMax: number;
  /** Runs at this rate; true: it holds. */
  readonly holds: (rate: number) => Promise<boolean>;
}

const stepFactor = 1.25;
/** It ends when the lowest failure is at most so far above the highest success. */
const resolution = 1.04;

/** @returns the highest rate that held; 0: none did. */
export async function searchHighest(options: SearchOptions): Promise<number> {
  let best = 0;
  let worst = Number.POSITIVE_INFINITY;
  let rate = options.first;
  for (let attempt = 0; attempt < options.attemptsMax && rate >= 1 && worst > best * resolution; attempt++) {
    if (await options.holds(rate)) best = rate;
    else worst = rate;
    if (worst === Number.POSITIVE_INFINITY) rate = rounded(best * stepFactor);
    else rate = best === 0 ? rounded(worst / stepFactor) : rounded((best + worst) / 2);
    if (rate === best || rate === worst) break;
  }
  return best;
}

/** To two or three digits that say something. */
function rounded(rate: number): number {
  const unit = rate >= 4_000 ? 100 : rate >= 400 ? 10 : 1;
  return Math.round(rate / unit) * unit;
}
