/**
 * Promise 5 by cursor, bookmark: when a device stores bookmark W its store holds every inbox entry of its user that was durable at a
 * version ≤ W, at that age or newer.
 *
 * Method: the durable versions of each user in their order; each client store goes along them with its bookmarks, so a version is looked at
 * once a device. Needs the `inbox` lines, which only a view into the store gives (simulator).
 */
import type { BookmarkEntry, HistoryEntry, InboxEntry } from '../history/entry.ts';
import { type Checker, getOrMake, type Report } from './checker.ts';

interface Device {
  user: number;
  /** Index of the first durable version above its bookmark. */
  next: number;
  readonly known: Map<string, number>;
}

export function bookmark(report: Report): Checker {
  const inboxes = new Map<number, InboxEntry[]>();
  const devices = new Map<string, Device>();
  const storeOfProcess = new Map<string, string>();
  /** Client stores that hold bookmarks of a server store that was put back since. */
  const unaware = new Set<string>();

  const deviceOf = (process: string, user: number): Device =>
    getOrMake(devices, storeOfProcess.get(process) ?? process, () => ({ user, next: 0, known: new Map<string, number>() }));

  function check(entry: BookmarkEntry): void {
    const device = deviceOf(entry.process, entry.user);
    const inbox = inboxes.get(entry.user) ?? [];
    while (device.next < inbox.length && isAtMost(inbox[device.next], entry)) {
      const durable = inbox[device.next];
      device.next += 1;
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

  function forget(store: string): void {
    if (unaware.delete(store)) devices.delete(store);
  }

  return {
    name: 'bookmark',
    ops: ['device', 'entry', 'bookmark', 'inbox', 'reset', 'restore'],
    observe(entry: HistoryEntry): void {
      switch (entry.op) {
        case 'device':
          storeOfProcess.set(entry.process, entry.store);
          if (entry.kept !== 'all') devices.delete(entry.store);
          if (entry.kept === 'first' || entry.kept === 'nothing') unaware.delete(entry.store);
          return;
        case 'entry': {
          const { known } = deviceOf(entry.process, entry.user);
          if (entry.lastSeq > (known.get(entry.conversation) ?? 0)) known.set(entry.conversation, entry.lastSeq);
          return;
        }
        case 'bookmark':
          if (!unaware.has(storeOfProcess.get(entry.process) ?? entry.process)) check(entry);
          return;
        case 'inbox':
          getOrMake(inboxes, entry.user, () => []).push(entry);
          return;
        case 'reset':
          // The first tab of a device that notices a restore clears the store they share.
          if (entry.conversation === '*') forget(storeOfProcess.get(entry.process) ?? entry.process);
          return;
        case 'restore':
          inboxes.clear();
          devices.clear();
          for (const store of storeOfProcess.values()) unaware.add(store);
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
