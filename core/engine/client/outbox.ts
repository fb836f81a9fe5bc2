/**
 * Sends from the application's word to their one outcome.
 *
 * Rules (DESIGN 4.3, 5; models/delivery m5), each with the finding that it answers:
 * - number, sendId and text are stored before the first send; within a sender n goes out only when every number ≤ n − W has its
 *   outcome (3)
 * - only `accepted`, `rejected`, or an own event with the same sender, number and sendId ends a send (2)
 * - `counterConflict`: that send alone goes on under a new identity; every other keeps its number (1)
 * - `expired`: the log up to its head tells; not found = a new identity; another store of the server knows nothing of it: sent again
 * - `gap{e}`: waits for its predecessors; but with e below the sender's next at the time of a new storeId, and not open then, the
 *   sender is retired and its sends above e move (4)
 * - `refused`: the application is told, the sender is retired and its sends above move (the number will never be used)
 * A moved send gets new random words, drawn at that moment.
 */
import { ErrorCode } from '../../protocol/generated/codes.ts';
import type { EventStruct } from '../../protocol/generated/structs.ts';
import {
  newAccepted,
  newCounterConflict,
  newExpired,
  newRefused,
  newRejected,
  newRetry,
  newSend,
  readAccepted,
  readCounterConflict,
  readExpired,
  readRefused,
  readRejected,
  readRetry,
  writeSend,
} from '../../protocol/index.ts';
import type { FrameReader } from '../../protocol/reader.ts';
import { assert } from '../assert.ts';
import type { ClientContext } from './client-context.ts';
import type { OutgoingEvent } from './client-events.ts';
import type { ClientInput } from './client-port.ts';
import type { Conversation } from './conversation.ts';
import { Send, Sender } from './send.ts';
import type { StoreQueue } from './store-queue.ts';

const frame = newSend();
const accepted = newAccepted();
const rejected = newRejected();
const retry = newRetry();
const counterConflict = newCounterConflict();
const expired = newExpired();
const refused = newRefused();
const told: OutgoingEvent = { kind: 'outgoing', localId: 0, state: 'pending', conversationA: 0, conversationB: 0, seq: 0, code: 0 };

/** Random u32 of a new identity: senderId, sendId. */
const identityWords = 4;

interface Identity {
  readonly conversationA: number;
  readonly conversationB: number;
  readonly senderIdHigh: number;
  readonly senderIdLow: number;
  readonly clientSeq: number;
  readonly sendIdHigh: number;
  readonly sendIdLow: number;
}

/** What the outbox asks of the rest of the session. */
export interface OutboxHooks {
  /** The conversation has something that may fall due. */
  activate(conversation: Conversation): void;
  /** Looks in the log for an expired send; answered by `found` or `notFound`. */
  search(conversation: Conversation, send: Send): void;
}

export class Outbox {
  private readonly context: ClientContext;
  private readonly store: StoreQueue;
  private readonly hooks: OutboxHooks;
  /** Where new senders' records go. */
  private outbox = '';
  private openCount = 0;
  private nextOrder = 1;
  private nextRandomId = 1;
  /** Conversations to look at at the end of the step. */
  private readonly queue: Conversation[] = [];
  /** …and when the store has confirmed. */
  private readonly unstored: Conversation[] = [];

  constructor(context: ClientContext, store: StoreQueue, hooks: OutboxHooks) {
    this.context = context;
    this.store = store;
    this.hooks = hooks;
  }

  /** Outbox that new senders belong to. */
  begin(outbox: string): void {
    this.outbox = outbox;
  }

  /** A sender from the store. */
  restoreSender(sender: Sender): void {
    const conversation = sender.conversation;
    conversation.senders.push(sender);
  }

  /** A send from the store; its sender was restored before. Sends come in order of writing. */
  restoreSend(conversation: Conversation, sender: Sender, send: Send): void {
    send.sender = sender;
    sender.open.push(send);
    if (sender.next <= send.clientSeq) sender.next = send.clientSeq + 1;
    if (send.order >= this.nextOrder) this.nextOrder = send.order + 1;
    this.openCount++;
    this.queuePump(conversation);
  }

