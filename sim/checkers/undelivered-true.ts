/**
 * Promise 7, undelivered is true: "the recipient is off line" is told only if at some instant after acceptance no session of the
 * recipient was there, and a device that knows the event as delivered does not show it.
 *
 * Method: oracle of sessions: a session that is up since before the acceptance and still up when the sender is told contradicts it.
 */
import { type HistoryEntry, membersOf, type SessionEntry, type UndeliveredEntry } from '../history/entry.ts';
import { type Checker, getOrMake, type Report } from './checker.ts';

/** The answer leaves a little later than the owner accepts, and a session is live for its client a little later than for the owner. */
const slackUs = 5_000;

export function undeliveredTrue(report: Report): Checker {
  let errorUs = 0;
  const sessions = new Map<number, Map<string, SessionEntry>>();
  const acceptedAt = new Map<string, HistoryEntry[]>();
  const delivered = new Map<string, number>();

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
    const accepted = acceptedAt.get(entry.conversation)?.[entry.seq];
    if (accepted === undefined) return;
    for (const session of sessions.get(recipient)?.values() ?? []) {
      if (session.us + slackUs + errorUs >= accepted.us) continue;
      report(
        `user ${entry.user} was told that user ${recipient} is off line for seq ${entry.seq} of ${entry.conversation}, but ${session.process} was on line all the time since`,
        session,
        accepted,
        entry,
      );
    }
  }

  return {
    name: 'undelivered true',
    ops: ['run', 'device', 'gone', 'session', 'answer', 'send', 'receipt', 'undelivered', 'restore'],
    observe(entry: HistoryEntry): void {
      switch (entry.op) {
        case 'run':
          errorUs = entry.errorUs;
          return;
        case 'device':
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
        case 'answer':
        case 'send': {
          if (entry.type !== 'ok') return;
          const places = getOrMake(acceptedAt, entry.conversation, () => []);
          if (places[entry.seq] === undefined) places[entry.seq] = entry;
          return;
        }
        case 'receipt':
          delivered.set(`${entry.process} ${entry.conversation} ${entry.member}`, entry.delivered);
          return;
        case 'undelivered':
          judge(entry);
          return;
        case 'restore':
          acceptedAt.delete(entry.conversation);
          delivered.clear();
          return;
        default:
          return;
      }
    },
    atEnd(): void {},
  };
}
