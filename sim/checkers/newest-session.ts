/**
 * DESIGN 5, the newest session wins: of one tab's sessions the highest attempt stays registered. So nobody may tell a tab, on its newest
 * connection, that a newer session of its own took the place of this one.
 *
 * Method: the reasons that nodes give for ending a tab's newest connection.
 */
import type { HistoryEntry } from '../history/entry.ts';
import type { Checker, Report } from './checker.ts';

export function newestSession(report: Report): Checker {
  return {
    name: 'newest session wins',
    ops: ['ended'],
    observe(entry: HistoryEntry): void {
      if (entry.op !== 'ended' || (entry.code !== 'superseded' && entry.code !== 'lowerAttempt')) return;
      report(`${entry.process} was told that a newer session of its own took the place of its newest one (${entry.code})`, entry);
    },
    atEnd(): void {},
  };
}
