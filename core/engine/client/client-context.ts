/**
 * What the parts of the client session share: limits, the present input's time and effects, identity, conversations, and one frame
 * writer. A part never calls another part of the session except through the hooks given to its constructor.
 */
import type { Limits } from '../../protocol/limits.ts';
import { FrameWriter } from '../../protocol/writer.ts';
import type { ClientOut } from './client-port.ts';
import { Conversation } from './conversation.ts';

export interface ClientOptions {
  readonly limits: Limits;
  /** Keeps nothing: no `store` effects, everything counts as stored at once. For load tools. */
  readonly lean?: boolean;
  /** Further behind than this, a conversation starts anew at its tail (`reset` is told). Default: never. */
  readonly tailEventsMax?: number;
}

/** Conversations synced at a time: each answer may be a whole page. */
export const syncOpenMax = 16;
/** After a tick the next one comes no sooner, whatever falls due: bounds the cost of many small deadlines. */
export const tickFloorMs = 50;

/** One for all sessions of a process: a frame is handed on before the next is begun. */
const sharedWriter = new FrameWriter(16 * 1024);

export class ClientContext {
  readonly limits: Limits;
  readonly lean: boolean;
  readonly tailEventsMax: number;
  readonly writer = sharedWriter;
  /** By peer; groups by the negative of their id. */
  readonly conversations = new Map<number, Conversation>();
  nowMs = 0;
  out: ClientOut = noOut;
  /** Earliest wish for a tick. */
  wakeMs = Number.POSITIVE_INFINITY;
  /** Welcomed on this connection, and the storeId was compared: frames may go out. */
  ready = false;
  user = 0;
  name = '';
  storeIdHigh = 0;
  storeIdLow = 0;
  /** The same as 16 hexadecimal digits; '': none yet. */
  storeId = '';
  epoch = 0;
  batch = 0;
  bodyBytesMax: number;
  lastSentMs = 0;
  private lastConversation: Conversation | null = null;

  constructor(options: ClientOptions) {
    this.limits = options.limits;
    this.lean = options.lean ?? false;
    this.tailEventsMax = options.tailEventsMax ?? Number.POSITIVE_INFINITY;
    this.bodyBytesMax = options.limits.bodyBytesMax;
  }

  wake(atMs: number): void {
    if (atMs < this.wakeMs) this.wakeMs = atMs;
  }

  /** Hands over the one frame that was written into `writer`. */
  transmit(): void {
    this.lastSentMs = this.nowMs;
    this.out.toServer(this.writer.bytes, 0, this.writer.length);
  }

  /** The conversation, made at first use. */
  conversation(a: number, b: number): Conversation {
    const last = this.lastConversation;
    if (last !== null && last.a === a && last.b === b) return last;
    const key = conversationMapKey(this.user, a, b);
    let found = this.conversations.get(key);
    if (found === undefined) {
      found = new Conversation(a, b, a === this.user ? b : a);
      this.conversations.set(key, found);
    }
    this.lastConversation = found;
    return found;
  }
}

function conversationMapKey(user: number, a: number, b: number): number {
  if (b === 0) return -a;
  return a === user ? b : a;
}

const noOut: ClientOut = {
  connect: nothing,
  disconnect: nothing,
  needToken: nothing,
  toServer: nothing,
  store: nothing,
  drawRandom: nothing,
  tell: nothing,
};

function nothing(): void {}
