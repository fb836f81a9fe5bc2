/**
 * No phantom: what a device shows and what the log holds was written by that user, into that conversation, with that text, and went
 * out under that identity; and a user who is told "accepted" finds this text at that place, no other one.
 *
 * Excused: who was told "accepted" above the head at which the server's store was put back, before it or before noticing it.
 *
 * Method: the written messages and their identities by sendId; an unknown one is judged at the end, as clocks may disagree.
 */
import type { AttemptEntry, EventEntry, HistoryEntry, LogEntry, SendEntry } from '../history/entry.ts';
import type { Checker, Report } from './checker.ts';
import { Restores, restoreOps } from './restores.ts';

export function noPhantom(report: Report): Checker {
  const written = new Map<string, SendEntry & { readonly type: 'invoke' }>();
  const attempts = new Map<string, AttemptEntry>();
  const early: (EventEntry | LogEntry)[] = [];
  const restores = new Restores();
  let accepted: (SendEntry & { readonly type: 'ok' })[] = [];
  const rows = new Map<string, LogEntry>();

  function judge(entry: EventEntry | LogEntry, attempt: AttemptEntry): void {
    const sent = written.get(attempt.message);
    if (attempt.conversation !== entry.conversation || attempt.user !== entry.author) {
      report(
        `send ${entry.sendId} of user ${attempt.user} into ${attempt.conversation} stands in ${entry.conversation} as of user ${entry.author}`,
        attempt,
        entry,
      );
    } else if (attempt.senderId !== entry.senderId || attempt.clientSeq !== entry.clientSeq) {
      report(
        `send ${entry.sendId} went out as number ${attempt.clientSeq} of ${attempt.senderId}, but stands as ${entry.clientSeq} of ${entry.senderId}`,
        attempt,
        entry,
      );
    } else if (sent !== undefined && !entry.changed && sent.text !== entry.text) {
      report(`message ${attempt.message} was written as "${sent.text}", but stands as "${entry.text}"`, sent, entry);
    }
  }

  return {
    name: 'no phantom',
    ops: [...restoreOps, 'send', 'attempt', 'event', 'log'],
    observe(entry: HistoryEntry): void {
      restores.observe(entry);
      switch (entry.op) {
        case 'send':
          if (entry.type === 'invoke') written.set(entry.message, entry);
          else if (entry.type === 'ok' && !restores.isOld(entry, entry.conversation, entry.seq)) accepted.push(entry);
          return;
        case 'attempt':
          attempts.set(entry.sendId, entry);
          return;
        case 'event':
        case 'log': {
          if (entry.op === 'log') rows.set(`${entry.conversation} ${entry.seq}`, entry);
          const attempt = attempts.get(entry.sendId);
          if (attempt === undefined) early.push(entry);
          else judge(entry, attempt);
          return;
        }
        case 'restore':
          accepted = accepted.filter(({ conversation, seq }) => conversation !== entry.conversation || seq <= entry.head);
          return;
        default:
          return;
      }
    },
    atEnd(): void {
      const haveAttempts = attempts.size > 0;
      const texts = haveAttempts ? new Set<string>() : textsOf(written.values());
      for (const entry of early) {
        const attempt = attempts.get(entry.sendId);
        if (attempt !== undefined) judge(entry, attempt);
        else if (haveAttempts) report(`nobody sent ${entry.sendId}, which stands at seq ${entry.seq} of ${entry.conversation}`, entry);
        else if (entry.kind === 1 && !entry.changed && !texts.has(`${entry.author} ${entry.conversation} ${entry.text}`)) {
          report(`user ${entry.author} never wrote "${entry.text}", which stands at seq ${entry.seq} of ${entry.conversation}`, entry);
        }
      }
      for (const told of accepted) {
        const sent = written.get(told.message);
        const row = rows.get(`${told.conversation} ${told.seq}`);
        if (
          sent === undefined ||
          row === undefined ||
          row.changed ||
          (told.sendId !== '' && row.sendId !== told.sendId) ||
          row.text === sent.text
        )
          continue;
        report(
          `message ${told.message}, "${sent.text}", was told accepted at seq ${told.seq}, where "${row.text}" stands`,
          sent,
          told,
          row,
        );
      }
    },
  };
}

function textsOf(invokes: Iterable<SendEntry & { readonly type: 'invoke' }>): Set<string> {
  const texts = new Set<string>();
  for (const invoke of invokes) texts.add(`${invoke.user} ${invoke.conversation} ${invoke.text}`);
  return texts;
}