  /**
   * After a restore: numbers ascend, and the sender that goes on is one with unanswered sends, else one of this tab's own outbox. Each notes
   * its next and open numbers: perhaps another tab saw a new storeId while nobody held this outbox (simulator seed 1122). If none did, the
   * server cannot miss a number below `next` that is not open, so the note says nothing wrong.
   */
  restored(conversation: Conversation): void {
    for (const sender of conversation.senders) {
      sender.open.sort((left, right) => left.clientSeq - right.clientSeq);
      sender.noteBase();
    }
    if (conversation.current !== null) return;
    const usable = conversation.senders.filter((sender) => !sender.retired);
    conversation.current =
      usable.find((sender) => sender.open.length > 0) ?? usable.find((sender) => sender.outbox === this.outbox) ?? null;
  }

  send(input: ClientInput & { kind: 'send' }): void {
    const context = this.context;
    const conversation = context.conversation(input.conversationA, input.conversationB);
    if (input.body.length > context.bodyBytesMax) return this.tell(conversation, input.localId, 'refused', 0, ErrorCode.tooLarge);
    if (this.openCount >= context.limits.outboxSendsMax) return this.tell(conversation, input.localId, 'refused', 0, ErrorCode.busy);
    const send = new Send(
      input.localId,
      input.messageKind,
      input.body.slice(),
      input.target,
      input.replyTo,
      this.nextOrder++,
      conversation.cursor,
      input.sendIdHigh,
      input.sendIdLow,
    );
    this.openCount++;
    this.tell(conversation, send.localId, 'pending', 0, 0);
    if (conversation.moving.length > 0) {
      // Others before it wait for their identity: it takes its number behind them.
      conversation.moving.push(send);
      return this.drawIdentity();
    }
    this.number(conversation, send, input.senderIdHigh, input.senderIdLow);
  }

  /** Answer to `drawRandom`: the conversations' moving sends get their identities. */
  onRandom(words: Uint32Array): void {
    let at = 0;
    for (const conversation of this.context.conversations.values()) {
      while (conversation.moving.length > 0 && at + identityWords <= words.length) {
        const send = conversation.moving.shift() as Send;
        send.idHigh = words[at + 2];
        send.idLow = words[at + 3];
        this.number(conversation, send, words[at], words[at + 1]);
        at += identityWords;
      }
    }
  }

  /** A new connection: all that is open goes again, in order. */
  resume(conversation: Conversation): void {
    for (const sender of conversation.senders) {
      for (const send of sender.open) if (send.state !== 'searching') send.state = 'ready';
    }
    this.queuePump(conversation);
  }

  /** Numbers are noted; positions and `expired` were the old store's words: moved now, the number would be waited for (simulator seed 309041). */
  newStore(conversation: Conversation): void {
    this.logReset(conversation);
    for (const sender of conversation.senders) {
      for (const send of sender.open) if (send.state === 'searching') send.state = 'ready';
      sender.noteBase();
      this.store.put(sender.key, sender.record());
    }
  }

  logReset(conversation: Conversation): void {
    for (const send of conversation.moving) send.floor = 0;
    for (const sender of conversation.senders) {
      for (const send of sender.open) {
        if (send.floor === 0) continue;
        send.floor = 0;
        send.storedBy = this.store.put(send.keyUnder(sender), send.record());
      }
    }
  }

  queuePump(conversation: Conversation): void {
    if (conversation.pumpQueued) return;
    conversation.pumpQueued = true;
    this.queue.push(conversation);
  }

  /** The store confirmed: sends may have become sendable. */
  stored(): void {
    for (const conversation of this.unstored) {
      conversation.waitsForStore = false;
      this.queuePump(conversation);
    }
    this.unstored.length = 0;
  }

  /** At the end of a step, when the store's effect was issued. */
  flush(): void {
    if (this.queue.length === 0) return;
    for (let index = 0; index < this.queue.length; index++) {
      this.queue[index].pumpQueued = false;
      this.pump(this.queue[index]);
    }
    this.queue.length = 0;
  }

  tick(conversation: Conversation): boolean {
    let open = conversation.moving.length > 0;
    let due = false;
    for (const sender of conversation.senders) {
      for (const send of sender.open) {
        open = true;
        if (send.state !== 'inFlight' && send.state !== 'waiting') continue;
        if (this.context.nowMs < send.dueMs) this.context.wake(send.dueMs);
        else due = true;
      }
    }
    if (due && this.context.ready) this.queuePump(conversation);
    return open;
  }

  // ---- answers

  onAccepted(r: FrameReader): boolean {
    if (!readAccepted(r, accepted)) return false;
    const send = this.find(accepted);
    if (send !== null) this.end(send, 'accepted', accepted.seq, 0);
    return true;
  }

  onRejected(r: FrameReader): boolean {
    if (!readRejected(r, rejected)) return false;
    const send = this.find(rejected);
    if (send !== null) this.end(send, 'rejected', 0, rejected.code);
    return true;
  }

