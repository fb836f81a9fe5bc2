/**
 * Public types of `parley/client`, the same in the browser and in Node.
 *
 * Everything the application sees is here: `createParley(options)` gives a `Parley`; a `Parley` gives `Conversation`s; both keep
 * their state as plain read-only values that are replaced, never changed, so that a page may compare them with `===`.
 * Nothing sent is lost or doubled by reload, crash, loss of network or restart of the server: an unanswered send lies in the
 * outbox store and goes on at the next start.
 */
import type { ParleyError } from './errors.ts';
import type { OutboxStore } from './outbox-store.ts';

/**
 * - `offline`: before `connect()`, after `close()`, or stopped by an error that trying again does not cure (see the `error` event)
 * - `connecting`: on the way for the first time
 * - `online`: connected; what arrives is live
 * - `reconnecting`: was online, is not now, and tries again by itself
 */
export type ConnectionState = 'offline' | 'connecting' | 'online' | 'reconnecting';

/** How frames travel. `auto`: WebSocket, long-poll while WebSocket does not get through, and back later. */
export type TransportChoice = 'auto' | 'websocket' | 'poll' | 'stream';

export interface ParleyOptions {
  /** Base URL of the server, as `https://chat.example.org`. In a browser the page's own origin by default. */
  readonly url?: string;
  /** A JWT, or a function that gives a fresh one: it is called at the start, before the old one expires, and when one was refused. */
  readonly token: string | (() => string | Promise<string>);
  /** Where outbox and cursors live. Default: IndexedDB in a browser (memory where it is forbidden), memory in Node. */
  readonly store?: OutboxStore;
  /** Default `auto`. `stream`: raw TCP framing, Node only, `url` then is `tcp://host:port`. */
  readonly transport?: TransportChoice;
  /** A conversation that is further behind than this is not fetched whole: it starts anew at its tail. Default 200. */
  readonly tailEventsMax?: number;
}

export interface User {
  readonly id: number;
  readonly name: string;
}

/** A send was accepted: it is durable, at this position of the conversation. */
export interface Accepted {
  readonly seq: number;
}

/**
 * Own messages: `pending` (stored here, not yet on its way) → `sent` → `accepted` (durable on the server, ✓) → `delivered` (a device
 * of the peer has it, ✓✓) → `read`; or `failed` (see `error`; it will never be in the log). Messages of others: `received`.
 */
export type MessageState = 'pending' | 'sent' | 'accepted' | 'delivered' | 'read' | 'failed' | 'received';

export interface Message {
  /** The same from the first `pending` on, unique within the conversation: fit for a list's key. */
  readonly key: string;
  /** Position in the conversation; 0 until accepted. */
  readonly seq: number;
  readonly author: number;
  readonly mine: boolean;
  /** Text as last edited; empty when deleted. */
  readonly text: string;
  /** ms since 1970: by the server, or the local time of writing until accepted. */
  readonly timestamp: number;
  /** `seq` of the message it answers; 0: none. */
  readonly replyTo: number;
  readonly edited: boolean;
  readonly deleted: boolean;
  readonly state: MessageState;
  /** Advice while not delivered: the peer had no device on line. */
  readonly peerOffline: boolean;
  /** Why it failed; null unless `failed`. */
  readonly error: ParleyError | null;
}

export interface HistoryPage {
  /** Ascending by `seq`. */
  readonly messages: readonly Message[];
  /** Older ones exist. */
  readonly more: boolean;
}

export interface SendOptions {
  /** `seq` of the message this one answers. */
  readonly replyTo?: number;
}

/** Snapshot of a conversation for a list. */
export interface ConversationSummary {
  readonly id: string;
  /** The other user; the own id for notes to self. */
  readonly peer: number;
  /** Name of the peer; '' until it is known (a `conversations` event follows). */
  readonly name: string;
  readonly unread: number;
  /** null until it is known. An own pending message counts. */
  readonly lastMessage: Message | null;
  /** ms since 1970; the list is ordered by it, newest first. */
  readonly lastTimestamp: number;
  readonly muted: boolean;
  readonly archived: boolean;
  /** Blocked by this user. */
  readonly blocked: boolean;
  readonly typing: boolean;
}

export interface Conversation {
  /** `"lower-upper"` user ids. */
  readonly id: string;
  readonly peer: number;
  readonly summary: ConversationSummary;
  /**
   * What is loaded, ascending and without a hole, then own messages that are not accepted yet, in order of writing. A new array
   * after each change. Empty before `open()` or `history()`, apart from what came live.
   */
  readonly messages: readonly Message[];
  /** Older messages exist than the first of `messages`. */
  readonly hasOlder: boolean;
  /** The peer's watermarks. */
  readonly peerDelivered: number;
  readonly peerRead: number;
  readonly peerTyping: boolean;

