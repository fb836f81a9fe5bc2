/**
 * Promise 7, numbers are given once: `counterConflict` (this number was used for another send) is answered only to a device that got an
 * older state back; any other never uses a number twice.
 *
 * Method: client stores that were put back; sendIds and their client stores by their attempts.
 */
import type { AttemptEntry, HistoryEntry } from '../history/entry.ts';
import type { Checker, Report } from './checker.ts';

export function noNeedlessConflict(report: Report): Checker {
  const storeOfProcess = new Map<string, string>();
  const restored = new Set<string>();
  const attempts = new Map<string, AttemptEntry>();
  return {
    name: 'no needless conflict',
    ops: ['device', 'attempt', 'answer'],
    observe(entry: HistoryEntry): void {
      if (entry.op === 'device') {
        storeOfProcess.set(entry.process, entry.store);
        if (entry.kept === 'backup') restored.add(entry.store);
      } else if (entry.op === 'attempt') attempts.set(entry.sendId, entry);
      else if (entry.op === 'answer' && entry.type === 'info' && entry.code === 'counterConflict') {
        const attempt = attempts.get(entry.sendId);
        if (attempt === undefined || restored.has(storeOfProcess.get(attempt.process) ?? '')) return;
        report(
          `number ${attempt.clientSeq} of sender ${attempt.senderId} was used twice, but the device of ${attempt.process} never got an older state back`,
          attempt,
          entry,
        );
      }
    },
    atEnd(): void {},
  };
}
