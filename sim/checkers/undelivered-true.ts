/**
 * Promise 7, undelivered is true: "the recipient is off line" is told only if at some instant after acceptance no session of the
 * recipient was there, and a device that knows the event as delivered does not show it.
 *
 * Method: oracle of sessions: a session that is up since before the message first left its sender (so before the acceptance, whose instant
 * only the owner knows) and still up when the sender is told contradicts it.
 *
 * Excused after a restore of the server's store: what stood above the restored head, and what a device shows there that has not noticed yet.
 */
import { type AttemptEntry, type HistoryEntry, membersOf, type SessionEntry, type UndeliveredEntry } from '../history/entry.ts';
import { type Checker, getOrMake, type Report } from './checker.ts';
import { Restores, restoreOps } from './restores.ts';

export function undeliveredTrue(report: Report): Checker {
  let errorUs = 0;
  const sessions = new Map<number, Map<string, SessionEntry>>();
  const attempts = new Map<string, AttemptEntry>();
  const sendIds = new Map<string, string[]>();
  const delivered = new Map<string, number>();
  const restores = new Restores();

  function judge(entry: UndeliveredEntry): void {
    const [lower, upper] = membersOf(entry.conversation);
    const recipient = lower === entry.user ? upper : lower;
    const known = delivered.get(`${entry.process} ${entry.conversation} ${recipient}`) ?? 0;
    if (known >= entry.seq) {
      report(
        `${entry.process} shows seq ${entry.seq} of ${entry.conversation} as undelivered, but knows it as delivered (${known})`,
        entry,
      );
    }
    const sent = attempts.get(sendIds.get(entry.conversation)?.[entry.seq] ?? '');
    if (sent === undefined) return;
    for (const session of sessions.get(recipient)?.values() ?? []) {
      if (session.us + errorUs >= sent.us) continue;
      report(
        `user ${entry.user} was told that user ${recipient} is off line for seq ${entry.seq} of ${entry.conversation}, ` +
          `but ${session.process} was on line all the time since`,
        session,
        sent,
        entry,
      );
    }
  }

  return {
    name: 'undelivered true',
    ops: [...restoreOps, 'run', 'gone', 'session', 'attempt', 'answer', 'event', 'receipt', 'undelivered'],
    observe(entry: HistoryEntry): void {
      restores.observe(entry);
      switch (entry.op) {
        case 'run':
          errorUs = entry.errorUs;
          return;
        case 'device':
        case 'reset':
          if (entry.op === 'reset' && entry.conversation !== '*') return;
          for (const key of delivered.keys()) if (key.startsWith(`${entry.process} `)) delivered.delete(key);
          return;
        case 'gone':
          for (const ofUser of sessions.values()) ofUser.delete(entry.process);
          return;
        case 'session': {
          const ofUser = getOrMake(sessions, entry.user, () => new Map<string, SessionEntry>());
          if (entry.up) ofUser.set(entry.process, entry);
          else ofUser.delete(entry.process);
          return;
        }
        case 'attempt':
          if (!attempts.has(entry.sendId)) attempts.set(entry.sendId, entry);
          return;
        case 'answer':
        case 'event':
          if (entry.type === 'ok' && !restores.isOld(entry, entry.conversation, entry.seq))
            getOrMake(sendIds, entry.conversation, () => [])[entry.seq] = entry.sendId;
          return;
        case 'receipt':
          delivered.set(`${entry.process} ${entry.conversation} ${entry.member}`, entry.delivered);
          return;
        case 'undelivered':
          if (!restores.isOld(entry, entry.conversation, entry.seq)) judge(entry);
          return;
        case 'restore': {
          const ofConversation = sendIds.get(entry.conversation);
          if (ofConversation !== undefined && ofConversation.length > entry.head + 1) ofConversation.length = entry.head + 1;
          return;
        }
        default:
          return;
      }
    },
    atEnd(): void {},
  };
}
