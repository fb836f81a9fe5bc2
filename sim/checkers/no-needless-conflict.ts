/**
 * Promise 7, numbers are given once: `counterConflict` (this number was used for another send) is answered only to a user one of whose
 * devices got an older state back; anybody else never uses a number twice.
 *
 * Method: users with a restored device; users of sendIds by their attempts.
 */
import type { AttemptEntry, HistoryEntry } from '../history/entry.ts';
import type { Checker, Report } from './checker.ts';

export function noNeedlessConflict(report: Report): Checker {
  const restored = new Set<number>();
  const attempts = new Map<string, AttemptEntry>();
  return {
    name: 'no needless conflict',
    ops: ['device', 'attempt', 'answer'],
    observe(entry: HistoryEntry): void {
      if (entry.op === 'device') {
        if (entry.kept === 'backup') restored.add(entry.user);
      } else if (entry.op === 'attempt') attempts.set(entry.sendId, entry);
      else if (entry.op === 'answer' && entry.type === 'info' && entry.code === 'counterConflict') {
        const attempt = attempts.get(entry.sendId);
        if (attempt === undefined || restored.has(attempt.user)) return;
        report(
          `number ${attempt.clientSeq} of sender ${attempt.senderId} was used twice, but user ${attempt.user} never restored a device`,
          attempt,
          entry,
        );
      }
    },
    atEnd(): void {},
  };
}
