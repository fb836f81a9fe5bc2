/**
 * Conversations' logs and the inbox: what is shown, what is missing, how far the store's bookmark is.
 *
 * Method: a live event is shown if it is the next one; otherwise it only says how far the log goes, and what is missing is
 * fetched by `sync` (at most `syncOpenMax` at a time). Entries and bookmarks only grow. An event or entry is noted before the
 * bookmark that covers it, and so it is stored (models/delivery m3).
 */
import { othersNo } from '../../model/unread.ts';
import { ErrorCode } from '../../protocol/generated/codes.ts';
import { type EntryStruct, type EventStruct, newEventStruct, newSyncItemStruct } from '../../protocol/generated/structs.ts';
import { type EntryFrame, type EventFrame, newSync, type PageFrame, writeSync } from '../../protocol/index.ts';
import { type ClientContext, syncOpenMax } from './client-context.ts';
import type { ShownEvent } from './client-events.ts';
import { laterVersion } from './client-records.ts';
import { type Conversation, numberUnknown } from './conversation.ts';
import type { Outbox } from './outbox.ts';
import type { Receipts } from './receipts.ts';
import type { StoreQueue } from './store-queue.ts';

const sync = newSync();
const item = newSyncItemStruct();
const told: ShownEvent = { kind: 'event', conversationA: 0, conversationB: 0, event: newEventStruct(), localId: 0 };

export class Log {
  private readonly context: ClientContext;
  private readonly store: StoreQueue;
  private readonly receipts: Receipts;
  private readonly outbox: Outbox;
  private readonly activate: (conversation: Conversation) => void;
  private readonly nextRequest: () => number;
  private queue: Conversation[] = [];
  /** Conversations with a sync under way. */
  private open = 0;

  constructor(
    context: ClientContext,
    store: StoreQueue,
    receipts: Receipts,
    outbox: Outbox,
    activate: (conversation: Conversation) => void,
    nextRequest: () => number,
  ) {
    this.context = context;
    this.store = store;
    this.receipts = receipts;
    this.outbox = outbox;
    this.activate = activate;
    this.nextRequest = nextRequest;
  }

  onEvent(frame: EventFrame): void {
    const conversation = this.context.conversation(frame.conversationA, frame.conversationB);
    this.raise(conversation, frame.seq, othersNo(frame, this.context.user), frame.timestamp);
    if (frame.seq === conversation.cursor + 1) this.show(conversation, frame);
    else if (frame.seq > conversation.cursor) this.want(conversation);
  }

  onEntry(entry: EntryStruct | EntryFrame): void {
    const conversation = this.context.conversation(entry.conversationA, entry.conversationB);
    this.raise(conversation, entry.lastSeq, entry.lastOthersNo, entry.lastTimestamp);
    if (entry.readSeq > conversation.readSeq) {
      conversation.readSeq = entry.readSeq;
      conversation.readOthersNo = entry.readOthersNo;
    }
    // Epoch 0: raised, not yet durable; it is the owner's newest knowledge, but no version.
    if (entry.epoch === 0 || !laterVersion(conversation.epoch, conversation.batch, entry.epoch, entry.batch)) {
      conversation.flags = entry.flags;
    }
    if (laterVersion(entry.epoch, entry.batch, conversation.epoch, conversation.batch)) {
      conversation.epoch = entry.epoch;
      conversation.batch = entry.batch;
    }
    this.store.touch(conversation, true);
    if (conversation.lastSeq > conversation.cursor) this.want(conversation);
    this.tellEntry(conversation);
  }

  onBookmark(epoch: number, batch: number, storeIdHigh: number, storeIdLow: number): void {
    const context = this.context;
    if (storeIdHigh !== context.storeIdHigh || storeIdLow !== context.storeIdLow) return;
    if (!laterVersion(epoch, batch, context.epoch, context.batch)) return;
    context.epoch = epoch;
    context.batch = batch;
    this.store.touchBookmark();
  }

  /** The answer to a sync (of anything else: false). */
  onPage(page: PageFrame): boolean {
    const conversation = this.context.conversation(page.conversationA, page.conversationB);
    if (page.requestId === 0 || page.requestId !== conversation.syncRequest) return false;
    this.end(conversation);
    switch (page.code) {
      case ErrorCode.ok:
        this.takePage(conversation, page);
        break;
      case ErrorCode.reset:
        this.reset(conversation, page);
        break;
      case ErrorCode.notMember:
        conversation.lastSeq = conversation.cursor;
        break;
      default:
        this.later(conversation);
    }
    return true;
  }

  /** `shown`: its watermarks are wanted now, and at each `live`. */
  setShown(conversation: Conversation, shown: boolean): void {
    conversation.shown = shown;
    if (shown) this.wantWatermarks(conversation);
  }

  wantWatermarks(conversation: Conversation): void {
    conversation.wantsWatermarks = true;
    this.enqueue(conversation);
  }

  /** A new connection: nothing is under way, everything that is missing is wanted. */
  resume(): void {
    this.open = 0;
    this.queue = [];
    for (const conversation of this.context.conversations.values()) {
      conversation.syncRequest = 0;
      conversation.syncQueued = false;
      conversation.syncDueMs = 0;
      if (conversation.lastSeq > conversation.cursor || conversation.wantsWatermarks) this.enqueue(conversation);
    }
  }

