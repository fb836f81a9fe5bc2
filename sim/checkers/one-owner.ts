/**
 * DESIGN 6, one owner serves: nobody answers a read of a slot, or says that one of its users is off line, after another node has claimed it;
 * and nobody claims by an older assignment what was claimed by a newer one. (Promise 10, that nobody writes after a claim, is the store's: the
 * fence.)
 *
 * Method: the claims as the store saw them take effect, by slot; an answer by another node than the last claimer is too late.
 */
import type { ClaimEntry, HistoryEntry } from '../history/entry.ts';
import type { Checker, Report } from './checker.ts';

export function oneOwner(report: Report): Checker {
  const claims = new Map<string, ClaimEntry>();
  return {
    name: 'one owner serves',
    ops: ['claim', 'served', 'restore'],
    observe(entry: HistoryEntry): void {
      if (entry.op === 'claim') {
        const before = claims.get(entry.slot);
        claims.set(entry.slot, entry);
        if (before?.assignment === undefined || entry.assignment === undefined || entry.assignment >= before.assignment) return;
        report(
          `${entry.process} claimed slot ${entry.slot} by assignment ${entry.assignment}, which ${before.process} held by the newer ${before.assignment}`,
          before,
          entry,
        );
      } else if (entry.op === 'restore') {
        // An older store knows other claims.
        claims.clear();
      } else if (entry.op === 'served') {
        const claim = claims.get(entry.slot);
        if (claim === undefined || claim.process === entry.process) return;
        report(`${entry.process} gave a ${entry.what} of slot ${entry.slot} after ${claim.process} had claimed it`, claim, entry);
      }
    },
    atEnd(): void {},
  };
}
