/**
 * A send and its sender: what the outbox keeps of them.
 */
import { decodeUtf8 } from '../../protocol/utf8.ts';
import { type SenderRecord, type SendRecord, senderKey, sendKey, wordsToHex } from './client-records.ts';
import type { Conversation } from './conversation.ts';

/** A senderId of this user in one conversation. Its numbers are given to sends in order and never again. */
export class Sender {
  readonly conversation: Conversation;
  readonly outbox: string;
  readonly high: number;
  readonly low: number;
  next = 1;
  /** No new sends; those that are open keep their numbers until their own answers. */
  retired = false;
  /** `next`, and the numbers open, when the present storeId was first seen. */
  baseNext = 0;
  baseOpen: readonly number[] = [];
  /** Sends without an outcome, numbers ascending. */
  readonly open: Send[] = [];

  constructor(conversation: Conversation, outbox: string, high: number, low: number) {
    this.conversation = conversation;
    this.outbox = outbox;
    this.high = high;
    this.low = low;
  }

  get hex(): string {
    return wordsToHex(this.high, this.low);
  }

  get key(): string {
    return senderKey(this.outbox, this.conversation.a, this.conversation.b, this.hex);
  }

  /** Next and open numbers as the present store of the server finds them. */
  noteBase(): void {
    this.baseNext = this.next;
    this.baseOpen = this.open.map((send) => send.clientSeq);
  }

  /** A number below `next` when the present store was first seen, and not open then: no one can fill this gap any more. */
  hasLost(expected: number, clientSeq: number): boolean {
    return expected > 0 && expected < clientSeq && expected < this.baseNext && !this.baseOpen.includes(expected);
  }

  record(): SenderRecord {
    return { next: this.next, retired: this.retired, baseNext: this.baseNext, baseOpen: this.baseOpen };
  }
}

/**
 * - `ready`: to be sent as soon as it is stored and the window lets it
 * - `inFlight`: sent; again at `dueMs`
 * - `waiting`: answered `retry`; again at `dueMs`
 * - `gap`: answered `gap` with predecessors open; again behind one of them, or when none is left
 * - `searching`: answered `expired`; the log tells whether it was accepted
 */
export type SendState = 'ready' | 'inFlight' | 'waiting' | 'gap' | 'searching';

export class Send {
  readonly localId: number;
  readonly kind: number;
  readonly body: Uint8Array;
  readonly target: number;
  readonly replyTo: number;
  readonly order: number;
  /** null: taken, but without an identity yet. */
  sender: Sender | null = null;
  clientSeq = 0;
  idHigh: number;
  idLow: number;
  floor: number;
  state: SendState = 'ready';
  dueMs = 0;
  /** Number of the `store` effect that holds it. */
  storedBy = 0;
  toldSent = false;

  constructor(
    localId: number,
    kind: number,
    body: Uint8Array,
    target: number,
    replyTo: number,
    order: number,
    floor: number,
    idHigh: number,
    idLow: number,
  ) {
    this.localId = localId;
    this.kind = kind;
    this.body = body;
    this.target = target;
    this.replyTo = replyTo;
    this.order = order;
    this.floor = floor;
    this.idHigh = idHigh;
    this.idLow = idLow;
  }

  keyUnder(sender: Sender): string {
    return sendKey(sender.outbox, sender.conversation.a, sender.conversation.b, sender.hex, this.clientSeq);
  }

  record(): SendRecord {
    return {
      sendId: wordsToHex(this.idHigh, this.idLow),
      kind: this.kind,
      body: decodeUtf8(this.body) ?? '',
      target: this.target,
      replyTo: this.replyTo,
      floor: this.floor,
      order: this.order,
    };
  }
}