  /** At the end of a step: asks for what is wanted. */
  flush(): void {
    if (this.queue.length === 0 || !this.context.ready || this.open >= syncOpenMax) return;
    const items: Conversation[] = this.queue.splice(0, syncOpenMax - this.open);
    const requestId = this.nextRequest();
    const dueMs = this.context.nowMs + this.context.limits.requestMs;
    sync.requestId = requestId;
    sync.limit = this.context.limits.pageEventsMax;
    sync.bytesMax = 0;
    sync.items = [];
    for (const conversation of items) {
      conversation.syncQueued = false;
      conversation.wantsWatermarks = false;
      conversation.syncRequest = requestId;
      conversation.syncDueMs = dueMs;
      this.skipToTail(conversation);
      sync.items.push({ ...item, conversationA: conversation.a, conversationB: conversation.b, afterSeq: conversation.cursor });
      this.open++;
      this.activate(conversation);
    }
    this.context.wake(dueMs);
    const writer = this.context.writer;
    writer.reset();
    writeSync(writer, sync);
    this.context.transmit();
  }

  /** Asks again what was not answered; returns whether something is still open. */
  tick(conversation: Conversation): boolean {
    const due = conversation.syncDueMs;
    if (due === 0) return conversation.syncQueued;
    if (this.context.nowMs < due) {
      this.context.wake(due);
      return true;
    }
    conversation.syncDueMs = 0;
    if (conversation.syncRequest !== 0) this.end(conversation);
    this.enqueue(conversation);
    return true;
  }

  private raise(conversation: Conversation, seq: number, othersNo: number, timestamp: number): void {
    if (seq <= conversation.lastSeq) return;
    // An event behind a gap is not shown yet, but a bookmark that covers it may be stored next: then this must be stored, too.
    this.store.touch(conversation, false);
    conversation.lastSeq = seq;
    conversation.lastOthersNo = othersNo;
    if (timestamp > conversation.lastTimestamp) conversation.lastTimestamp = timestamp;
  }

  private show(conversation: Conversation, event: EventStruct): void {
    conversation.cursor = event.seq;
    conversation.cursorOthersNo = othersNo(event, this.context.user);
    let localId = 0;
    if (event.author === this.context.user) localId = this.outbox.onOwnEvent(conversation, event);
    else conversation.ackWanted = event.seq;
    this.store.touch(conversation, true);
    told.conversationA = conversation.a;
    told.conversationB = conversation.b;
    told.event = event;
    told.localId = localId;
    this.context.out.tell(told);
    if (conversation.readWish !== 0 && event.seq >= conversation.readWish) {
      this.receipts.read(conversation, event.seq, conversation.cursorOthersNo, this.store);
    }
  }

  private takePage(conversation: Conversation, page: PageFrame): void {
    const before = conversation.cursor;
    for (const event of page.events) {
      this.raise(conversation, event.seq, othersNo(event, this.context.user), event.timestamp);
      if (event.seq === conversation.cursor + 1) this.show(conversation, event);
    }
    this.raise(conversation, page.headSeq, page.headOthersNo, 0);
    for (const mark of page.watermarks) this.receipts.raise(conversation, mark);
    if (conversation.cursor >= conversation.lastSeq) return;
    if (conversation.cursor > before) this.want(conversation);
    else this.later(conversation);
  }

  /** The log is shorter than what this device has seen. */
  private reset(conversation: Conversation, page: PageFrame): void {
    conversation.clear();
    this.store.replace(conversation);
    this.raise(conversation, page.headSeq, page.headOthersNo, 0);
    this.outbox.logReset(conversation);
    this.context.out.tell({ kind: 'reset', conversationA: conversation.a, conversationB: conversation.b, fromSeq: 1 });
    if (conversation.lastSeq > 0) this.want(conversation);
  }

  private skipToTail(conversation: Conversation): void {
    const from = conversation.lastSeq - this.context.tailEventsMax;
    if (from <= conversation.cursor) return;
    conversation.cursor = from;
    conversation.cursorOthersNo = numberUnknown;
    conversation.ackWanted = from;
    this.store.touch(conversation, false);
    this.context.out.tell({ kind: 'reset', conversationA: conversation.a, conversationB: conversation.b, fromSeq: from + 1 });
  }

  private want(conversation: Conversation): void {
    if (conversation.syncDueMs === 0) this.enqueue(conversation);
  }

  private enqueue(conversation: Conversation): void {
    if (conversation.syncQueued || conversation.syncRequest !== 0) return;
    conversation.syncQueued = true;
    this.queue.push(conversation);
  }

  private end(conversation: Conversation): void {
    conversation.syncRequest = 0;
    conversation.syncDueMs = 0;
    this.open--;
    if (conversation.wantsWatermarks) this.enqueue(conversation);
  }

  private later(conversation: Conversation): void {
    conversation.syncDueMs = this.context.nowMs + this.context.limits.retryAfterMs;
    this.context.wake(conversation.syncDueMs);
    this.activate(conversation);
  }

  tellEntry(conversation: Conversation): void {
    this.context.out.tell({
      kind: 'conversation',
      entry: {
        conversationA: conversation.a,
        conversationB: conversation.b,
        lastSeq: conversation.lastSeq,
        lastOthersNo: conversation.lastOthersNo,
        lastTimestamp: conversation.lastTimestamp,
        readSeq: conversation.readSeq,
        readOthersNo: conversation.readOthersNo,
        flags: conversation.flags,
        epoch: conversation.epoch,
        batch: conversation.batch,
      },
    });
  }
}
