/**
 * Promise 6, receipts are true: a delivered (read) watermark that anyone sees was acknowledged (read) by a device of that member
 * before; read never passes delivered's head; no tab sees a watermark go back; at rest the store agrees with every tab
 * that has the conversation on screen, holds what each tab that runs acknowledged or read in this life, and nothing a device was confirmed is
 * missing.
 *
 * Method: highest acknowledgement a (conversation, member); with several clocks a receipt is judged once the error bound has passed.
 *
 * Excused after a restore of the server's store: confirmations from before (watermarks are stored late, so the older state need not hold them,
 * and it does not say which it holds), and what a device sees that has not noticed yet. An acknowledgement from before counts up to the
 * restored head only, one of a device that has not noticed not above it: no such device may be heard (DESIGN 5: no ack before `welcome`).
 */
import { type AckEntry, type HistoryEntry, membersOf, type ReceiptEntry, type WatermarkEntry } from '../history/entry.ts';
import { type Checker, getOrMake, type Report } from './checker.ts';
import { Restores, restoreOps } from './restores.ts';

interface Member {
  acked: AckEntry | undefined;
  read: AckEntry | undefined;
  confirmed: AckEntry | undefined;
  readConfirmed: AckEntry | undefined;
  stored: WatermarkEntry | undefined;
}

interface Tab {
  /** 0 until it is known: a new device learns its user by its first session. */
  user: number;
  readonly seen: Map<string, ReceiptEntry>;
  /** Conversations on screen: only of these all watermarks are due. */
  readonly shows: Set<string>;
  /** By conversation, the highest that it said in this life: it says so until it is confirmed. */
  readonly acked: Map<string, AckEntry>;
  readonly read: Map<string, AckEntry>;
}

