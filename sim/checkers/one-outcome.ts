/**
 * Promise 7, the sender knows: a send has one outcome, `accepted{seq}` or `rejected{code}`, never both, never two different ones;
 * what was rejected never stands in a log; and at rest every message that is still in somebody's outbox has its outcome.
 *
 * Method: first outcome a sendId and a message; every later one and every log row is compared with it.
 *
 * Excused: outcomes of before a restore of the server's store that stand above the restored head, and rejections (the older state need not hold
 * them). A message that an older state of its device brought back may end differently, but only under another identity.
 */
import type { HistoryEntry, SendEntry } from '../history/entry.ts';
import { type Checker, getOrMake, type Report } from './checker.ts';
import { Restores, restoreOps } from './restores.ts';

interface Outcome {
  /** 0: rejected. */
  readonly seq: number;
  readonly code: string;
  readonly entry: HistoryEntry;
}

interface Message {
  readonly invoke: SendEntry;
  outcome: Outcome | undefined;
  /** The one it had when an older state brought it back under the very identity that had it, and how many identities it had then. */
  before: { readonly outcome: Outcome; readonly identities: number } | undefined;
  /** The server's store was put back to before the outcome. */
  undone: boolean;
  lost: boolean;
}

export function oneOutcome(report: Report): Checker {
  const sends = new Map<string, Outcome>();
  const messages = new Map<string, Message>();
  const sendsOfMessage = new Map<string, string[]>();
  const logged = new Map<string, HistoryEntry>();
  const stood = new Map<string, HistoryEntry & { readonly op: 'log' | 'event' }>();
  const restores = new Restores();
  let atRest = false;

  function answer(entry: HistoryEntry, sendId: string, seq: number, code: string): void {
    const place = seq === 0 ? stood.get(sendId) : undefined;
    if (place !== undefined) report(`send ${sendId} stands at seq ${place.seq}, but was rejected (${code})`, place, entry);
    const before = sends.get(sendId);
    if (before === undefined) sends.set(sendId, { seq, code, entry });
    else if (before.seq !== seq || before.code !== code) {
      report(`send ${sendId} was answered ${outcomeText(before.seq, before.code)}, then ${outcomeText(seq, code)}`, before.entry, entry);
    }
  }

  function learn(entry: SendEntry): void {
    if (entry.type === 'invoke') {
      messages.set(entry.message, { invoke: entry, outcome: undefined, before: undefined, undone: false, lost: false });
      return;
    }
    const message = messages.get(entry.message);
    if (message === undefined) return;
    if (entry.type === 'info') {
      if (entry.code === 'restored') comeBack(message, entry.message, entry.sendId ?? '');
      else message.lost = true;
      return;
    }
    const seq = entry.type === 'ok' ? entry.seq : 0;
    const code = entry.type === 'ok' ? '' : entry.code;
    if (entry.type === 'ok' && entry.sendId !== '') answer(entry, entry.sendId, seq, code);
    const { length: identities } = sendsOfMessage.get(entry.message) ?? [];
    const before = message.outcome ?? (message.before?.identities === identities ? message.before.outcome : undefined);
    message.outcome ??= { seq, code, entry };
    if (before === undefined) return;
    if (before.seq !== seq || (seq === 0 && before.code !== code)) {
      report(`message ${entry.message} ended ${outcomeText(before.seq, before.code)}, then ${outcomeText(seq, code)}`, before.entry, entry);
    }
  }

  function comeBack(message: Message, name: string, sendId: string): void {
    const sendIds = sendsOfMessage.get(name) ?? [];
    const { outcome } = message;
    message.outcome = undefined;
    message.lost = false;
    const isSame = sendId !== '' && sendIds.at(-1) === sendId;
    message.before = outcome === undefined || message.undone || !isSame ? undefined : { outcome, identities: sendIds.length };
    message.undone = false;
  }

  function checkMessages(): void {
    for (const [name, message] of messages) {
      const { outcome } = message;
      if (outcome === undefined) {
        if (atRest && !message.lost) report(`at rest message ${name} of ${message.invoke.process} has no outcome`, message.invoke);
      } else if (outcome.seq === 0) {
        for (const sendId of sendsOfMessage.get(name) ?? []) {
          const row = logged.get(sendId);
          if (row !== undefined) report(`message ${name} failed with ${outcome.code}, but stands in the log`, outcome.entry, row);
        }
      }
    }
  }

  return {
    name: 'one outcome',
    ops: [...restoreOps, 'send', 'answer', 'attempt', 'log', 'event', 'rest'],
    observe(entry: HistoryEntry): void {
      restores.observe(entry);
      switch (entry.op) {
        case 'answer':
          if (entry.type !== 'info')
            answer(entry, entry.sendId, entry.type === 'ok' ? entry.seq : 0, entry.type === 'ok' ? '' : entry.code);
          return;
        case 'send':
          learn(entry);
          return;
        case 'attempt':
          getOrMake(sendsOfMessage, entry.message, () => []).push(entry.sendId);
          return;
        case 'log':
        case 'event': {
          if (restores.isOld(entry, entry.conversation, entry.seq)) return;
          if (entry.op === 'log') logged.set(entry.sendId, entry);
          stood.set(entry.sendId, entry);
          const outcome = sends.get(entry.sendId);
          if (outcome?.seq === 0)
            report(`send ${entry.sendId} was rejected (${outcome.code}), but stands at seq ${entry.seq}`, outcome.entry, entry);
          return;
        }
        case 'restore':
          for (const [sendId, outcome] of sends) {
            if (
              'conversation' in outcome.entry &&
              outcome.entry.conversation === entry.conversation &&
              (outcome.seq > entry.head || outcome.seq === 0)
            ) {
              sends.delete(sendId);
            }
          }
          for (const [sendId, place] of stood) {
            if (place.conversation === entry.conversation && place.seq > entry.head) stood.delete(sendId);
          }
          for (const message of messages.values()) {
            if (message.invoke.conversation !== entry.conversation) continue;
            message.before = undefined;
            message.undone = message.outcome !== undefined && (message.outcome.seq > entry.head || message.outcome.seq === 0);
          }
          return;
        case 'rest':
          atRest = true;
          return;
        default:
          return;
      }
    },
    atEnd: checkMessages,
  };
}

function outcomeText(seq: number, code: string): string {
  return seq === 0 ? `rejected (${code})` : `accepted at seq ${seq}`;
}
