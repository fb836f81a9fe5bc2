/**
 * Promise 4, time: within a conversation timestamps never go back; and message numbers count the messages: one more at a message, the
 * same at an edit or deletion.
 *
 * Method: each row of the read-back, and each event a tab shows directly after another, against the one before.
 */
import type { EventEntry, HistoryEntry, LogEntry, ResetEntry } from '../history/entry.ts';
import { type Checker, getOrMake, type Report } from './checker.ts';

export function timeAndNumbers(report: Report): Checker {
  const last = new Map<string, Map<string, EventEntry | LogEntry>>();

  function follow(entry: EventEntry | LogEntry): void {
    const ofProcess = getOrMake(last, entry.process, () => new Map<string, EventEntry | LogEntry>());
    const before = ofProcess.get(entry.conversation);
    ofProcess.set(entry.conversation, entry);
    if (entry.seq !== 1 && (before === undefined || before.seq !== entry.seq - 1)) return;
    const timestamp = entry.seq === 1 ? 0 : (before?.timestamp ?? 0);
    const messageNo = (entry.seq === 1 ? 0 : (before?.messageNo ?? 0)) + (entry.kind === 1 ? 1 : 0);
    if (entry.timestamp < timestamp) {
      report(`seq ${entry.seq} of ${entry.conversation} has timestamp ${entry.timestamp}, the one before it ${timestamp}`, before, entry);
    }
    if (entry.messageNo !== messageNo) {
      report(`seq ${entry.seq} of ${entry.conversation} has messageNo ${entry.messageNo}, it should be ${messageNo}`, before, entry);
    }
  }

  /** What it shows next does not follow what it showed before. */
  function forget({ process, conversation }: ResetEntry): void {
    if (conversation === '*') last.delete(process);
    else last.get(process)?.delete(conversation);
  }

  return {
    name: 'time and numbers',
    ops: ['event', 'log', 'device', 'reset'],
    observe(entry: HistoryEntry): void {
      if (entry.op === 'device') last.delete(entry.process);
      else if (entry.op === 'reset') forget(entry);
      else if (entry.op === 'event' || entry.op === 'log') follow(entry);
    },
    atEnd(): void {},
  };
}
