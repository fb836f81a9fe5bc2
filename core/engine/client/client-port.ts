/**
 * Inputs and effects of the client session: the same machine in the browser, in Node, in the load generator and as the
 * simulator's user.
 *
 * The machine holds one tab's session: outbox, cursors, what is shown. Everything it must remember across a crash goes through
 * `store` effects, in order, and is given back as `loaded`. A send leaves only after its record was stored.
 */
import type { Machine } from '../machine.ts';

/** Records of the client's own store (OutboxStore). Keys are strings; a value is a JSON-able object; see client-records.ts. */
export interface ClientRecord {
  readonly key: string;
  /** null: delete. */
  readonly value: unknown;
}

export type ClientInput =
  /** Once, first: what the client's store holds for this user, and random words. */
  | { readonly kind: 'loaded'; readonly records: readonly ClientRecord[]; readonly deviceId: number; readonly tabId: number }
  /** A connection is open (after `connect`). */
  | { readonly kind: 'connected' }
  /** It is gone, or could not be made. `random`: 32 bits for jitter. `code`: an ErrorCode the server closed with, or 0. */
  | { readonly kind: 'disconnected'; readonly random: number; readonly code: number }
  /** A message: run of frames. */
  | { readonly kind: 'received'; readonly bytes: Uint8Array }
  | { readonly kind: 'token'; readonly token: string }
  /** The store holds everything of `store` effect number `id` and all before. */
  | { readonly kind: 'stored'; readonly id: number }
  /** The host says the network is back: connect at once. */
  | { readonly kind: 'online' }
  | { readonly kind: 'tick' }
  // ---- what the application asks (random words drawn by the host from the operating system)
  | {
      readonly kind: 'send';
      readonly localId: number;
      readonly conversationA: number;
      readonly conversationB: number;
      readonly messageKind: number;
      readonly body: Uint8Array;
      readonly target: number;
      readonly replyTo: number;
      readonly sendIdHigh: number;
      readonly sendIdLow: number;
      readonly senderIdHigh: number;
      readonly senderIdLow: number;
    }
  | { readonly kind: 'read'; readonly conversationA: number; readonly conversationB: number; readonly seq: number }
  | { readonly kind: 'typing'; readonly conversationA: number; readonly conversationB: number }
  | { readonly kind: 'open'; readonly conversationA: number; readonly conversationB: number }
  | { readonly kind: 'close' };

export interface ClientOut {
  connect(): void;
  disconnect(): void;
  needToken(): void;
  /** One frame to the server; the host gathers those of a turn into one message. */
  toServer(bytes: Uint8Array, start: number, end: number): void;
  /** Store these in one transaction; values only grow (see client-records.ts); answered by `stored`. */
  store(id: number, records: readonly ClientRecord[]): void;
  /** Something the application may show; see client-events.ts. */
  tell(event: unknown): void;
}

export type ClientMachine = Machine<ClientInput, ClientOut>;
