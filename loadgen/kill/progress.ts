/**
 * Reads along with the history: how far everybody is, when the server serves again, and what is not at rest yet.
 *
 * Method: heads, cursors, acknowledgements and watermarks as maxima; at rest is judged from the history alone, as the checkers do it.
 */
import { type HistoryEntry, membersOf } from '../../sim/history/entry.ts';

interface Tab {
  user: number;
  readonly shown: Map<string, number>;
  readonly onScreen: Set<string>;
  /** `conversation member` → what it shows of the member. */
  readonly receipts: Map<string, Marks>;
}

interface Marks {
  delivered: number;
  read: number;
}

export class Progress {
  /** Messages of which their application was told that they were accepted. */
  accepted = 0;
  /** …that they were rejected or refused: edits of what is deleted, and what an outbox had no room for while the server was away. */
  failed = 0;
  /** When the first send was accepted on a session of the new server; 0: not yet. */
  recoveredUs = 0;
  /** Sessions as their devices see them. */
  private readonly live = new Set<string>();
  /** Those of the killed server are all gone. */
  private areGone = true;
  private readonly tabs = new Map<string, Tab>();
  private readonly heads = new Map<string, number>();
  /** `conversation user` → what its devices said, and what was confirmed of it. */
  private readonly said = new Map<string, Marks>();
  private readonly confirmed = new Map<string, Marks>();

  /** The server was killed: `recoveredUs` waits for what the next one accepts. */
  expectRecovery(): void {
    this.recoveredUs = 0;
    this.areGone = this.live.size === 0;
  }

  observe(entry: HistoryEntry): void {
    switch (entry.op) {
      case 'device':
        this.tabs.set(entry.process, { user: entry.user, shown: new Map(), onScreen: new Set(), receipts: new Map() });
        return;
      case 'gone':
        this.tabs.delete(entry.process);
        this.noteLive(entry.process, false);
        return;
      case 'session':
        this.noteLive(entry.process, entry.up);
        this.ofTab(entry.process, (tab) => {
          tab.user = entry.user;
        });
        return;
      case 'send':
        if (entry.type === 'fail') this.failed++;
        if (entry.type !== 'ok') return;
        this.accepted++;
        if (this.areGone && this.live.size > 0 && this.recoveredUs === 0) this.recoveredUs = entry.us;
        raise(this.heads, entry.conversation, entry.seq);
        return;
      case 'cursor':
      case 'event':
        raise(this.heads, entry.conversation, entry.seq);
        this.ofTab(entry.process, (tab) => tab.shown.set(entry.conversation, entry.seq));
        return;
      case 'show':
        this.ofTab(entry.process, (tab) => tab.onScreen.add(entry.conversation));
        return;
      case 'ack':
      case 'read': {
        const marks = marksOf(entry.type === 'invoke' ? this.said : this.confirmed, `${entry.conversation} ${entry.user}`);
        if (entry.op === 'read') marks.read = Math.max(marks.read, entry.seq);
        else marks.delivered = Math.max(marks.delivered, entry.seq);
        return;
      }
      case 'receipt':
        this.ofTab(entry.process, (tab) => tab.receipts.set(`${entry.conversation} ${entry.member}`, entry));
        return;
      default:
        return;
    }
  }

  /** What is not at rest yet, in words; '': everything is. `openSends`: messages without an outcome. */
  unrest(openSends: number): string {
    if (openSends > 0) return `${openSends} sends have no outcome`;
    for (const [conversation, head] of this.heads) {
      const members = membersOf(conversation);
      for (const [process, tab] of this.tabs) {
        if (!members.includes(tab.user)) continue;
        const shown = tab.shown.get(conversation) ?? 0;
        if (shown < head) return `${process} has shown ${conversation} up to ${shown} of ${head}`;
      }
    }
    return this.unrestOfMarks();
  }

  private unrestOfMarks(): string {
    for (const [key, said] of this.said) {
      const confirmed = this.confirmed.get(key) ?? nothing;
      if (isBelow(confirmed, said)) return `${key}: ${text(said)} was said, ${text(confirmed)} is confirmed`;
      const [conversation, member] = key.split(' ');
      for (const [process, tab] of this.tabs) {
        if (tab.user === Number(member) || !tab.onScreen.has(conversation)) continue;
        const seen = tab.receipts.get(key) ?? nothing;
        if (isBelow(seen, said)) return `${process} sees user ${member} in ${conversation} at ${text(seen)}, who said ${text(said)}`;
      }
    }
    return '';
  }

  private noteLive(process: string, isLive: boolean): void {
    if (isLive) this.live.add(process);
    else this.live.delete(process);
    if (this.live.size === 0) this.areGone = true;
  }

  private ofTab(process: string, change: (tab: Tab) => void): void {
    const tab = this.tabs.get(process);
    if (tab !== undefined) change(tab);
  }
}

const nothing: Marks = { delivered: 0, read: 0 };

function marksOf(map: Map<string, Marks>, key: string): Marks {
  let marks = map.get(key);
  if (marks === undefined) {
    marks = { ...nothing };
    map.set(key, marks);
  }
  return marks;
}

/** Who read something has it. */
function isBelow(marks: Marks, said: Marks): boolean {
  return Math.max(marks.delivered, marks.read) < said.delivered || marks.read < said.read;
}

function raise(map: Map<string, number>, key: string, value: number): void {
  if (value > (map.get(key) ?? 0)) map.set(key, value);
}

function text({ delivered, read }: Marks): string {
  return `delivered ${delivered}, read ${read}`;
}
