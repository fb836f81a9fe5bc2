/**
 * Own watermarks on their way out (acks and reads), the peer's on their way in.
 *
 * Rules (DESIGN 4.7, 4.8; models/delivery 12, 13, 16): an ack leaves only after the cursor it speaks of was stored and never before
 * `welcome` was compared; it is repeated at resume, when the home's epoch changed, and after `ackRepeatMs`, until confirmed. A read
 * is repeated until both its homes confirmed. Own events need no ack: it only speaks of events of others. What a late frame says
 * below a watermark is dropped.
 */

import type { WatermarkStruct } from '../../protocol/generated/structs.ts';
import {
  newAck,
  newAckConfirmed,
  newRead,
  newReadConfirmed,
  newTyping,
  newUndelivered,
  readAckConfirmed,
  readReadConfirmed,
  readUndelivered,
  writeAck,
  writeRead,
  writeTyping,
} from '../../protocol/index.ts';
import type { FrameReader } from '../../protocol/reader.ts';
import type { ClientContext } from './client-context.ts';
import type { ReceiptEvent } from './client-events.ts';
import { type Conversation, numberUnknown } from './conversation.ts';
import type { StoreQueue } from './store-queue.ts';

const ack = newAck();
const read = newRead();
const typing = newTyping();
const ackConfirmed = newAckConfirmed();
const readConfirmed = newReadConfirmed();
const undelivered = newUndelivered();
const told: ReceiptEvent = { kind: 'receipt', conversationA: 0, conversationB: 0, user: 0, delivered: 0, read: 0 };

export class Receipts {
  private readonly context: ClientContext;
  private readonly activate: (conversation: Conversation) => void;
  /** Conversations whose ack may go out at the end of the step. */
  private readonly queue: Conversation[] = [];

  constructor(context: ClientContext, activate: (conversation: Conversation) => void) {
    this.context = context;
    this.activate = activate;
  }

  /** A stored watermark may be above what was said to the server. What a crash would forget is not said: nobody would ever repeat it. */
  queueAck(conversation: Conversation): void {
    if (conversation.ackQueued) return;
    if (conversation.ackStored <= conversation.ackSent && conversation.readStored <= conversation.readSent) return;
    conversation.ackQueued = true;
    this.queue.push(conversation);
  }

  /** At the end of a step. */
  flush(): void {
    if (this.queue.length === 0) return;
    for (const conversation of this.queue) {
      conversation.ackQueued = false;
      if (!this.context.ready) continue;
      if (conversation.ackStored > conversation.ackSent) this.sendAck(conversation);
      if (conversation.readStored > conversation.readSent) this.sendRead(conversation);
    }
    this.queue.length = 0;
  }

  /** After `welcome`: what is unconfirmed goes again. */
  resume(conversation: Conversation): void {
    conversation.ackSent = conversation.ackConfirmed;
    this.queueAck(conversation);
    if (conversation.readOpen) this.sendRead(conversation);
  }

  onAckConfirmed(r: FrameReader): boolean {
    if (!readAckConfirmed(r, ackConfirmed)) return false;
    const conversation = this.context.conversation(ackConfirmed.conversationA, ackConfirmed.conversationB);
    if (ackConfirmed.seq > conversation.ackConfirmed) conversation.ackConfirmed = ackConfirmed.seq;
    const moved = conversation.homeEpoch !== 0 && ackConfirmed.epoch !== conversation.homeEpoch;
    conversation.homeEpoch = ackConfirmed.epoch;
    if (moved && conversation.ackOpen) this.sendAck(conversation);
    return true;
  }

  onReadConfirmed(r: FrameReader, store: StoreQueue): boolean {
    if (!readReadConfirmed(r, readConfirmed)) return false;
    const conversation = this.context.conversation(readConfirmed.conversationA, readConfirmed.conversationB);
    if (readConfirmed.inbox) conversation.readInbox = Math.max(conversation.readInbox, readConfirmed.seq);
    else conversation.readHome = Math.max(conversation.readHome, readConfirmed.seq);
    store.touch(conversation, false);
    return true;
  }

