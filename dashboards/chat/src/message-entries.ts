// Goal: what the message list shows, from the conversation's messages: days, the line above what is new, groups of one author.
import type { Message } from '../../../core/client/api.ts';
import { dayKey, dayLabel } from './time.ts';

export interface MessageEntry {
  readonly kind: 'message';
  readonly key: string;
  readonly message: Message;
  /** First and last of a group: same author, close in time. */
  readonly first: boolean;
  readonly last: boolean;
  /** The message it answers; null: none, or not loaded. */
  readonly quoted: Message | null;
  /** Say here that the peer has no device on line. */
  readonly offlineHint: boolean;
}

export interface LineEntry {
  readonly kind: 'day' | 'new';
  readonly key: string;
  readonly label: string;
}

export type Entry = MessageEntry | LineEntry;

const groupGapMs = 5 * 60_000;

/** @param firstNewKey key of the message above which the "new" line stands; '' for none. */
export function entriesOf(messages: readonly Message[], firstNewKey: string, nowMs: number): Entry[] {
  const bySeq = new Map(messages.map((message) => [message.seq, message]));
  const hintKey = messages.findLast((message) => message.mine && message.peerOffline && message.state === 'accepted')?.key;
  const entries: Entry[] = [];
  let before: Message | undefined;
  messages.forEach((message, index) => {
    const newDay = before === undefined || dayKey(before.timestamp) !== dayKey(message.timestamp);
    if (newDay) entries.push({ kind: 'day', key: `day ${dayKey(message.timestamp)}`, label: dayLabel(message.timestamp, nowMs) });
    if (message.key === firstNewKey) entries.push({ kind: 'new', key: 'new', label: 'New messages' });
    entries.push({
      kind: 'message',
      key: message.key,
      message,
      first: newDay || message.key === firstNewKey || !sameGroup(before, message),
      last: messages[index + 1]?.key === firstNewKey || !sameGroup(message, messages[index + 1]),
      quoted: message.replyTo === 0 ? null : (bySeq.get(message.replyTo) ?? null),
      offlineHint: message.key === hintKey,
    });
    before = message;
  });
  return entries;
}

export function sameEntry(one: Entry, other: Entry): boolean {
  if (one.kind !== 'message' || other.kind !== 'message')
    return one.kind !== 'message' && other.kind !== 'message' && one.label === other.label;
  return (
    one.message === other.message &&
    one.first === other.first &&
    one.last === other.last &&
    one.quoted === other.quoted &&
    one.offlineHint === other.offlineHint
  );
}

/** Key of the first of the last `unread` messages of the peer; ''. */
export function firstNewKey(messages: readonly Message[], unread: number): string {
  let left = unread;
  for (let index = messages.length - 1; index >= 0 && left > 0; index--) {
    if (messages[index].mine) continue;
    left--;
    if (left === 0) return messages[index].key;
  }
  return '';
}

function sameGroup(one: Message | undefined, other: Message | undefined): boolean {
  if (one === undefined || other === undefined || one.author !== other.author) return false;
  return other.timestamp - one.timestamp < groupGapMs && dayKey(one.timestamp) === dayKey(other.timestamp);
}
