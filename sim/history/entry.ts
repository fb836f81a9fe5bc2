/**
 * The history: what the checkers read, from simulator runs and from real ones (kill test, benchmarks, load runs).
 *
 * Method: one flat object an observation, one JSON object a line (NDJSON). `invoke`: something was begun; `ok`: it happened; `fail`:
 * it definitely did not and never will; `info`: a fact, or an end that is unknown. Times are whole microseconds of a monotonic
 * clock; each line names its clock, and across clocks the checkers allow the error bound that the `run` line states.
 * Ids of 64 bits are 16 hexadecimal digits. PROTOCOL.md, "Histories", is the same list for readers without this file.
 */

/** Number of this format; a reader refuses others. */
export const historyFormat = 1;

interface Common {
  /** Microseconds of `clock`. */
  readonly us: number;
  readonly clock: number;
  /** Who saw it: a tab of a device (`u3.d1.t1`), a node (`n0`), the store (`store`), a reader (`reader`). */
  readonly process: string;
}

/** First line of a file. */
export interface RunEntry extends Common {
  readonly type: 'info';
  readonly op: 'run';
  readonly format: number;
  /** Instants of two different clocks may be wrong by so much against each other. */
  readonly errorUs: number;
  readonly seed?: number;
  readonly commit?: string;
}

/**
 * A tab begins. `kept`: what its client store holds: `first` (new), `all` (as it was), `nothing` (wiped: a new device),
 * `backup` (an older state). `store` names the client store, which tabs of one device share.
 */
export interface DeviceEntry extends Common {
  readonly type: 'info';
  readonly op: 'device';
  readonly user: number;
  readonly store: string;
  readonly kept: 'first' | 'all' | 'nothing' | 'backup';
  /** The server's store that the client store belongs to, if that is known; '': none yet. */
  readonly storeId?: string;
}

/** After `device`: the kept store says that everything up to `seq` was shown. One line a conversation it knows. */
export interface CursorEntry extends Common {
  readonly type: 'info';
  readonly op: 'cursor';
  readonly conversation: string;
  readonly seq: number;
}

/** The tab was welcomed by a node that serves this store. */
export interface WelcomeEntry extends Common {
  readonly type: 'info';
  readonly op: 'welcome';
  readonly storeId: string;
}

/** A node ended the tab's newest connection and said why, by the name of an error code. */
export interface EndedEntry extends Common {
  readonly type: 'info';
  readonly op: 'ended';
  readonly code: string;
}

/** The tab ended: it shows nothing any more and nothing is demanded of it until it begins again. */
export interface GoneEntry extends Common {
  readonly type: 'info';
  readonly op: 'gone';
}

/**
 * The application sends (`invoke`), learns the outcome (`ok`, `fail`), or something happened to its outbox (`info`): `lost`, the outcome can never
 * be learned; `restored`, an older state came back and it goes out again, under the identity of that state. `sendId`: '' if it is not known.
 */
export type SendEntry = Common & { readonly op: 'send'; readonly conversation: string; readonly message: string } & (
    | { readonly type: 'invoke'; readonly user: number; readonly kind: number; readonly text: string; readonly target: number }
    | { readonly type: 'ok'; readonly sendId: string; readonly seq: number }
    | { readonly type: 'fail'; readonly code: string }
    | { readonly type: 'info'; readonly code: string; readonly sendId?: string }
  );

/** An identity under which a message goes over the wire; a message may get a second one (counterConflict, expired, refused). */
export interface AttemptEntry extends Common {
  readonly type: 'info';
  readonly op: 'attempt';
  readonly user: number;
  readonly conversation: string;
  readonly message: string;
  readonly senderId: string;
  readonly clientSeq: number;
  readonly sendId: string;
}

/** What a node answered to a send, seen as it left the node (so also answers that are lost on the way). */
export type AnswerEntry = Common & { readonly op: 'answer'; readonly conversation: string; readonly sendId: string } & (
    | { readonly type: 'ok'; readonly seq: number }
    | { readonly type: 'fail'; readonly code: string }
    | { readonly type: 'info'; readonly code: string }
  );