  onUndelivered(r: FrameReader): boolean {
    if (!readUndelivered(r, undelivered)) return false;
    const { conversationA, conversationB, seq } = undelivered;
    if (seq <= this.context.conversation(conversationA, conversationB).peerDelivered) return true;
    this.context.out.tell({ kind: 'undelivered', conversationA, conversationB, seq });
    return true;
  }

  /** A watermark of some member, from a receipt or a page. */
  raise(conversation: Conversation, mark: WatermarkStruct): void {
    if (mark.user !== conversation.peer || conversation.peer === this.context.user) return;
    const delivered = Math.max(mark.delivered, mark.read);
    if (delivered <= conversation.peerDelivered && mark.read <= conversation.peerRead) return;
    if (delivered > conversation.peerDelivered) conversation.peerDelivered = delivered;
    if (mark.read > conversation.peerRead) conversation.peerRead = mark.read;
    told.conversationA = conversation.a;
    told.conversationB = conversation.b;
    told.user = mark.user;
    told.delivered = conversation.peerDelivered;
    told.read = conversation.peerRead;
    this.context.out.tell(told);
  }

  /** The application read up to here; clamped to what is shown. */
  read(conversation: Conversation, seq: number, othersNo: number, store: StoreQueue): void {
    conversation.readWish = seq > conversation.cursor ? seq : 0;
    if (seq >= conversation.cursor) {
      seq = conversation.cursor;
      othersNo = conversation.cursorOthersNo;
    }
    if (othersNo === numberUnknown) {
      // Nothing above the jump is shown yet: what comes first there is read.
      conversation.readWish = seq + 1;
      return;
    }
    // The inbox may stand higher already, by another device; the peer learns of a read of this one only from this.
    if (seq <= conversation.readWanted) return;
    conversation.readWanted = seq;
    conversation.readWantedOthersNo = othersNo;
    if (seq > conversation.readSeq) conversation.readSeq = seq;
    if (othersNo > conversation.readOthersNo) conversation.readOthersNo = othersNo;
    store.touch(conversation, true);
  }

  typing(conversation: Conversation): void {
    const { nowMs, limits, ready, writer } = this.context;
    if (!ready || nowMs < conversation.typingSentMs + limits.typingRepeatMs) return;
    conversation.typingSentMs = nowMs;
    typing.conversationA = conversation.a;
    typing.conversationB = conversation.b;
    writer.reset();
    writeTyping(writer, typing);
    this.context.transmit();
  }

  /** Repeats what is due; returns whether the conversation still has something open. */
  tick(conversation: Conversation): boolean {
    const { nowMs, ready } = this.context;
    const open = conversation.ackOpen || conversation.readOpen;
    if (!open || !ready) return open;
    if (conversation.ackOpen) {
      if (nowMs >= conversation.ackDueMs) this.sendAck(conversation);
      else this.context.wake(conversation.ackDueMs);
    }
    if (conversation.readOpen) {
      if (nowMs >= conversation.readDueMs) this.sendRead(conversation);
      else this.context.wake(conversation.readDueMs);
    }
    return true;
  }

  private sendAck(conversation: Conversation): void {
    const { writer, nowMs, limits } = this.context;
    ack.conversationA = conversation.a;
    ack.conversationB = conversation.b;
    ack.seq = conversation.ackStored;
    writer.reset();
    writeAck(writer, ack);
    this.context.transmit();
    conversation.ackSent = conversation.ackStored;
    conversation.ackDueMs = nowMs + limits.ackRepeatMs;
    this.context.wake(conversation.ackDueMs);
    this.activate(conversation);
  }

  private sendRead(conversation: Conversation): void {
    const { writer, nowMs, limits } = this.context;
    read.conversationA = conversation.a;
    read.conversationB = conversation.b;
    read.seq = conversation.readStored;
    read.othersNo = conversation.readStoredOthersNo;
    writer.reset();
    writeRead(writer, read);
    this.context.transmit();
    conversation.readSent = conversation.readStored;
    conversation.readDueMs = nowMs + limits.ackRepeatMs;
    this.context.wake(conversation.readDueMs);
    this.activate(conversation);
  }
}
