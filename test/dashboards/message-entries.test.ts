// Goal: days, groups and the line above what is new stand where a reader expects them.
import { expect, it } from 'vitest';
import type { Message } from '../../core/client/api.ts';
import { type Entry, entriesOf, firstNewKey } from '../../dashboards/chat/src/message-entries.ts';
import { dayLabel, listTime } from '../../dashboards/chat/src/time.ts';

const noonMs = new Date(2026, 2, 10, 12).getTime();
const minuteMs = 60_000;

function message(seq: number, author: number, timestamp: number, fields: Partial<Message> = {}): Message {
  const mine = author === 1;
  const state = mine ? 'accepted' : 'received';
  return {
    ...{ key: `k${seq}`, seq, author, mine, text: `text ${seq}`, timestamp, replyTo: 0, edited: false, deleted: false },
    ...{ state, peerOffline: false, error: null },
    ...fields,
  };
}

/** `day Today | f1l | new | …`: f and l mark first and last of a group. */
function sketch(entries: readonly Entry[]): string {
  return entries
    .map((entry) =>
      entry.kind === 'message' ? `${entry.first ? 'f' : ''}${entry.message.seq}${entry.last ? 'l' : ''}` : `${entry.kind} ${entry.label}`,
    )
    .join(' | ');
}

it('groups by author, nearness and day', () => {
  const messages = [
    message(1, 2, noonMs - 24 * 60 * minuteMs),
    message(2, 2, noonMs),
    message(3, 2, noonMs + minuteMs),
    message(4, 1, noonMs + 2 * minuteMs),
    message(5, 1, noonMs + 20 * minuteMs),
  ];
  expect(sketch(entriesOf(messages, '', noonMs))).toBe('day Yesterday | f1l | day Today | f2 | 3l | f4l | f5l');
  expect(sketch(entriesOf(messages, 'k3', noonMs))).toBe('day Yesterday | f1l | day Today | f2l | new New messages | f3l | f4l | f5l');
});

it('finds the first of the unread messages of the peer', () => {
  const messages = [message(1, 2, noonMs), message(2, 1, noonMs), message(3, 2, noonMs), message(4, 2, noonMs)];
  expect(firstNewKey(messages, 0)).toBe('');
  expect(firstNewKey(messages, 2)).toBe('k3');
  expect(firstNewKey(messages, 3)).toBe('k1');
  expect(firstNewKey(messages, 9)).toBe('');
});

it('hints at the newest own message only that nobody is there, and finds what is quoted', () => {
  const waiting = { peerOffline: true } as const;
  const messages = [message(1, 1, noonMs, waiting), message(2, 1, noonMs, waiting), message(3, 2, noonMs, { replyTo: 1 })];
  const entries = entriesOf(messages, '', noonMs).flatMap((entry) => (entry.kind === 'message' ? [entry] : []));
  expect(entries.map(({ offlineHint }) => offlineHint)).toEqual([false, true, false]);
  expect(entries.map(({ quoted }) => quoted?.seq ?? 0)).toEqual([0, 0, 1]);
});

it('says days and times as people do', () => {
  expect(dayLabel(new Date(2026, 2, 9, 23, 59).getTime(), noonMs)).toBe('Yesterday');
  expect(dayLabel(new Date(2026, 0, 5).getTime(), noonMs)).toContain('January');
  expect(dayLabel(new Date(2024, 0, 5).getTime(), noonMs)).toContain('2024');
  expect(listTime(new Date(2026, 2, 6, 8).getTime(), noonMs)).toBe('Friday');
  expect(listTime(noonMs, noonMs)).toMatch(/12.00/);
});