/** One event of a log, as a device shows it (`event`) or as it is read back at the end (`log`). */
export interface EventFields {
  readonly conversation: string;
  readonly seq: number;
  readonly messageNo: number;
  readonly timestamp: number;
  readonly author: number;
  readonly senderId: string;
  readonly clientSeq: number;
  readonly sendId: string;
  readonly kind: number;
  /** The body; empty for deletions and deleted messages. */
  readonly text: string;
  /** An edit or deletion rewrote this message: `text` is not what was sent. */
  readonly changed: boolean;
}
export interface EventEntry extends Common, EventFields {
  readonly type: 'ok';
  readonly op: 'event';
  readonly user: number;
}
export interface LogEntry extends Common, EventFields {
  readonly type: 'ok';
  readonly op: 'log';
}

/** The device gave up its cursor of a conversation (`*`: of all): what it shows next begins at `fromSeq`. */
export interface ResetEntry extends Common {
  readonly type: 'info';
  readonly op: 'reset';
  readonly conversation: string;
  readonly fromSeq: number;
}

/** `invoke`: the device says that everything up to `seq` is here (was read); `ok`: the server confirmed it as durable. */
export interface AckEntry extends Common {
  readonly type: 'invoke' | 'ok';
  readonly op: 'ack' | 'read';
  readonly user: number;
  readonly conversation: string;
  readonly seq: number;
}

/** A device learned a member's watermarks. */
export interface ReceiptEntry extends Common {
  readonly type: 'ok';
  readonly op: 'receipt';
  readonly conversation: string;
  readonly member: number;
  readonly delivered: number;
  readonly read: number;
}

/** A member's watermarks read back from the store at the end. */
export interface WatermarkEntry extends Common {
  readonly type: 'ok';
  readonly op: 'watermark';
  readonly conversation: string;
  readonly member: number;
  readonly delivered: number;
  readonly read: number;
}

/** A device showed "not delivered: the recipient is off line". */
export interface UndeliveredEntry extends Common {
  readonly type: 'ok';
  readonly op: 'undelivered';
  readonly user: number;
  readonly conversation: string;
  readonly seq: number;
}

/** A session of the user became live (`up`), or one of its ends is gone. */
export interface SessionEntry extends Common {
  readonly type: 'info';
  readonly op: 'session';
  readonly user: number;
  readonly up: boolean;
}

/** The device stored a bookmark of its inbox. */
export interface BookmarkEntry extends Common {
  readonly type: 'ok';
  readonly op: 'bookmark';
  readonly user: number;
  readonly epoch: number;
  readonly batch: number;
  readonly storeId: string;
}

/** The device's store holds an inbox entry at this age (or learned it by an event). */
export interface KnownEntry extends Common {
  readonly type: 'ok';
  readonly op: 'entry';
  readonly user: number;
  readonly conversation: string;
  readonly lastSeq: number;
  /** The server's store that the device's store belongs to, if that is known. */
  readonly storeId?: string;
}

/** The store made an inbox entry durable (seen in the store, not by a client). */
export interface InboxEntry extends Common {
  readonly type: 'info';
  readonly op: 'inbox';
  readonly user: number;
  readonly conversation: string;
  readonly lastSeq: number;
  /** Read watermark, and the messages it counts as unread. */
  readonly read: number;
  readonly unread: number;
  readonly epoch: number;
  readonly batch: number;
}

/** The device shows this many unread messages of a conversation of which it knows `lastSeq` and the own read watermark. */
export interface BadgeEntry extends Common {
  readonly type: 'info';
  readonly op: 'badge';
  readonly user: number;
  readonly conversation: string;
  readonly lastSeq: number;
  readonly read: number;
  readonly unread: number;
}

/** The server's store was put back: of this conversation nothing above `head` is promised any more. `inbox` lines of the older state follow. */
export interface RestoreEntry extends Common {
  readonly type: 'info';
  readonly op: 'restore';
  readonly conversation: string;
  readonly head: number;
  /** Its name from now on, if that is known. */
  readonly storeId?: string;
}