  onRefused(r: FrameReader): boolean {
    if (!readRefused(r, refused)) return false;
    const send = this.find(refused);
    if (send === null) return true;
    const sender = senderOf(send);
    this.end(send, 'refused', 0, refused.code);
    this.moveAbove(sender, send.clientSeq);
    return true;
  }

  onRetry(r: FrameReader): boolean {
    if (!readRetry(r, retry)) return false;
    const send = this.find(retry);
    if (send === null) return true;
    const sender = senderOf(send);
    if (retry.code === ErrorCode.gap && sender.hasLost(retry.expected, send.clientSeq)) {
      this.moveAbove(sender, retry.expected);
      return true;
    }
    const limits = this.context.limits;
    send.state = retry.code === ErrorCode.gap && send !== sender.open[0] ? 'gap' : 'waiting';
    send.dueMs = this.context.nowMs + (retry.retryAfterMs > 0 ? retry.retryAfterMs : limits.retryAfterMs);
    this.context.wake(send.dueMs);
    return true;
  }

  onCounterConflict(r: FrameReader): boolean {
    if (!readCounterConflict(r, counterConflict)) return false;
    const send = this.find(counterConflict);
    if (send !== null) this.move(send);
    return true;
  }

  onExpired(r: FrameReader): boolean {
    if (!readExpired(r, expired)) return false;
    const send = this.find(expired);
    if (send === null || send.state === 'searching') return true;
    send.state = 'searching';
    this.hooks.search(senderOf(send).conversation, send);
    return true;
  }

  /** An event of this user was shown: ends the send that it is. Returns its localId, or 0. */
  onOwnEvent(conversation: Conversation, event: EventStruct): number {
    if (conversation.senders.length === 0) return 0;
    const { senderIdHigh, senderIdLow, clientSeq, sendIdHigh, sendIdLow, seq } = event;
    const send = findSend(conversation, senderIdHigh, senderIdLow, clientSeq, sendIdHigh, sendIdLow);
    if (send === null) return 0;
    this.end(send, 'accepted', seq, 0);
    return send.localId;
  }

  /** The search for an expired send ended. `seq` 0: it is not in the log, up to the head. */
  found(send: Send, seq: number): void {
    if (send.sender === null || send.state !== 'searching') return;
    if (seq !== 0) this.end(send, 'accepted', seq, 0);
    else this.move(send);
  }

  // ---- inside

  private number(conversation: Conversation, send: Send, senderHigh: number, senderLow: number): void {
    let sender = conversation.current;
    if (sender === null) {
      sender = new Sender(conversation, this.outbox, senderHigh, senderLow);
      conversation.senders.push(sender);
      conversation.current = sender;
    }
    const oldSender = send.sender;
    const oldKey = oldSender === null || this.context.lean ? '' : send.keyUnder(oldSender);
    send.sender = sender;
    send.clientSeq = sender.next++;
    send.state = 'ready';
    sender.open.push(send);
    if (!this.context.lean) {
      if (oldKey !== '') this.store.put(oldKey, null);
      this.store.put(sender.key, sender.record());
      send.storedBy = this.store.put(send.keyUnder(sender), send.record());
      if (oldSender !== null) this.dropIfDone(oldSender);
    }
    this.queuePump(conversation);
  }

  private pump(conversation: Conversation): void {
    const { ready, nowMs, limits } = this.context;
    if (!ready) return;
    for (const sender of conversation.senders) {
      const open = sender.open;
      if (open.length === 0) continue;
      // A number is sent only when every number ≤ it − W has its outcome.
      const below = open[0].clientSeq + limits.windowSends;
      let sentBefore = false;
      for (let index = 0; index < open.length && open[index].clientSeq < below; index++) {
        const send = open[index];
        if (send.storedBy > this.store.storedId) {
          this.waitForStore(conversation);
          break;
        }
        if (!this.sendable(send, index === 0 || sentBefore, nowMs)) continue;
        this.transmit(conversation, sender, send);
        sentBefore = true;
      }
    }
  }

  private waitForStore(conversation: Conversation): void {
    if (conversation.waitsForStore) return;
    conversation.waitsForStore = true;
    this.unstored.push(conversation);
  }

  private sendable(send: Send, leads: boolean, nowMs: number): boolean {
    switch (send.state) {
      case 'ready':
        return true;
      case 'inFlight':
      case 'waiting':
        return nowMs >= send.dueMs;
      case 'gap':
        // Behind a predecessor that goes now, or when none is left before it.
        return leads;
      case 'searching':
        return false;
    }
  }