export function receiptsTrue(report: Report): Checker {
  let errorUs = 0;
  let atRest = false;
  let readBack = false;
  const members = new Map<string, Member>();
  const tabs = new Map<string, Tab>();
  const restores = new Restores();
  /** Users of whom a device lost its store: what it acknowledged and nobody stored is never said again. */
  const forgetful = new Set<number>();
  /** Users of tabs that are gone: what they acknowledged and did not come to say again is forgotten, too. */
  const gone = new Map<string, number>();
  const waiting: ReceiptEntry[] = [];
  let waitingFrom = 0;

  const memberOf = (conversation: string, user: number): Member =>
    getOrMake(members, `${conversation} ${user}`, () => ({
      acked: undefined,
      read: undefined,
      confirmed: undefined,
      readConfirmed: undefined,
      stored: undefined,
    }));

  function settle(us: number): void {
    while (waitingFrom < waiting.length && waiting[waitingFrom].us + errorUs <= us) {
      judge(waiting[waitingFrom]);
      waitingFrom += 1;
    }
    if (waitingFrom > 1024) {
      waiting.splice(0, waitingFrom);
      waitingFrom = 0;
    }
  }

  function judge(entry: ReceiptEntry | WatermarkEntry): void {
    const member = memberOf(entry.conversation, entry.member);
    const { conversation, delivered, read } = entry;
    const who = entry.op === 'receipt' ? entry.process : 'the store';
    if (delivered > Math.max(member.acked?.seq ?? 0, member.read?.seq ?? 0)) {
      report(
        `${who} has seq ${delivered} of ${conversation} as delivered to user ${entry.member}, whose devices acknowledged ${member.acked?.seq ?? 0} at most`,
        member.acked,
        entry,
      );
    }
    if (read > (member.read?.seq ?? 0)) {
      report(
        `${who} has seq ${read} of ${conversation} as read by user ${entry.member}, who read up to ${member.read?.seq ?? 0} at most`,
        member.read,
        entry,
      );
    }
  }

  function see(entry: ReceiptEntry): void {
    if (errorUs === 0) judge(entry);
    else waiting.push(entry);
    const seen = tabs.get(entry.process)?.seen;
    if (seen === undefined) return;
    const key = `${entry.conversation} ${entry.member}`;
    const before = seen.get(key);
    if (before !== undefined && (entry.delivered < before.delivered || entry.read < before.read)) {
      report(
        `${entry.process} saw the watermarks of user ${entry.member} in ${entry.conversation} go back from ` +
          `${before.delivered}/${before.read} to ${entry.delivered}/${entry.read}`,
        before,
        entry,
      );
    }
    seen.set(key, entry);
  }

  function acknowledge(entry: AckEntry): void {
    const tab = tabs.get(entry.process);
    // Its session may be one that nobody counts (cut off from its node).
    if (tab !== undefined) tab.user = entry.user;
    const member = memberOf(entry.conversation, entry.user);
    if (entry.type === 'invoke' && tab !== undefined) {
      const said = entry.op === 'ack' ? tab.acked : tab.read;
      said.set(entry.conversation, higher(said.get(entry.conversation), entry));
    }
    if (entry.op === 'ack') {
      if (entry.type === 'invoke') member.acked = higher(member.acked, entry);
      else member.confirmed = higher(member.confirmed, entry);
    } else if (entry.type === 'invoke') member.read = higher(member.read, entry);
    else member.readConfirmed = higher(member.readConfirmed, entry);
  }

  /** What was confirmed before the store was put back may be lost with it. */
  function putBack(conversation: string, head: number): void {
    for (const user of membersOf(conversation)) {
      const member = members.get(`${conversation} ${user}`);
      if (member === undefined) continue;
      member.acked = atMost(member.acked, head);
      member.read = atMost(member.read, head);
      member.confirmed = undefined;
      member.readConfirmed = undefined;
      for (const tab of tabs.values()) tab.seen.delete(`${conversation} ${user}`);
    }
    for (const { acked, read } of tabs.values()) {
      acked.delete(conversation);
      read.delete(conversation);
    }
  }

  function checkStored(): void {
    for (const [key, member] of members) {
      const { stored, confirmed, readConfirmed } = member;
      if (confirmed !== undefined && confirmed.seq > (stored?.delivered ?? 0)) {
        report(`ack ${confirmed.seq} of ${key} was confirmed, but the store has delivered ${stored?.delivered ?? 0}`, confirmed, stored);
      }
      if (readConfirmed !== undefined && readConfirmed.seq > (stored?.read ?? 0)) {
        report(`read ${readConfirmed.seq} of ${key} was confirmed, but the store has read ${stored?.read ?? 0}`, readConfirmed, stored);
      }
    }
  }

  function checkConverged(): void {
    for (const user of gone.values()) forgetful.add(user);
    for (const member of members.values()) {
      const { stored } = member;
      if (stored === undefined) continue;
      for (const [process, tab] of tabs) {
        if (tab.user === stored.member || !tab.shows.has(stored.conversation)) continue;
        const seen = tab.seen.get(`${stored.conversation} ${stored.member}`);
        if ((seen?.delivered ?? 0) === stored.delivered && (seen?.read ?? 0) === stored.read) continue;
        const isAbove = (seen?.delivered ?? 0) >= stored.delivered && (seen?.read ?? 0) >= stored.read;
        if (isAbove && forgetful.has(stored.member)) continue;
        report(
          `at rest ${process} sees user ${stored.member} in ${stored.conversation} at delivered ${seen?.delivered ?? 0}, ` +
            `read ${seen?.read ?? 0}; the store has ${stored.delivered}, ${stored.read}`,
          seen,
          stored,
        );
      }
    }
  }

  function checkSaid(): void {
    for (const [process, tab] of tabs) {
      for (const said of [...tab.acked.values(), ...tab.read.values()]) {
        const { op, conversation, seq } = said;
        const stored = members.get(`${conversation} ${tab.user}`)?.stored;
        const has = op === 'ack' ? (stored?.delivered ?? 0) : (stored?.read ?? 0);
        if (has >= seq) continue;
        const what = op === 'ack' ? 'acknowledged' : 'read';
        report(`at rest ${process} has ${what} ${conversation} up to seq ${seq}; the store has ${has}`, said, stored);
      }
    }
  }

  return {
    name: 'receipts true',
    ops: [...restoreOps, 'run', 'gone', 'show', 'session', 'ack', 'read', 'receipt', 'watermark', 'readback', 'rest'],
    observe(entry: HistoryEntry): void {
      if (errorUs > 0) settle(entry.us);
      restores.observe(entry);
      switch (entry.op) {
        case 'run':
          errorUs = entry.errorUs;
          return;
        case 'device':
          tabs.set(entry.process, { user: entry.user, seen: new Map(), shows: new Set(), acked: new Map(), read: new Map() });
          gone.delete(entry.process);
          if (entry.kept === 'nothing' || entry.kept === 'backup') forgetful.add(entry.user);
          return;
        case 'session': {
          const tab = tabs.get(entry.process);
          if (tab !== undefined) tab.user = entry.user;
          return;
        }
        case 'reset': {
          // It begins anew there, also with what it says.
          const tab = tabs.get(entry.process);
          for (const said of tab === undefined ? [] : [tab.acked, tab.read]) {
            if (entry.conversation === '*') said.clear();
            else said.delete(entry.conversation);
          }
          return;
        }
        case 'show':
          tabs.get(entry.process)?.shows.add(entry.conversation);
          return;
        case 'gone':
          gone.set(entry.process, tabs.get(entry.process)?.user ?? 0);
          tabs.delete(entry.process);
          return;
        case 'ack':
        case 'read':
          if (entry.type === 'invoke' ? !restores.isOld(entry, entry.conversation, entry.seq) : !restores.isUnaware(entry.process))
            acknowledge(entry);
          return;
        case 'receipt':
          if (!restores.isUnaware(entry.process)) see(entry);
          return;
        case 'watermark':
          memberOf(entry.conversation, entry.member).stored = entry;
          judge(entry);
          return;
        case 'restore':
          putBack(entry.conversation, entry.head);
          return;
        case 'readback':
          readBack = true;
          return;
        case 'rest':
          atRest = true;
          return;
        default:
          return;
      }
    },
    atEnd(): void {
      settle(Number.POSITIVE_INFINITY);
      if (readBack) checkStored();
      if (atRest && readBack) checkConverged();
      if (atRest && readBack) checkSaid();
    },
  };
}

function higher(before: AckEntry | undefined, entry: AckEntry): AckEntry {
  return before === undefined || entry.seq > before.seq ? entry : before;
}

function atMost(acknowledged: AckEntry | undefined, head: number): AckEntry | undefined {
  if (acknowledged === undefined || acknowledged.seq <= head) return acknowledged;
  return head === 0 ? undefined : { ...acknowledged, seq: head };
}
