/**
 * Inputs and effects of the client session: the same machine in the browser, in Node, in the load generator and as the
 * simulator's user.
 *
 * The machine holds one tab's session: outbox, cursors, what is shown. Everything it must remember across a crash goes through
 * `store` effects, in order, and is given back as `loaded`. A send leaves only after its record was stored. Random words are
 * drawn by the host from the operating system at the moment of the input that carries them, never from anything stored.
 */
import type { Machine } from '../machine.ts';
import type { ClientEvent } from './client-events.ts';

/** Records of the client's own store. A value is a JSON-able object (shapes in client-records.ts). */
export interface ClientRecord {
  readonly key: string;
  /** null: delete. */
  readonly value: unknown;
}

export type ClientInput =
  /**
   * Once, first: the shared records and those of the outboxes leased to this tab. `outbox`: the one new sends are written into.
   * The machine asks for a token and connects.
   */
  | {
      readonly kind: 'loaded';
      readonly records: readonly ClientRecord[];
      readonly outbox: string;
      readonly deviceId: number;
      /** Random, new at each start. */
      readonly tabId: number;
    }
  /** Records of an outbox whose tab died: it is leased to this tab now, and its sends go on. */
  | { readonly kind: 'adopted'; readonly records: readonly ClientRecord[] }
  /** A connection is open (after `connect`). */
  | { readonly kind: 'connected' }
  /**
   * It is gone, or could not be made; also the answer to `disconnect`. `random`: 32 bits for jitter. `code`: an ErrorCode the
   * connection was closed with, or 0.
   */
  | { readonly kind: 'disconnected'; readonly random: number; readonly code: number }
  /** A message: run of frames. */
  | { readonly kind: 'received'; readonly bytes: Uint8Array }
  /** Answer to `needToken`, or a newer one unasked. */
  | { readonly kind: 'token'; readonly token: string }
  /** The store holds everything of `store` effect number `id` and all before. */
  | { readonly kind: 'stored'; readonly id: number }
  /** Answer to `drawRandom`: so many u32. */
  | { readonly kind: 'random'; readonly id: number; readonly words: Uint32Array }
  /** The host says the network is back: connect at once. */
  | { readonly kind: 'online' }
  | { readonly kind: 'tick' }
  // ---- what the application asks
  /**
   * `sendId`, `senderId`: random words of this call; the latter is used if the conversation needs a new sender.
   * `localId`: the host's name for it, above 0 and never used twice in this start.
   */
  | {
      readonly kind: 'send';
      readonly localId: number;
      readonly conversationA: number;
      readonly conversationB: number;
      readonly messageKind: number;
      /** Valid UTF-8. */
      readonly body: Uint8Array;
      readonly target: number;
      readonly replyTo: number;
      readonly sendIdHigh: number;
      readonly sendIdLow: number;
      readonly senderIdHigh: number;
      readonly senderIdLow: number;
    }
  /** `othersNo`: messages of others up to `seq`; clamped to what this device has shown. */
  | {
      readonly kind: 'read';
      readonly conversationA: number;
      readonly conversationB: number;
      readonly seq: number;
      readonly othersNo: number;
    }
  | { readonly kind: 'typing'; readonly conversationA: number; readonly conversationB: number }
  /** The conversation is shown (or no more): its watermarks are asked for now and at each `live`. */
  | { readonly kind: 'show'; readonly conversationA: number; readonly conversationB: number; readonly shown: boolean }
  | ClientRequest
  /** Says goodbye; nothing is sent or tried after this. */
  | { readonly kind: 'close' };

/** Asked by the application, answered by one told event with the same `request` (names: by one an id). */
export type ClientRequest =
  | {
      readonly kind: 'history';
      readonly request: number;
      readonly conversationA: number;
      readonly conversationB: number;
      readonly fromSeq: number;
      readonly newer: boolean;
      readonly limit: number;
    }
  | { readonly kind: 'list'; readonly request: number; readonly beforeTimestamp: number; readonly limit: number }
  | { readonly kind: 'lookup'; readonly request: number; readonly name: string }
  | { readonly kind: 'names'; readonly request: number; readonly users: readonly number[] }
  | {
      readonly kind: 'block';
      readonly request: number;
      readonly conversationA: number;
      readonly conversationB: number;
      readonly blocked: boolean;
    }
  | {
      readonly kind: 'flag';
      readonly request: number;
      readonly conversationA: number;
      readonly conversationB: number;
      readonly flags: number;
    };

export interface ClientOut {
  /** Make a connection; the newest token given goes with it where the transport needs one. Answered by `connected` or `disconnected`. */
  connect(): void;
  /** Close it after what was sent has left; answered by `disconnected`. */
  disconnect(): void;
  needToken(): void;
  /** One frame to the server, `bytes[start, end)`; the host gathers those of a turn into one message. */
  toServer(bytes: Uint8Array, start: number, end: number): void;
  /**
   * Store these in one transaction by the rules of `applyRecords`; answered by `stored`. `storeId`: the server's store that the
   * shared records belong to.
   */
  store(id: number, storeId: string, records: readonly ClientRecord[]): void;
  /** Draw `count` random u32; answered by `random`. */
  drawRandom(id: number, count: number): void;
  /** Something the application may show. Events marked so in client-events.ts are valid during the call only. */
  tell(event: ClientEvent): void;
}

export type ClientMachine = Machine<ClientInput, ClientOut>;
