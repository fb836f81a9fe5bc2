/**
 * What the client session tells its application.
 *
 * `event`, `outgoing` and `receipt` are objects that the machine uses again: valid, with the bytes in them, during the call only.
 */
import type { EntryStruct, EventStruct } from '../../protocol/generated/structs.ts';

export type ClientEvent =
  | StateEvent
  | OutgoingEvent
  | ShownEvent
  | ReceiptEvent
  | PageEvent
  /** Own user and limits are known (each `welcome`). */
  | {
      readonly kind: 'welcome';
      readonly user: number;
      readonly name: string;
      readonly serverTimeMs: number;
      readonly bodyBytesMax: number;
    }
  /** A send found in the store at the start, or adopted; its localId is below 0. `outgoing` events follow under it. */
  | {
      readonly kind: 'restored';
      readonly localId: number;
      readonly conversationA: number;
      readonly conversationB: number;
      readonly messageKind: number;
      readonly body: Uint8Array;
      readonly target: number;
      readonly replyTo: number;
    }
  /** The inbox entry changed: last, read, flags. */
  | { readonly kind: 'conversation'; readonly entry: Readonly<EntryStruct> }
  /** Advice: the peer had no device on line; never told at or below its delivered watermark. */
  | { readonly kind: 'undelivered'; readonly conversationA: number; readonly conversationB: number; readonly seq: number }
  | { readonly kind: 'typing'; readonly conversationA: number; readonly conversationB: number; readonly user: number }
  /**
   * What was shown before `fromSeq` is not continued: events go on from there (the tail of a log this device was too far behind, 1 after a
   * restored server). Conversation 0, 0: all of them.
   */
  | { readonly kind: 'reset'; readonly conversationA: number; readonly conversationB: number; readonly fromSeq: number }
  /** The server ended the connection for this reason. `final`: the machine stopped and tries no more. */
  | {
      readonly kind: 'error';
      readonly code: number;
      readonly message: string;
      readonly retryAfterMs: number;
      readonly final: boolean;
    }
  // ---- answers to requests
  | { readonly kind: 'entries'; readonly request: number; readonly more: boolean; readonly entries: readonly EntryStruct[] }
  /** `user` 0: there is none. */
  | { readonly kind: 'userName'; readonly request: number; readonly user: number; readonly name: string }
  | { readonly kind: 'done'; readonly request: number }
  | { readonly kind: 'failed'; readonly request: number; readonly code: number };

export interface StateEvent {
  readonly kind: 'state';
  /** `online`: welcomed. `live`: caught up, too. */
  readonly state: 'offline' | 'connecting' | 'reconnecting' | 'online' | 'live';
  /** `reconnecting`: when; else 0. */
  readonly retryAtMs: number;
}

/**
 * `pending`: taken. `sent`: on its way for the first time. Then one of `accepted` (seq), `rejected` (code; an outcome), `refused` (code;
 * it left no state, is dropped here; `busy`: the outbox is full).
 */
export interface OutgoingEvent {
  readonly kind: 'outgoing';
  localId: number;
  state: 'pending' | 'sent' | 'accepted' | 'rejected' | 'refused';
  conversationA: number;
  conversationB: number;
  seq: number;
  code: number;
}

/** The next event of a conversation: each once, in order, without a hole. */
export interface ShownEvent {
  readonly kind: 'event';
  conversationA: number;
  conversationB: number;
  event: EventStruct;
  /** localId of the own send it is; 0: none of this tab's open ones. */
  localId: number;
}

/** The peer's watermarks rose. */
export interface ReceiptEvent {
  readonly kind: 'receipt';
  conversationA: number;
  conversationB: number;
  user: number;
  delivered: number;
  read: number;
}

/** Answer to `history`; never part of the shown sequence. */
export interface PageEvent {
  readonly kind: 'page';
  readonly request: number;
  readonly conversationA: number;
  readonly conversationB: number;
  readonly headSeq: number;
  readonly more: boolean;
  readonly events: readonly EventStruct[];
}
