/**
 * Promise 2, no hole: what a device shows of a conversation is a contiguous slice of its log, also across restarts of the device,
 * unless it declared a reset; and the log read back is 1, 2, 3, … without a hole.
 *
 * Method: the last seq shown a (tab, conversation), begun with the cursor that its store kept; and the highest one a (client store,
 * conversation), above which no cursor may stand.
 */
import type { CursorEntry, EventEntry, HistoryEntry, LogEntry, ResetEntry } from '../history/entry.ts';
import { type Checker, getOrMake, type Report } from './checker.ts';

type Position = EventEntry | CursorEntry | (ResetEntry & { readonly seq: number });

interface Tab {
  readonly store: string;
  readonly last: Map<string, Position>;
}

export function noHole(report: Report): Checker {
  const tabs = new Map<string, Tab>();
  const highestOfStores = new Map<string, Map<string, Position>>();
  const logs = new Map<string, LogEntry>();

  function show(entry: EventEntry): void {
    const tab = getOrMake(tabs, entry.process, () => newTab(entry.process));
    const last = tab.last.get(entry.conversation);
    if (last !== undefined && entry.seq !== last.seq + 1) {
      report(`${entry.process} showed seq ${entry.seq} of ${entry.conversation} directly after seq ${last.seq}`, last, entry);
    }
    tab.last.set(entry.conversation, entry);
    raise(tab, entry);
  }

  function raise(tab: Tab, position: Position): void {
    const highest = getOrMake(highestOfStores, tab.store, () => new Map<string, Position>());
    if (position.seq > (highest.get(position.conversation)?.seq ?? 0)) highest.set(position.conversation, position);
  }

  function begin(entry: CursorEntry): void {
    const tab = getOrMake(tabs, entry.process, () => newTab(entry.process));
    tab.last.set(entry.conversation, entry);
    const highest = highestOfStores.get(tab.store)?.get(entry.conversation);
    if (entry.seq > (highest?.seq ?? 0)) {
      report(
        `the store of ${entry.process} says that ${entry.conversation} was shown up to seq ${entry.seq}, it was up to ${highest?.seq ?? 0} only`,
        highest,
        entry,
      );
    }
  }

  function log(entry: LogEntry): void {
    const before = logs.get(entry.conversation);
    if (entry.seq !== (before?.seq ?? 0) + 1) {
      report(`the log of ${entry.conversation} goes from seq ${before?.seq ?? 0} to seq ${entry.seq}`, before, entry);
    }
    logs.set(entry.conversation, entry);
  }

  return {
    name: 'no hole',
    ops: ['event', 'log', 'device', 'cursor', 'reset'],
    observe(entry: HistoryEntry): void {
      switch (entry.op) {
        case 'event':
          show(entry);
          return;
        case 'cursor':
          begin(entry);
          return;
        case 'log':
          log(entry);
          return;
        case 'device':
          tabs.set(entry.process, newTab(entry.store));
          if (entry.kept === 'nothing' || entry.kept === 'first') highestOfStores.delete(entry.store);
          return;
        case 'reset': {
          const tab = tabs.get(entry.process);
          if (tab === undefined) return;
          if (entry.conversation === '*') {
            tab.last.clear();
            return;
          }
          const position = { ...entry, seq: entry.fromSeq - 1 };
          tab.last.set(entry.conversation, position);
          raise(tab, position);
          return;
        }
        default:
          return;
      }
    },
    atEnd(): void {},
  };
}

function newTab(store: string): Tab {
  return { store, last: new Map() };
}
