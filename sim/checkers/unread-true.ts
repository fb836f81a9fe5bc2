/**
 * Unread counts are true: what an inbox entry (in the store, or as a device shows it) calls unread is the number of messages of others
 * between its read watermark and its last seq; and no entry calls read what no device of that user said it read (sending is not reading).
 *
 * Method: each (conversation, user, read, last) with its count is compared with the log when it was read back; the watermark of a row in
 * the store with the highest `read` that left a device. Needs `badge` lines; `inbox` lines (simulator) for what lies in the store.
 *
 * Excused after a restore of the server's store: counts that reach above the restored head, of before and of devices that have not noticed yet.
 * What was read before counts up to that head only.
 */
import { type AckEntry, type BadgeEntry, type HistoryEntry, type InboxEntry, type LogEntry, membersOf } from '../history/entry.ts';
import { type Checker, getOrMake, type Report } from './checker.ts';
import { Restores, restoreOps } from './restores.ts';

export function unreadTrue(report: Report): Checker {
  /** By conversation, then by user, read and last. */
  const told = new Map<string, Map<string, InboxEntry | BadgeEntry>>();
  const reads = new Map<string, AckEntry>();
  const logs = new Map<string, LogEntry[]>();
  const restores = new Restores();
  let readBack = false;

  function note(entry: InboxEntry | BadgeEntry): void {
    const { conversation, user, read, lastSeq, unread } = entry;
    getOrMake(told, conversation, () => new Map()).set(`${user} ${read} ${lastSeq} ${unread}`, entry);
  }

  function checkRead(entry: InboxEntry): void {
    const said = reads.get(`${entry.user} ${entry.conversation}`);
    if (entry.read <= (said?.seq ?? 0)) return;
    report(
      `the inbox of user ${entry.user} has ${entry.conversation} read up to seq ${entry.read}, its devices said ${said?.seq ?? 0}`,
      said,
      entry,
    );
  }

  function checkCounts(): void {
    for (const [conversation, entries] of told) {
      const log = logs.get(conversation) ?? [];
      for (const user of new Set(membersOf(conversation))) {
        const counts = countsOf(log, user);
        for (const entry of entries.values()) {
          if (entry.user !== user || entry.lastSeq > log.length) continue;
          const unread = Math.max(0, counts[entry.lastSeq] - counts[Math.min(entry.read, entry.lastSeq)]);
          if (unread === entry.unread) continue;
          report(
            `${entry.process} counts ${entry.unread} unread messages of user ${user} in ${conversation} from seq ${entry.read} to ` +
              `${entry.lastSeq}; the log has ${unread} of others there`,
            entry,
          );
        }
      }
    }
  }

  return {
    name: 'unread true',
    ops: [...restoreOps, 'inbox', 'badge', 'read', 'log', 'readback'],
    observe(entry: HistoryEntry): void {
      restores.observe(entry);
      switch (entry.op) {
        case 'inbox':
          checkRead(entry);
          note(entry);
          return;
        case 'badge':
          if (!restores.isOld(entry, entry.conversation, Math.max(entry.lastSeq, entry.read))) note(entry);
          return;
        case 'read': {
          const key = `${entry.user} ${entry.conversation}`;
          if (entry.type !== 'invoke' || restores.isOld(entry, entry.conversation, entry.seq)) return;
          if (entry.seq > (reads.get(key)?.seq ?? 0)) reads.set(key, entry);
          return;
        }
        case 'log':
          getOrMake(logs, entry.conversation, () => []).push(entry);
          return;
        case 'restore':
          for (const user of membersOf(entry.conversation)) {
            const key = `${user} ${entry.conversation}`;
            const said = reads.get(key);
            if (said !== undefined && said.seq > entry.head) reads.set(key, { ...said, seq: entry.head });
          }
          for (const [key, other] of told.get(entry.conversation) ?? []) {
            if (other.lastSeq > entry.head || other.read > entry.head) told.get(entry.conversation)?.delete(key);
          }
          return;
        case 'readback':
          readBack = true;
          return;
        default:
          return;
      }
    },
    atEnd(): void {
      if (readBack) checkCounts();
    },
  };
}

/** Messages of others than `user` up to each seq. */
function countsOf(log: readonly LogEntry[], user: number): number[] {
  const counts = [0];
  for (const { kind, author } of log) counts.push(counts[counts.length - 1] + (kind === 1 && author !== user ? 1 : 0));
  return counts;
}
