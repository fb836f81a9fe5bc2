/**
 * Promise 4, sender order: events of one sender keep the order of their numbers, numbers keep the order in which the user wrote,
 * and an event accepted before another was sent has the lower seq.
 *
 * Method: last number a sender in the read-back; at each invoke the highest seq accepted so far is its floor. With several clocks an
 * acceptance counts only after the error bound has passed.
 */
import type { AttemptEntry, HistoryEntry, LogEntry } from '../history/entry.ts';
import type { Checker, Report } from './checker.ts';
import { Restores } from './restores.ts';

interface Acceptance {
  readonly entry: HistoryEntry;
  readonly conversation: string;
  readonly seq: number;
}

interface Invoked {
  readonly order: number;
  readonly entry: HistoryEntry;
  /** Accepted before this message was written; it must stand above. */
  readonly floor: Acceptance | undefined;
}

export function senderOrder(report: Report): Checker {
  const restores = new Restores();
  /** Conversations of which the server's store was put back to an older state. */
  const putBack = new Set<string>();
  let errorUs = 0;
  let invokes = 0;
  const invoked = new Map<string, Invoked>();
  const messageOfSend = new Map<string, string>();
  const attempted = new Set<string>();
  const highest = new Map<string, Acceptance>();
  const waiting: Acceptance[] = [];
  let waitingFrom = 0;
  const lastInLog = new Map<string, LogEntry>();
  const lastAttempt = new Map<string, AttemptEntry>();

  function settle(us: number): void {
    while (waitingFrom < waiting.length && waiting[waitingFrom].entry.us + errorUs < us) {
      const acceptance = waiting[waitingFrom];
      waitingFrom += 1;
      const before = highest.get(acceptance.conversation);
      if (before === undefined || before.seq < acceptance.seq) highest.set(acceptance.conversation, acceptance);
    }
    if (waitingFrom > 1024) {
      waiting.splice(0, waitingFrom);
      waitingFrom = 0;
    }
  }

  function accept(entry: HistoryEntry, conversation: string, seq: number, message: string | undefined): void {
    waiting.push({ entry, conversation, seq });
    const sent = message === undefined ? undefined : invoked.get(message);
    const floor = sent?.floor;
    if (sent === undefined || floor === undefined || seq > floor.seq) return;
    report(
      `message ${message} was written after seq ${floor.seq} of ${conversation} had been accepted, but it got seq ${seq}`,
      floor.entry,
      sent.entry,
      entry,
    );
  }

  function attempt(entry: AttemptEntry): void {
    messageOfSend.set(entry.sendId, entry.message);
    // A message that moves to another sender takes its place there late: its order is not promised.
    if (attempted.has(entry.message)) return;
    attempted.add(entry.message);
    const key = `${entry.conversation} ${entry.user} ${entry.senderId}`;
    const before = lastAttempt.get(key);
    if (before === undefined || entry.clientSeq > before.clientSeq) {
      lastAttempt.set(key, entry);
      const now = invoked.get(entry.message);
      const earlier = before === undefined ? undefined : invoked.get(before.message);
      // What a store that was put back leaves in a gap moves, also what never went out: it takes its place behind what was written since.
      if (before === undefined || now === undefined || earlier === undefined || now.order > earlier.order) return;
      if (putBack.has(entry.conversation)) return;
      report(
        `message ${entry.message} was written before ${before.message}, but has the higher number of sender ${entry.senderId}`,
        now.entry,
        earlier.entry,
        before,
        entry,
      );
    }
  }

  function log(entry: LogEntry): void {
    if (entry.clientSeq === 0) return;
    const key = `${entry.conversation} ${entry.author} ${entry.senderId}`;
    const before = lastInLog.get(key);
    if (before !== undefined && before.clientSeq >= entry.clientSeq) {
      report(
        `sender ${entry.senderId}: number ${before.clientSeq} stands at seq ${before.seq}, number ${entry.clientSeq} above it at seq ${entry.seq}`,
        before,
        entry,
      );
    }
    lastInLog.set(key, entry);
  }

  return {
    name: 'sender order',
    ops: ['run', 'device', 'send', 'answer', 'attempt', 'log', 'reset', 'restore'],
    observe(entry: HistoryEntry): void {
      restores.observe(entry);
      switch (entry.op) {
        case 'run':
          errorUs = entry.errorUs;
          return;
        case 'send':
          if (entry.type === 'invoke') {
            settle(entry.us);
            invoked.set(entry.message, { order: invokes, entry, floor: highest.get(entry.conversation) });
            invokes += 1;
          } else if (entry.type === 'ok' && !restores.isOld(entry, entry.conversation, entry.seq))
            accept(entry, entry.conversation, entry.seq, entry.message);
          return;
        case 'answer':
          if (entry.type === 'ok') accept(entry, entry.conversation, entry.seq, messageOfSend.get(entry.sendId));
          return;
        case 'attempt':
          attempt(entry);
          return;
        case 'log':
          log(entry);
          return;
        case 'restore':
          settle(entry.us);
          putBack.add(entry.conversation);
          highest.delete(entry.conversation);
          for (const sent of invoked.values()) {
            if (sent.floor?.conversation === entry.conversation) invoked.delete(sent.entry.op === 'send' ? sent.entry.message : '');
          }
          return;
        default:
          return;
      }
    },
    atEnd(): void {},
  };
}