  /**
   * Says that the conversation is on screen: loads the newest page if none is loaded and keeps the peer's watermarks fresh
   * over reconnects. Idempotent.
   * @throws ParleyError when the newest page could not be loaded in time (`timeout`, `unavailable`; retry is true).
   */
  open(): Promise<void>;
  /** It is off screen. */
  leave(): void;
  /**
   * Puts a message into the outbox; it leaves as soon as it is stored there. Resolves when the server accepted it, however long
   * that takes, also over reconnects; the message is in `messages` at once.
   * @throws ParleyError `blocked`, `noSuchUser`, `tooLarge`, `badSend` (empty): will never be sent; `outboxFull`: wait for answers;
   * `closed`: `close()` was called, the message goes on at the next start with the same store.
   */
  send(text: string, options?: SendOptions): Promise<Accepted>;
  /** Replaces the text of an own message. @throws ParleyError as `send`, and `notAuthor`, `noSuchTarget`. */
  edit(seq: number, text: string): Promise<Accepted>;
  /** Deletes an own message for everyone. @throws ParleyError as `edit`. */
  delete(seq: number): Promise<Accepted>;
  /** Takes a `failed` message off the list. */
  discard(key: string): void;
  /** Everything up to `seq` (default: all that is known) was read. Repeated by itself until the server has it. */
  read(seq?: number): void;
  /** The user is typing; call at each key, it is sent every few seconds at most. */
  typing(): void;
  /**
   * Loads up to `limit` messages older than `beforeSeq` (default: older than `messages`, or the newest) and joins them to `messages`
   * when they touch it.
   * @throws ParleyError `timeout`, `unavailable`, `notMember`.
   */
  history(beforeSeq?: number, limit?: number): Promise<HistoryPage>;
  /** Blocks or unblocks the peer. @throws ParleyError `timeout`, `unavailable`. */
  block(blocked: boolean): Promise<void>;
  /** @throws ParleyError `timeout`, `unavailable`. */
  setFlags(flags: { readonly muted?: boolean; readonly archived?: boolean }): Promise<void>;
  /** Calls `listener` after anything of this conversation changed, at most once a turn. Returns the function that ends it. */
  onChange(listener: () => void): () => void;
}

/** Events of a `Parley`, with what the listener gets. */
export interface ParleyEvents {
  /** The connection's state changed. `retryAtMs`: when it tries again (ms since 1970), 0: now or never. */
  readonly state: { readonly state: ConnectionState; readonly retryAtMs: number };
  /** Anything of the list changed; at most once a turn. */
  readonly conversations: readonly ConversationSummary[];
  /**
   * A message of another user, or of another own device, arrived live or was caught up. Each once, in order; those already read (on
   * another device, or before this one was new) are left out.
   */
  readonly message: { readonly conversation: Conversation; readonly message: Message };
  /** A watermark of the peer rose. */
  readonly receipt: { readonly conversation: Conversation; readonly delivered: number; readonly read: number };
  /** The peer began or ended typing. */
  readonly typing: { readonly conversation: Conversation; readonly typing: boolean };
  /** Advice: the peer had no device on line. */
  readonly undelivered: { readonly conversation: Conversation; readonly seq: number };
  /** What is shown of the conversation begins anew (the server's store was restored, or the device was away too long); null: of all. */
  readonly reset: { readonly conversation: Conversation | null };
  /** Something the application should know: a refused token, a server error. `state` says whether it goes on. */
  readonly error: ParleyError;
}

export interface Parley {
  readonly state: ConnectionState;
  /** How frames travel while `state` is online, or travelled last; null before the first try. A change comes with a `state` event. */
  readonly transport: Exclude<TransportChoice, 'auto'> | null;
  /** Own user; null until the first `welcome` (or known from the store after `connect()` began). */
  readonly me: User | null;
  /** Longest text in bytes of UTF-8. */
  readonly bodyBytesMax: number;

  /**
   * Opens the store, adopts outboxes left by tabs that died, connects, and stays connected until `close()`. Resolves at the
   * first `welcome`. Idempotent.
   * @throws ParleyError `tokenInvalid`, `wrongUser`, `protocolVersion`: it does not try again; `closed`; `storeFailed`.
   * While the network or the server is away it waits and tries on.
   */
  connect(): Promise<User>;
  /**
   * The conversation with a user (by id), or by conversation id (`"A-B"`). Nothing is sent before its first message.
   * @throws ParleyError `notConnected` before the own user is known.
   */
  conversation(peerOrId: number | string): Conversation;
  /** Own conversations, newest first; a new array after each change (`conversations` event). */
  conversations(): readonly ConversationSummary[];
  /** Finds a person by exact name; null: there is none. @throws ParleyError `timeout`, `unavailable`, `busy`. */
  findUser(name: string): Promise<User | null>;
  /** Names of users by id; ids without a user are left out. Answers are kept. @throws ParleyError `timeout`, `unavailable`, `busy`. */
  names(ids: readonly number[]): Promise<ReadonlyMap<number, string>>;
  /** Listens; returns the function that ends it. */
  on<Name extends keyof ParleyEvents>(event: Name, listener: (value: ParleyEvents[Name]) => void): () => void;
  /** Says goodbye and releases the store's lease. What is unanswered stays in the store. */
  close(): Promise<void>;
}

/**
 * `createParley` of `parley/client` (browser: core/client/browser/index.ts, Node: core/client/node/index.ts). Does no input or output
 * before `connect()`.
 */
export type CreateParley = (options: ParleyOptions) => Parley;

/**
 * `developmentToken` of `parley/client`: asks a server in development mode to sign a token for a name.
 * @throws ParleyError `unsupported`: the server is not in development mode; `unavailable`.
 */
export type DevelopmentToken = (url: string, name: string) => Promise<string>;
