/**
 * All that a session knows of one conversation. Plain data: the parts of the session read and write the fields they are named after.
 */
import type { ConversationRecord } from './client-records.ts';
import type { Send, Sender } from './send.ts';

/** `cursorOthersNo` of a cursor that jumped to the tail of a log: nothing was shown there. */
export const numberUnknown = -1;

export class Conversation {
  readonly a: number;
  readonly b: number;
  readonly peer: number;

  // ---- log: shown without a hole up to `cursor`
  cursor = 0;
  cursorOthersNo = 0;
  /** Highest seq heard of; above `cursor`: something is to be fetched. */
  lastSeq = 0;
  lastOthersNo = 0;
  lastTimestamp = 0;
  /** Request that fetches for it; 0: none. */
  syncRequest = 0;
  syncDueMs = 0;
  /** It stands in the queue of conversations to sync. */
  syncQueued = false;
  /** Its watermarks are wanted even if no event is missing. */
  wantsWatermarks = false;
  shown = false;

  // ---- inbox entry
  readSeq = 0;
  readOthersNo = 0;
  flags = 0;
  epoch = 0;
  batch = 0;

  // ---- receipts: own acks and reads, the peer's watermarks
  /** Highest shown event of another author. */
  ackWanted = 0;
  /** …as of the store effect under way, and of the last one confirmed. */
  ackStoring = 0;
  ackStored = 0;
  ackSent = 0;
  ackConfirmed = 0;
  ackDueMs = 0;
  ackQueued = false;
  homeEpoch = 0;
  /** Own read of this device, with its messageNo, and what its two homes confirmed. */
  readWanted = 0;
  readWantedOthersNo = 0;
  /** …as of the store effect under way, of the last one confirmed, and as last sent. */
  readStoring = 0;
  readStoringOthersNo = 0;
  readStored = 0;
  readStoredOthersNo = 0;
  readSent = 0;
  readHome = 0;
  readInbox = 0;
  /** A read above `cursor`: it is made when that is shown. */
  readWish = 0;
  readDueMs = 0;
  peerDelivered = 0;
  peerRead = 0;
  typingSentMs = Number.NEGATIVE_INFINITY;

  // ---- outbox
  senders: Sender[] = [];
  /** The sender new sends go under. */
  current: Sender | null = null;
  /** Sends that wait for a new identity, in order. */
  moving: Send[] = [];
  /** In the list of conversations that may have something to send. */
  pumpQueued = false;
  /** In the list of those that wait for the store. */
  waitsForStore = false;

  /** In the list of conversations with something due. */
  active = false;
  /** In the list of conversations to store. */
  dirty = false;

  constructor(a: number, b: number, peer: number) {
    this.a = a;
    this.b = b;
    this.peer = peer;
  }

  /** Forgets what belongs to a store that is no more; the outbox stays. */
  clear(): void {
    this.cursor = 0;
    this.cursorOthersNo = 0;
    this.lastSeq = 0;
    this.lastOthersNo = 0;
    this.lastTimestamp = 0;
    this.syncRequest = 0;
    this.readSeq = 0;
    this.readOthersNo = 0;
    this.flags = 0;
    this.epoch = 0;
    this.batch = 0;
    this.ackWanted = 0;
    this.ackStoring = 0;
    this.ackStored = 0;
    this.ackSent = 0;
    this.ackConfirmed = 0;
    this.homeEpoch = 0;
    this.readWanted = 0;
    this.readWantedOthersNo = 0;
    this.readStoring = 0;
    this.readStoringOthersNo = 0;
    this.readStored = 0;
    this.readStoredOthersNo = 0;
    this.readSent = 0;
    this.readHome = 0;
    this.readWish = 0;
    this.readInbox = 0;
    this.peerDelivered = 0;
    this.peerRead = 0;
  }

  record(): ConversationRecord {
    return {
      cursor: this.cursor,
      cursorOthersNo: this.cursorOthersNo,
      lastSeq: this.lastSeq,
      lastOthersNo: this.lastOthersNo,
      lastTimestamp: this.lastTimestamp,
      readSeq: this.readSeq,
      readOthersNo: this.readOthersNo,
      flags: this.flags,
      epoch: this.epoch,
      batch: this.batch,
      ackWanted: this.ackWanted,
      ackConfirmed: this.ackConfirmed,
      readWanted: this.readWanted,
      readWantedOthersNo: this.readWantedOthersNo,
      readHome: this.readHome,
      readInbox: this.readInbox,
    };
  }

  load(record: ConversationRecord): void {
    this.cursor = record.cursor;
    this.cursorOthersNo = record.cursorOthersNo;
    this.lastSeq = record.lastSeq;
    this.lastOthersNo = record.lastOthersNo;
    this.lastTimestamp = record.lastTimestamp;
    this.readSeq = record.readSeq;
    this.readOthersNo = record.readOthersNo;
    this.flags = record.flags;
    this.epoch = record.epoch;
    this.batch = record.batch;
    this.ackWanted = record.ackWanted;
    this.ackStored = record.ackWanted;
    this.ackConfirmed = record.ackConfirmed;
    this.readWanted = record.readWanted;
    this.readWantedOthersNo = record.readWantedOthersNo;
    this.readStored = record.readWanted;
    this.readStoredOthersNo = record.readWantedOthersNo;
    this.readHome = record.readHome;
    this.readInbox = record.readInbox;
  }

  get ackOpen(): boolean {
    return this.ackStored > this.ackConfirmed;
  }

  get readOpen(): boolean {
    return this.readStored > this.readHome || this.readStored > this.readInbox;
  }
}
