/**
 * DESIGN 4, what was deleted is gone: of a message that was deleted the store holds no text, neither its own nor that of an edit; of one
 * that was edited it holds the text of the newest edit, in the message and in that edit only. So a late reader never sees what was taken back.
 *
 * Method: at the end the rows that were read back: each edit and deletion, found by its sendId, against its target. Needs `attempt` lines.
 */
import type { AttemptEntry, HistoryEntry, LogEntry, SendEntry } from '../history/entry.ts';
import { type Checker, getOrMake, type Report } from './checker.ts';

const Kind = { edit: 2, deletion: 3 } as const;

export function deletedGone(report: Report): Checker {
  const written = new Map<string, SendEntry & { readonly type: 'invoke' }>();
  const attempts = new Map<string, AttemptEntry>();
  const rows = new Map<string, LogEntry>();
  let readBack = false;

  /** Edits and deletions of each message, oldest first, by the place of the message. */
  function changesByTarget(): Map<string, LogEntry[]> {
    const changes = new Map<string, LogEntry[]>();
    for (const row of rows.values()) {
      const sent = row.kind === Kind.edit || row.kind === Kind.deletion ? written.get(attempts.get(row.sendId)?.message ?? '') : undefined;
      if (sent !== undefined) getOrMake(changes, `${row.conversation} ${sent.target}`, () => []).push(row);
    }
    return changes;
  }

  function check(target: LogEntry, changes: readonly LogEntry[]): void {
    const deletion = changes.find(({ kind }) => kind === Kind.deletion);
    const newest = deletion ?? changes[changes.length - 1];
    const text = deletion === undefined ? newest.text : '';
    if (target.text !== text) {
      const what = deletion === undefined ? `was edited at seq ${newest.seq} to "${text}"` : `was deleted at seq ${newest.seq}`;
      report(`seq ${target.seq} of ${target.conversation} ${what}, but the store has "${target.text}" there`, newest, target);
    }
    for (const change of changes) {
      if (change === newest || change.text === '') continue;
      report(
        `seq ${change.seq} of ${change.conversation} was replaced at seq ${newest.seq}, but still holds "${change.text}"`,
        newest,
        change,
      );
    }
  }

  return {
    name: 'deleted is gone',
    ops: ['send', 'attempt', 'log', 'readback'],
    observe(entry: HistoryEntry): void {
      if (entry.op === 'send' && entry.type === 'invoke') written.set(entry.message, entry);
      else if (entry.op === 'attempt') attempts.set(entry.sendId, entry);
      else if (entry.op === 'log') rows.set(`${entry.conversation} ${entry.seq}`, entry);
      else if (entry.op === 'readback') readBack = true;
    },
    atEnd(): void {
      if (!readBack) return;
      for (const [place, changes] of changesByTarget()) {
        const target = rows.get(place);
        if (target !== undefined) check(target, changes);
      }
    },
  };
}
