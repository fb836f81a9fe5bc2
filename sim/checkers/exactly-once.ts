/**
 * Promise 3, exactly once at any age: a sendId stands at one place only, a (sender, clientSeq) holds one event only, and what the
 * user wrote once stands in the log once, under whatever identities it went out.
 *
 * Method: three maps, from sendId to place, from sender and number to sendId, and from message to its places in the read-back.
 *
 * Excused: what stood above a restored head (it is not in the store any more, its numbers may be given again). And a message that an older
 * state of its device brought back may stand twice if that state does not know the identity under which it went out meanwhile: the promise
 * is about identities, and neither the device nor the server can see that the two are one text (ARCHITECTURE.md, "A backup that does not know").
 */
import type { HistoryEntry } from '../history/entry.ts';
import { type Checker, getOrMake, type Report } from './checker.ts';
import { Restores, restoreOps } from './restores.ts';

interface Place {
  readonly conversation: string;
  readonly seq: number;
  readonly entry: HistoryEntry;
}

/** What became of a message, in the order in which it happened. */
interface Identities {
  /** Each sendId under which it went out, and when first. */
  readonly attempts: { readonly sendId: string; readonly at: number }[];
  /** When an older state brought it back, and under which sendId; '': not known. */
  readonly returns: { readonly sendId: string; readonly at: number }[];
  readonly places: { readonly sendId: string; readonly entry: HistoryEntry & { readonly op: 'log' } }[];
}

export function exactlyOnce(report: Report): Checker {
  const places = new Map<string, Place>();
  const numbers = new Map<string, Map<string, Place & { readonly sendId: string }>>();
  const messageOfSend = new Map<string, string>();
  const messages = new Map<string, Identities>();
  const restores = new Restores();
  let steps = 0;

  const identitiesOf = (message: string): Identities => getOrMake(messages, message, () => ({ attempts: [], returns: [], places: [] }));

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

  function standOnce(message: string, entry: HistoryEntry & { readonly op: 'log' }): void {
    const identities = identitiesOf(message);
    for (const other of identities.places) {
      if (cameBackUnknowing(identities, other.sendId, entry.sendId) || cameBackUnknowing(identities, entry.sendId, other.sendId)) continue;
      report(
        `message ${message} stands twice in the log of ${entry.conversation}: at seq ${other.entry.seq} and ${entry.seq}`,
        other.entry,
        entry,
      );
    }
    identities.places.push({ sendId: entry.sendId, entry });
  }

  return {
    name: 'exactly once',
    ops: [...restoreOps, 'event', 'log', 'answer', 'send', 'attempt'],
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
          if (message !== undefined) standOnce(message, entry);
          return;
        }
        case 'answer':
        case 'send':
          if (entry.op === 'send' && entry.type === 'info' && entry.code === 'restored') {
            steps += 1;
            identitiesOf(entry.message).returns.push({ sendId: entry.sendId ?? '', at: steps });
          }
          if (entry.type === 'ok' && entry.sendId !== '' && !restores.isOld(entry, entry.conversation, entry.seq))
            stand(entry, entry.conversation, entry.seq, entry.sendId);
          return;
        case 'attempt':
          messageOfSend.set(entry.sendId, entry.message);
          steps += 1;
          identitiesOf(entry.message).attempts.push({ sendId: entry.sendId, at: steps });
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

/**
 * The message was last sent as `before`; then an older state came back that holds another identity of it; `after` is that one, or was drawn
 * later.
 */
function cameBackUnknowing({ attempts, returns }: Identities, before: string, after: string): boolean {
  const afterAt = attempts.find(({ sendId }) => sendId === after)?.at ?? 0;
  return returns.some(({ sendId, at }) => {
    const last = attempts.findLast((attempt) => attempt.at < at);
    return last?.sendId === before && sendId !== before && (sendId === after || afterAt > at);
  });
}