  private transmit(conversation: Conversation, sender: Sender, send: Send): void {
    const { writer, nowMs, limits } = this.context;
    frame.conversationA = conversation.a;
    frame.conversationB = conversation.b;
    frame.senderIdHigh = sender.high;
    frame.senderIdLow = sender.low;
    frame.clientSeq = send.clientSeq;
    frame.sendIdHigh = send.idHigh;
    frame.sendIdLow = send.idLow;
    frame.kind = send.kind;
    frame.body = send.body;
    frame.target = send.target;
    frame.replyTo = send.replyTo;
    writer.reset();
    writeSend(writer, frame);
    this.context.transmit();
    send.state = 'inFlight';
    send.dueMs = nowMs + limits.sendRepeatMs;
    this.context.wake(send.dueMs);
    this.hooks.activate(conversation);
    if (send.toldSent) return;
    send.toldSent = true;
    this.tell(conversation, send.localId, 'sent', 0, 0);
  }

  /** The send has its outcome, or is refused. */
  private end(send: Send, state: 'accepted' | 'rejected' | 'refused', seq: number, code: number): void {
    const sender = senderOf(send);
    const conversation = sender.conversation;
    sender.open.splice(sender.open.indexOf(send), 1);
    send.sender = null;
    this.openCount--;
    if (!this.context.lean) {
      this.store.put(send.keyUnder(sender), null);
      this.dropIfDone(sender);
    }
    this.tell(conversation, send.localId, state, seq, code);
    if (sender.open.length > 0) this.queuePump(conversation);
  }

  /** The number will never be used: what stands behind it goes on under a new sender. */
  private moveAbove(sender: Sender, clientSeq: number): void {
    this.retire(sender);
    for (const send of sender.open.filter((other) => other.clientSeq > clientSeq)) this.move(send);
    this.dropIfDone(sender);
  }

  /** Takes the send off its sender, which takes no new sends any more; it goes on when its new identity was drawn. */
  private move(send: Send): void {
    const sender = senderOf(send);
    this.retire(sender);
    sender.open.splice(sender.open.indexOf(send), 1);
    sender.conversation.moving.push(send);
    this.hooks.activate(sender.conversation);
    this.drawIdentity();
    if (sender.open.length > 0) this.queuePump(sender.conversation);
  }

  private retire(sender: Sender): void {
    const conversation = sender.conversation;
    if (conversation.current === sender) conversation.current = null;
    if (sender.retired) return;
    sender.retired = true;
    this.store.put(sender.key, sender.record());
  }

  /** A retired sender without open sends is forgotten: its numbers are never used again. */
  private dropIfDone(sender: Sender): void {
    if (!sender.retired || sender.open.length > 0) return;
    const { senders, moving } = sender.conversation;
    if (moving.some((send) => send.sender === sender)) return;
    const at = senders.indexOf(sender);
    if (at < 0) return;
    senders.splice(at, 1);
    this.store.put(sender.key, null);
  }

  private drawIdentity(): void {
    this.context.out.drawRandom(this.nextRandomId++, identityWords);
  }

  private find(identity: Identity): Send | null {
    const conversation = this.context.conversation(identity.conversationA, identity.conversationB);
    const { senderIdHigh, senderIdLow, clientSeq, sendIdHigh, sendIdLow } = identity;
    return findSend(conversation, senderIdHigh, senderIdLow, clientSeq, sendIdHigh, sendIdLow);
  }

  private tell(conversation: Conversation, localId: number, state: OutgoingEvent['state'], seq: number, code: number): void {
    told.localId = localId;
    told.state = state;
    told.conversationA = conversation.a;
    told.conversationB = conversation.b;
    told.seq = seq;
    told.code = code;
    this.context.out.tell(told);
  }
}

function senderOf(send: Send): Sender {
  const sender = send.sender;
  assert(sender !== null, 'an open send has a sender');
  return sender;
}

function findSend(
  conversation: Conversation,
  senderHigh: number,
  senderLow: number,
  clientSeq: number,
  idHigh: number,
  idLow: number,
): Send | null {
  for (const sender of conversation.senders) {
    if (sender.high !== senderHigh || sender.low !== senderLow) continue;
    for (const send of sender.open) {
      if (send.clientSeq === clientSeq) return send.idHigh === idHigh && send.idLow === idLow ? send : null;
      if (send.clientSeq > clientSeq) return null;
    }
  }
  return null;
}
