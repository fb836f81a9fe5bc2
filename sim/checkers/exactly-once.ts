/**
 * Promise 3, exactly once at any age: a sendId stands at one place only, a (sender, clientSeq) holds one event only, and what the
 * user wrote once stands in the log once, under whatever identities it went out.
 *
 * Method: three maps, from sendId to place, from sender and number to sendId, and from message to its place in the read-back. A message that was
 * told as failed and came back with an older state of its device twice is new to the server each time: that is beyond what is promised.
 */
import type { HistoryEntry } from '../history/entry.ts';
import { type Checker, getOrMake, type Report } from './checker.ts';
import { Restores } from './restores.ts';

interface Place {
  readonly conversation: string;
  readonly seq: number;
  readonly entry: HistoryEntry;
}

export function exactlyOnce(report: Report): Checker {
  const places = new Map<string, Place>();
  const numbers = new Map<string, Map<string, Place & { readonly sendId: string }>>();
  const messageOfSend = new Map<string, string>();
  const placesOfMessages = new Map<string, Place>();
  const restores = new Restores();
  const failed = new Set<string>();
  /** How often an older state brought the message back. */
  const restored = new Map<string, number>();

  function stand(entry: HistoryEntry, conversation: string, seq: number, sendId: string): void {
    const place = places.get(sendId);
    if (place === undefined) places.set(sendId, { conversation, seq, entry });
    else if (place.seq !== seq || place.conversation !== conversation) {
      report(`send ${sendId} stands at seq ${place.seq} of ${place.conversation} and at seq ${seq} of ${conversation}`, place.entry, entry);
    }
  }

  function number(entry: HistoryEntry & { readonly op: 'event' | 'log' }): void {
    if (entry.clientSeq === 0) return;
    const sender = getOrMake(numbers, `${entry.conversation} ${entry.author} ${entry.senderId}`, () => new Map());
    const key = String(entry.clientSeq);
    const other = sender.get(key);
    if (other === undefined) sender.set(key, { conversation: entry.conversation, seq: entry.seq, entry, sendId: entry.sendId });
    else if (other.sendId !== entry.sendId) {
      report(`number ${entry.clientSeq} of sender ${entry.senderId} gave seq ${other.seq} and seq ${entry.seq}`, other.entry, entry);
    }
  }

  return {
    name: 'exactly once',
    ops: ['device', 'event', 'log', 'answer', 'send', 'attempt', 'reset', 'restore'],
    observe(entry: HistoryEntry): void {
      restores.observe(entry);
      switch (entry.op) {
        case 'event':
          if (restores.isOld(entry, entry.conversation, entry.seq)) return;
          stand(entry, entry.conversation, entry.seq, entry.sendId);
          number(entry);
          return;
        case 'log': {
          stand(entry, entry.conversation, entry.seq, entry.sendId);
          number(entry);
          const message = messageOfSend.get(entry.sendId);
          if (message === undefined || (failed.has(message) && (restored.get(message) ?? 0) > 1)) return;
          const other = placesOfMessages.get(message);
          if (other === undefined) placesOfMessages.set(message, { conversation: entry.conversation, seq: entry.seq, entry });
          else if (other.seq !== entry.seq || other.conversation !== entry.conversation) {
            report(
              `message ${message} stands twice in the log of ${entry.conversation}: at seq ${other.seq} and ${entry.seq}`,
              other.entry,
              entry,
            );
          }
          return;
        }
        case 'answer':
        case 'send':
          if (entry.op === 'send' && entry.type === 'fail') failed.add(entry.message);
          if (entry.op === 'send' && entry.type === 'info' && entry.code === 'restored') {
            restored.set(entry.message, (restored.get(entry.message) ?? 0) + 1);
          }
          if (entry.type === 'ok' && entry.sendId !== '' && !restores.isOld(entry, entry.conversation, entry.seq))
            stand(entry, entry.conversation, entry.seq, entry.sendId);
          return;
        case 'attempt':
          messageOfSend.set(entry.sendId, entry.message);
          return;
        case 'restore':
          for (const [sendId, place] of places) {
            if (place.conversation === entry.conversation && place.seq > entry.head) places.delete(sendId);
          }
          for (const sender of numbers.values()) {
            for (const [key, place] of sender) {
              if (place.conversation === entry.conversation && place.seq > entry.head) sender.delete(key);
            }
          }
          return;
        default:
          return;
      }
    },
    atEnd(): void {},
  };
}
