/**
 * Promise 5, nobody is missed: at rest every tab that runs has shown every event of every conversation of its user, up to the head; and
 * the inbox of every member has the head, whether a device of theirs is there or not. And a tab that runs has noticed that the server's store
 * was put back: until then its cursors may stand above anything.
 *
 * Method: the last seq shown a (tab, conversation), begun with the cursor its store kept, against the log that was read back. The inboxes
 * need the `inbox` lines, which only a view into the store gives (simulator).
 */
import { type CursorEntry, type EventEntry, type HistoryEntry, type InboxEntry, type LogEntry, membersOf } from '../history/entry.ts';
import { type Checker, getOrMake, type Report } from './checker.ts';
import { Restores, restoreOps } from './restores.ts';

interface Tab {
  /** 0 until it is known: a new device learns its user by its first session. */
  user: number;
  readonly shown: Map<string, EventEntry | CursorEntry>;
}

export function nobodyMissed(report: Report): Checker {
  const tabs = new Map<string, Tab>();
  const heads = new Map<string, LogEntry>();
  const inboxes = new Map<string, InboxEntry>();
  const restores = new Restores();
  let restored: HistoryEntry | undefined;
  let atRest = false;
  function checkInboxes(): void {
    for (const [conversation, head] of heads) {
      for (const user of membersOf(conversation)) {
        const inbox = inboxes.get(`${user} ${conversation}`);
        if (inbox !== undefined && inbox.lastSeq >= head.seq) continue;
        report(
          `at rest the inbox of user ${user} has ${conversation} up to seq ${inbox?.lastSeq ?? 0}, the log goes to seq ${head.seq}`,
          inbox,
          head,
        );
      }
    }
  }

  return {
    name: 'nobody missed',
    ops: [...restoreOps, 'gone', 'session', 'cursor', 'event', 'inbox', 'log', 'rest'],
    observe(entry: HistoryEntry): void {
      restores.observe(entry);
      switch (entry.op) {
        case 'device':
          tabs.set(entry.process, { user: entry.user, shown: new Map() });
          return;
        case 'session': {
          const tab = tabs.get(entry.process);
          if (tab !== undefined) tab.user = entry.user;
          return;
        }
        case 'gone':
          tabs.delete(entry.process);
          return;
        case 'cursor':
          tabs.get(entry.process)?.shown.set(entry.conversation, entry);
          return;
        case 'event':
          getOrMake(tabs, entry.process, () => ({ user: entry.user, shown: new Map() })).shown.set(entry.conversation, entry);
          return;
        case 'reset':
          if (entry.conversation === '*') tabs.get(entry.process)?.shown.clear();
          else tabs.get(entry.process)?.shown.delete(entry.conversation);
          return;
        case 'inbox':
          inboxes.set(`${entry.user} ${entry.conversation}`, entry);
          return;
        case 'restore':
          // The inbox lines of the older state follow.
          inboxes.clear();
          restored = entry;
          return;
        case 'log':
          heads.set(entry.conversation, entry);
          return;
        case 'rest':
          atRest = true;
          return;
        default:
          return;
      }
    },
    atEnd(): void {
      if (!atRest) return;
      if (inboxes.size > 0) checkInboxes();
      for (const [process, tab] of tabs) {
        if (restores.isUnaware(process)) report(`at rest ${process} has not noticed that the server's store was put back`, restored);
        for (const [conversation, head] of heads) {
          if (!membersOf(conversation).includes(tab.user)) continue;
          const shown = tab.shown.get(conversation);
          if (shown !== undefined && shown.seq >= head.seq) continue;
          report(
            `at rest ${process} of user ${tab.user} has shown ${conversation} up to seq ${shown?.seq ?? 0}, the log goes to seq ${head.seq}`,
            shown,
            head,
          );
        }
      }
    },
  };
}
