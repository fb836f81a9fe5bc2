/**
 * Records of the client's store: keys, shapes, and the one transaction that every store runs.
 *
 * Shared records (all tabs of the device write them):
 *   `s`                           StoreRecord: the server's storeId they belong to, own user
 *   `b`                           BookmarkRecord
 *   `c/A-B`                       ConversationRecord
 * Records of an outbox (only the tab that leases it writes them; X is the outbox):
 *   `o/X/s/A-B/SENDER`            SenderRecord
 *   `o/X/m/A-B/SENDER/N`          SendRecord
 *
 * Shared values only grow, field by field, and are dropped when another tab already follows another storeId; a record `s` with
 * a new storeId removes what belongs to the old one, in the same transaction (models/delivery m7).
 */
import type { ClientRecord } from './client-port.ts';

export interface StoreRecord {
  /** 16 hexadecimal digits; '' never. */
  readonly storeId: string;
  readonly user: number;
  readonly name: string;
}

export interface BookmarkRecord {
  readonly epoch: number;
  readonly batch: number;
}

/** Every field only grows. `flags` go with the version of the entry, `cursorOthersNo` with the cursor. */
export interface ConversationRecord {
  readonly cursor: number;
  readonly cursorOthersNo: number;
  readonly lastSeq: number;
  readonly lastOthersNo: number;
  readonly lastTimestamp: number;
  readonly readSeq: number;
  readonly readOthersNo: number;
  readonly flags: number;
  readonly epoch: number;
  readonly batch: number;
  readonly ackWanted: number;
  readonly ackConfirmed: number;
  readonly readWanted: number;
  readonly readWantedOthersNo: number;
  readonly readHome: number;
  readonly readInbox: number;
}

export interface SenderRecord {
  readonly next: number;
  readonly retired: boolean;
  /** `next` and the open numbers when the present storeId was first seen; 0: since the sender began. */
  readonly baseNext: number;
  readonly baseOpen: readonly number[];
}

export interface SendRecord {
  readonly sendId: string;
  readonly kind: number;
  readonly body: string;
  readonly target: number;
  readonly replyTo: number;
  /** Every event of this send has a higher seq: where a search in the log begins. */
  readonly floor: number;
  /** Order of writing within the outbox, over all its senders. */
  readonly order: number;
}

export const storeKey = 's';
export const bookmarkKey = 'b';

export function conversationKey(a: number, b: number): string {
  return `c/${a}-${b}`;
}

export function senderKey(outbox: string, a: number, b: number, sender: string): string {
  return `o/${outbox}/s/${a}-${b}/${sender}`;
}

export function sendKey(outbox: string, a: number, b: number, sender: string, clientSeq: number): string {
  return `o/${outbox}/m/${a}-${b}/${sender}/${clientSeq}`;
}

/** Prefix of the records of an outbox. */
export function outboxPrefix(outbox: string): string {
  return `o/${outbox}/`;
}

/** A key's parts; null: no key of this version. */
export interface ParsedKey {
  readonly kind: 'conversation' | 'sender' | 'send';
  readonly outbox: string;
  readonly a: number;
  readonly b: number;
  readonly sender: string;
  readonly clientSeq: number;
}

const keyForm = /^(?:c\/(\d+)-(\d+)|o\/([^/]+)\/([sm])\/(\d+)-(\d+)\/([0-9a-f]{16})(?:\/(\d+))?)$/;

export function parseKey(key: string): ParsedKey | null {
  const match = keyForm.exec(key);
  if (match === null) return null;
  if (match[1] !== undefined) {
    return { kind: 'conversation', outbox: '', a: Number(match[1]), b: Number(match[2]), sender: '', clientSeq: 0 };
  }
  return {
    kind: match[4] === 's' ? 'sender' : 'send',
    outbox: match[3],
    a: Number(match[5]),
    b: Number(match[6]),
    sender: match[7],
    clientSeq: match[8] === undefined ? 0 : Number(match[8]),
  };
}

/** Two u32 as 16 hexadecimal digits. */
export function wordsToHex(high: number, low: number): string {
  return high.toString(16).padStart(8, '0') + low.toString(16).padStart(8, '0');
}

