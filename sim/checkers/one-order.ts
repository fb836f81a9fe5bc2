/**
 * Promise 2, one order: whoever sees a place of a log (a device, an answer to a send, the read-back) sees the same event there,
 * with the same timestamp and, unless it was edited, the same text.
 *
 * Method: an array a conversation keeps the first sight of each seq; every later sight is compared with it.
 *
 * Excused after a restore of the server's store: what was seen above the restored head before, and what a device shows there that has not noticed
 * yet (it still shows a log that is undone).
 */
import type { HistoryEntry } from '../history/entry.ts';
import { type Checker, getOrMake, type Report } from './checker.ts';
import { Restores, restoreOps } from './restores.ts';

interface Place {
  readonly sendId: string;
  /** 0: only an answer was seen yet. */
  timestamp: number;
  /** null: only an answer was seen yet, or the text was changed by an edit. */
  text: string | null;
  readonly first: HistoryEntry;
}

export function oneOrder(report: Report): Checker {
  const conversations = new Map<string, (Place | undefined)[]>();
  const restores = new Restores();

  function see(entry: HistoryEntry, conversation: string, seq: number, sendId: string, timestamp: number, text: string | null): void {
    if (restores.isOld(entry, conversation, seq)) return;
    const places = getOrMake(conversations, conversation, () => []);
    const place = places[seq];
    if (place === undefined) {
      places[seq] = { sendId, timestamp, text, first: entry };
      return;
    }
    if (place.sendId !== sendId) {
      report(`seq ${seq} of ${conversation} is send ${place.sendId} for one and send ${sendId} for another`, place.first, entry);
    } else if (timestamp !== 0 && place.timestamp !== 0 && place.timestamp !== timestamp) {
      report(`seq ${seq} of ${conversation} has timestamp ${place.timestamp} for one and ${timestamp} for another`, place.first, entry);
    } else if (text !== null && place.text !== null && place.text !== text) {
      report(`seq ${seq} of ${conversation} reads "${place.text}" for one and "${text}" for another`, place.first, entry);
    }
    if (place.text === null) place.text = text;
    if (place.timestamp === 0) place.timestamp = timestamp;
  }

  return {
    name: 'one order',
    ops: [...restoreOps, 'event', 'log', 'answer', 'send'],
    observe(entry: HistoryEntry): void {
      restores.observe(entry);
      switch (entry.op) {
        case 'event':
        case 'log':
          see(entry, entry.conversation, entry.seq, entry.sendId, entry.timestamp, entry.changed ? null : entry.text);
          return;
        case 'answer':
        case 'send':
          if (entry.type === 'ok' && entry.sendId !== '') see(entry, entry.conversation, entry.seq, entry.sendId, 0, null);
          return;
        case 'restore': {
          const places = conversations.get(entry.conversation);
          if (places !== undefined && places.length > entry.head + 1) places.length = entry.head + 1;
          return;
        }
        default:
          return;
      }
    },
    atEnd(): void {},
  };
}
