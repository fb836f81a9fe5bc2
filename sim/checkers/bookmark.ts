/**
 * Promise 5 by cursor, bookmark: when a device stores bookmark W its store holds every inbox entry of its user that was durable at a
 * version ≤ W, at that age or newer, and goes on holding it, whatever the tabs that share it store later. And no device knows a conversation
 * above what is durable: the lower user's entry is written with each event.
 *
 * Method: the durable versions of each user in their order; each client store goes along them with its bookmarks, so a version is looked at
 * once a device, and keeps what they covered. Needs the `inbox` lines, which only a view into the store gives (simulator).
 *
 * Excused after a restore of the server's store: what client stores say that still belong to the old one.
 */
import type { BookmarkEntry, HistoryEntry, InboxEntry, KnownEntry } from '../history/entry.ts';
import { type Checker, getOrMake, type Report } from './checker.ts';

interface Device {
  user: number;
  /** Index of the first durable version above its bookmark. */
  next: number;
  readonly known: Map<string, number>;
  /** By conversation, the last durable version at or below its bookmark. */
  readonly covered: Map<string, InboxEntry>;
}

export function bookmark(report: Report): Checker {
  const inboxes = new Map<number, InboxEntry[]>();
  /** By conversation, the highest that anybody's inbox has. */
  const heads = new Map<string, InboxEntry>();
  const devices = new Map<string, Device>();
  const storeOfProcess = new Map<string, string>();
  /** The server's store since it was put back; '': not known. */
  let storeId = '';

  const storeOf = (process: string): string => storeOfProcess.get(process) ?? process;
  const deviceOf = (process: string, user: number): Device =>
    getOrMake(devices, storeOf(process), () => ({
      user,
      next: 0,
      known: new Map<string, number>(),
      covered: new Map<string, InboxEntry>(),
    }));

  const isOfOldStore = (of: string | undefined): boolean => storeId !== '' && of !== undefined && of !== storeId;

  function check(entry: BookmarkEntry): void {
    const device = deviceOf(entry.process, entry.user);
    const inbox = inboxes.get(entry.user) ?? [];
    while (device.next < inbox.length && isAtMost(inbox[device.next], entry)) {
      const durable = inbox[device.next];
      device.next += 1;
      device.covered.set(durable.conversation, durable);
      const known = device.known.get(durable.conversation) ?? 0;
      if (known >= durable.lastSeq) continue;
      report(
        `${entry.process} stored bookmark ${entry.epoch}.${entry.batch}, but its store knows ${durable.conversation} up to seq ` +
          `${known} only, not ${durable.lastSeq}, which is durable since ${durable.epoch}.${durable.batch}`,
        durable,
        entry,
      );
    }
  }

  function learn(entry: KnownEntry): void {
    const { conversation, lastSeq, process } = entry;
    const { known, covered } = deviceOf(process, entry.user);
    const durable = covered.get(conversation);
    const before = known.get(conversation) ?? 0;
    known.set(conversation, lastSeq);
    const head = heads.get(conversation);
    if (heads.size > 0 && lastSeq > (head?.lastSeq ?? 0)) {
      report(`${process} knows ${conversation} up to seq ${lastSeq}, but only seq ${head?.lastSeq ?? 0} was durable by then`, head, entry);
    }
    if (durable === undefined || lastSeq >= Math.min(durable.lastSeq, before)) return;
    report(
      `after ${process} wrote, its store knows ${conversation} up to seq ${lastSeq} only, although its bookmark covers ` +
        `${durable.epoch}.${durable.batch}, which made seq ${durable.lastSeq} durable`,
      durable,
      entry,
    );
  }

  return {
    name: 'bookmark',
    ops: ['device', 'entry', 'bookmark', 'inbox', 'restore'],
    observe(entry: HistoryEntry): void {
      switch (entry.op) {
        case 'device':
          storeOfProcess.set(entry.process, entry.store);
          if (entry.kept !== 'all') devices.delete(entry.store);
          return;
        case 'entry':
          if (!isOfOldStore(entry.storeId)) learn(entry);
          return;
        case 'bookmark':
          if (!isOfOldStore(entry.storeId)) check(entry);
          return;
        case 'inbox':
          getOrMake(inboxes, entry.user, () => []).push(entry);
          if (entry.lastSeq > (heads.get(entry.conversation)?.lastSeq ?? 0)) heads.set(entry.conversation, entry);
          return;
        case 'restore':
          // The inbox lines of the older state follow.
          storeId = entry.storeId ?? '';
          inboxes.clear();
          heads.clear();
          devices.clear();
          return;
        default:
          return;
      }
    },
    atEnd(): void {},
  };
}

function isAtMost(inbox: InboxEntry, mark: BookmarkEntry): boolean {
  return inbox.epoch < mark.epoch || (inbox.epoch === mark.epoch && inbox.batch <= mark.batch);
}