/** What a transaction of a store may do with its records. Reads see its own writes. */
export interface RecordTable {
  get(key: string): unknown;
  set(key: string, value: unknown): void;
  delete(key: string): void;
  /** Keys of the shared records `b` and `c/…`. */
  sharedKeys(): readonly string[];
}

/** Runs the records of one `store` effect over a table, within the implementation's transaction. */
export function applyRecords(table: RecordTable, storeId: string, records: readonly ClientRecord[]): void {
  const before = table.get(storeKey) as StoreRecord | undefined;
  let current = before?.storeId ?? '';
  for (const { key, value } of records) {
    if (key === storeKey) {
      const next = value as StoreRecord;
      if (current !== next.storeId) for (const shared of table.sharedKeys()) table.delete(shared);
      current = next.storeId;
      table.set(key, next);
    } else if (key.startsWith('o/')) {
      if (value === null) table.delete(key);
      else table.set(key, value);
    } else if (current !== storeId) {
      // Another tab follows a newer store: what this one knows is of the old.
    } else if (value === null) {
      table.delete(key);
    } else {
      table.set(key, grown(key, table.get(key), value));
    }
  }
}

/** The higher of two bookmarks; of two conversation records the higher of each field. */
function grown(key: string, old: unknown, value: unknown): unknown {
  if (old === undefined || old === null) return value;
  if (key === bookmarkKey) {
    const left = old as BookmarkRecord;
    const right = value as BookmarkRecord;
    return laterVersion(right.epoch, right.batch, left.epoch, left.batch) ? right : left;
  }
  return mergedConversation(old as ConversationRecord, value as ConversationRecord);
}

function mergedConversation(left: ConversationRecord, right: ConversationRecord): ConversationRecord {
  const newer = laterVersion(left.epoch, left.batch, right.epoch, right.batch) ? left : right;
  return {
    cursor: Math.max(left.cursor, right.cursor),
    cursorOthersNo: cursorNumber(left, right),
    lastSeq: Math.max(left.lastSeq, right.lastSeq),
    lastOthersNo: Math.max(left.lastOthersNo, right.lastOthersNo),
    lastTimestamp: Math.max(left.lastTimestamp, right.lastTimestamp),
    readSeq: Math.max(left.readSeq, right.readSeq),
    readOthersNo: Math.max(left.readOthersNo, right.readOthersNo),
    flags: newer.flags,
    epoch: newer.epoch,
    batch: newer.batch,
    ackWanted: Math.max(left.ackWanted, right.ackWanted),
    ackConfirmed: Math.max(left.ackConfirmed, right.ackConfirmed),
    readWanted: Math.max(left.readWanted, right.readWanted),
    readWantedOthersNo: Math.max(left.readWantedOthersNo, right.readWantedOthersNo),
    readHome: Math.max(left.readHome, right.readHome),
    readInbox: Math.max(left.readInbox, right.readInbox),
  };
}

/** It belongs to the higher cursor, and may be unknown there. */
function cursorNumber(left: ConversationRecord, right: ConversationRecord): number {
  if (left.cursor === right.cursor) return Math.max(left.cursorOthersNo, right.cursorOthersNo);
  return left.cursor > right.cursor ? left.cursorOthersNo : right.cursorOthersNo;
}

/** Whether version (epoch, batch) is above (thanEpoch, thanBatch). */
export function laterVersion(epoch: number, batch: number, thanEpoch: number, thanBatch: number): boolean {
  return epoch > thanEpoch || (epoch === thanEpoch && batch > thanBatch);
}

/** The table in memory: for tests, the simulator's client disk, and stores that keep all records in memory. */
export class RecordMap implements RecordTable {
  readonly records = new Map<string, unknown>();

  get(key: string): unknown {
    return this.records.get(key);
  }

  set(key: string, value: unknown): void {
    this.records.set(key, value);
  }

  delete(key: string): void {
    this.records.delete(key);
  }

  sharedKeys(): string[] {
    return [...this.records.keys()].filter((key) => key === bookmarkKey || key.startsWith('c/'));
  }

  list(): ClientRecord[] {
    return Array.from(this.records, ([key, value]) => ({ key, value }));
  }
}
