/**
 * Promise 4, sender order: events of one sender keep the order of their numbers, numbers keep the order in which the user wrote,
 * and an event accepted before another was sent has the lower seq.
 *
 * Method: last number a sender in the read-back; at each invoke the highest seq accepted so far is its floor. With several clocks an
 * acceptance counts only after the error bound has passed.
 *
 * Excused after a restore of the server's store, in its conversations: acceptances above the restored head (they are undone; the head itself
 * was accepted before, so it is the floor from then on), and acceptances that a device tells which has not noticed yet. And a gap that
 * the restore left moves what went out and with it what stands behind it and never did: that takes its place behind what another tab
 * wrote since (models/delivery 1: the price of moving). So what was written before its user's last move may stand late.
 */
import type { AttemptEntry, HistoryEntry, LogEntry } from '../history/entry.ts';
import type { Checker, Report } from './checker.ts';
import { Restores, restoreOps } from './restores.ts';

interface Acceptance {
  readonly entry: HistoryEntry;
  readonly conversation: string;
  readonly seq: number;
}

interface Invoked {
  readonly order: number;
  readonly entry: HistoryEntry;
  /** Accepted before this message was written; it must stand above. */
  floor: Acceptance | undefined;
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
  const highest = new Map<string, Acceptance | undefined>();
  let waiting: Acceptance[] = [];
  let waitingFrom = 0;
  const lastInLog = new Map<string, LogEntry>();
  const lastAttempt = new Map<string, AttemptEntry>();
  /** How many messages had been written when a message of this user last went out under a second identity. */
  const writtenBeforeMove = new Map<string, number>();

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
    if (attempted.has(entry.message)) {
      writtenBeforeMove.set(`${entry.conversation} ${entry.user}`, invokes);
      return;
    }
    attempted.add(entry.message);
    const key = `${entry.conversation} ${entry.user} ${entry.senderId}`;
    const before = lastAttempt.get(key);
    if (before === undefined || entry.clientSeq > before.clientSeq) {
      lastAttempt.set(key, entry);
      const now = invoked.get(entry.message);
      const earlier = before === undefined ? undefined : invoked.get(before.message);
      if (before === undefined || now === undefined || earlier === undefined || now.order > earlier.order) return;
      if (putBack.has(entry.conversation) && now.order < (writtenBeforeMove.get(`${entry.conversation} ${entry.user}`) ?? 0)) return;
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
    ops: [...restoreOps, 'run', 'send', 'answer', 'attempt', 'log'],
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
          waiting = waiting.slice(waitingFrom).filter(({ conversation, seq }) => conversation !== entry.conversation || seq <= entry.head);
          waitingFrom = 0;
          highest.set(entry.conversation, atMost(highest.get(entry.conversation), entry.head));
          for (const sent of invoked.values()) {
            if (sent.floor?.conversation === entry.conversation) sent.floor = atMost(sent.floor, entry.head);
          }
          return;
        default:
          return;
      }
    },
    atEnd(): void {},
  };
}

/** What is left of an acceptance when the log was cut off above `head`, which was accepted no later. */
function atMost(acceptance: Acceptance | undefined, head: number): Acceptance | undefined {
  if (acceptance === undefined || acceptance.seq <= head) return acceptance;
  return head === 0 ? undefined : { ...acceptance, seq: head };
}