/** The `log` and `watermark` lines before this one are complete: what they do not show is not in the store. */
export interface ReadbackEntry extends Common {
  readonly type: 'info';
  readonly op: 'readback';
}

/** The tab has the conversation on screen from now on: at rest it must know the members' watermarks. */
export interface ShowEntry extends Common {
  readonly type: 'info';
  readonly op: 'show';
  readonly conversation: string;
}

/** A node's claim of a slot (`partition/slot`) took effect in the store. */
export interface ClaimEntry extends Common {
  readonly type: 'info';
  readonly op: 'claim';
  readonly slot: string;
  readonly epoch: number;
  /** Version of the assignment by which it claims, if that is known. */
  readonly assignment?: number;
}

/** A node gave an answer that only the owner of a slot may give: a page, an offline verdict. */
export interface ServedEntry extends Common {
  readonly type: 'info';
  readonly op: 'served';
  readonly slot: string;
  readonly what: string;
}

/** Something was done to the system; for people. */
export interface FaultEntry extends Common {
  readonly type: 'info';
  readonly op: 'fault';
  readonly what: string;
}

/** Faults had stopped and all had time to finish when the read-back was made: the promises about "in the end" are due. */
export interface RestEntry extends Common {
  readonly type: 'info';
  readonly op: 'rest';
}

export type HistoryEntry =
  | RunEntry
  | DeviceEntry
  | CursorEntry
  | WelcomeEntry
  | EndedEntry
  | GoneEntry
  | SendEntry
  | AttemptEntry
  | AnswerEntry
  | EventEntry
  | LogEntry
  | ResetEntry
  | AckEntry
  | ReceiptEntry
  | WatermarkEntry
  | UndeliveredEntry
  | SessionEntry
  | BookmarkEntry
  | KnownEntry
  | InboxEntry
  | BadgeEntry
  | RestoreEntry
  | ReadbackEntry
  | ShowEntry
  | ClaimEntry
  | ServedEntry
  | FaultEntry
  | RestEntry;

export type HistoryOp = HistoryEntry['op'];

/** Key of a direct conversation in histories: `A-B`, lower user first, as in the JSON codec. */
export function conversationKey(conversationA: number, conversationB: number): string {
  const at = (conversationA ^ Math.imul(conversationB, 0x9e3779b1)) & 0xff;
  if (pairsA[at] === conversationA && pairsB[at] === conversationB) return pairKeys[at];
  pairsA[at] = conversationA;
  pairsB[at] = conversationB;
  pairKeys[at] = `${conversationA}-${conversationB}`;
  return pairKeys[at];
}

/** The two users of a conversation key (the same one twice for notes to self). */
export function membersOf(conversation: string): readonly [number, number] {
  const dash = conversation.indexOf('-');
  return [Number(conversation.slice(0, dash)), Number(conversation.slice(dash + 1))];
}

/** 64 bits as 16 hexadecimal digits. */
export function hex64(high: number, low: number): string {
  const at = (high ^ Math.imul(low, 0x9e3779b1)) & 0xfff;
  if (wordsHigh[at] === high >>> 0 && wordsLow[at] === low >>> 0) return wordsHex[at];
  wordsHigh[at] = high;
  wordsLow[at] = low;
  wordsHex[at] = (high >>> 0).toString(16).padStart(8, '0') + (low >>> 0).toString(16).padStart(8, '0');
  return wordsHex[at];
}

// The same few keys are asked for again and again: the last string of each hash is kept, so no text is built twice in a row.
const pairsA = new Float64Array(0x100).fill(-1);
const pairsB = new Float64Array(0x100);
const pairKeys: string[] = new Array<string>(0x100).fill('');
const wordsHigh = new Uint32Array(0x1000);
const wordsLow = new Uint32Array(0x1000);
const wordsHex: string[] = new Array<string>(0x1000).fill('0000000000000000');
