/** Compares checkers with the promises themselves, read word by word, on small random histories: the verdicts must agree. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkHistory, type MakeChecker } from '../../../sim/checkers/all.ts';
import type { HistoryBuilder } from './history-builder.ts';

/** A checker, and whether its promise holds in a small history. */
export type Definition<Small> = readonly [MakeChecker, (history: Small) => boolean];

/** One test a definition, over `numRuns` histories drawn from `small`. */
export function compareWithDefinitions<Small>(
  definitions: readonly Definition<Small>[],
  small: fc.Arbitrary<Small>,
  historyOf: (history: Small) => HistoryBuilder,
  numRuns: number,
): void {
  describe('checkers against the promises word by word', () => {
    for (const [make, holds] of definitions) {
      it(make(() => {}).name, () => {
        let broken = 0;
        fc.assert(
          fc.property(small, (history) => {
            const expected = holds(history);
            if (!expected) broken += 1;
            expect(checkHistory(historyOf(history).entries, [make]).length === 0).toBe(expected);
          }),
          { numRuns },
        );
        // Both verdicts must have been seen, or nothing was compared.
        expect(broken).toBeGreaterThan(50);
        expect(broken).toBeLessThan(numRuns - 50);
      });
    }
  });
}
