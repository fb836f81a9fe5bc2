// Goal: a client session whose server is the test: frames go in as they are written here, what it says is looked at.
// Method: effects are noted; the client's store is a RecordMap that confirms at once, unless the test holds it back.
import type { ClientEvent } from '../../../../core/engine/client/client-events.ts';
import type { ClientInput, ClientOut, ClientRecord } from '../../../../core/engine/client/client-port.ts';
import { applyRecords, RecordMap } from '../../../../core/engine/client/client-records.ts';
import { ClientSession } from '../../../../core/engine/client/client-session.ts';
import { decodeFrame, encodeFrames } from '../../../../core/protocol/codec.ts';
import { newSend } from '../../../../core/protocol/generated/client-frames.ts';
import type { Frame } from '../../../../core/protocol/generated/frames.ts';
import * as server from '../../../../core/protocol/generated/server-frames.ts';
import { defaultLimits } from '../../../../core/protocol/limits.ts';
import { encodeUtf8 } from '../../../../core/protocol/utf8.ts';

export const me = 10;
export const peer = 20;
export const conversation = { conversationA: me, conversationB: peer };
export const storeA = { storeIdHigh: 1, storeIdLow: 2 };
export const storeB = { storeIdHigh: 3, storeIdLow: 4 };

export type SendFrame = Extract<Frame, { type: 3 }>;

export interface ScriptedOptions {
  readonly table?: RecordMap;
  readonly lean?: boolean;
  readonly tailEventsMax?: number;
  /** Store effects wait for `confirm()`. */
  readonly holdStore?: boolean;
  /** Random words begin above this: another start of a client draws others. */
  readonly wordBase?: number;
}

export class Scripted implements ClientOut {
  nowMs = 1_000_000;
  readonly table: RecordMap;
  readonly machine: ClientSession;
  readonly told: ClientEvent[] = [];
  readonly frames: Frame[] = [];
  connects = 0;
  disconnects = 0;
  tokens = 0;
  readonly stores: { id: number; storeId: string; records: readonly ClientRecord[] }[] = [];
  private readonly options: ScriptedOptions;
  private readonly waiting: ClientInput[] = [];
  private stepping = false;
  private word: number;
  private localId = 0;

  constructor(options: ScriptedOptions = {}) {
    this.options = options;
    this.table = options.table ?? new RecordMap();
    this.word = options.wordBase ?? 1000;
    const { lean = false, tailEventsMax = Number.POSITIVE_INFINITY } = options;
    this.machine = new ClientSession({ limits: defaultLimits, lean, tailEventsMax });
  }

  /** Loads, connects, is welcomed. */
  begin(store = storeA): this {
    this.step({ kind: 'loaded', records: this.table.list(), outbox: 'x', deviceId: 1, tabId: 2 });
    this.step({ kind: 'token', token: 't' });
    return this.welcome(store);
  }

  welcome(store = storeA): this {
    this.step({ kind: 'connected' });
    const expires = this.nowMs + 3_600_000;
    const frame = { ...server.newWelcome(), protocol: 1, user: me, name: 'me', serverTime: this.nowMs, tokenExpiresAt: expires };
    this.feed({ ...frame, ...store, pingMs: 25_000, bodyBytesMax: 8192 });
    return this;
  }

  /** The connection breaks, and a new one is made and welcomed. */
  reconnect(store = storeA): this {
    this.step({ kind: 'disconnected', random: 0, code: 0 });
    this.wait(1);
    return this.welcome(store);
  }

  step(input: ClientInput): void {
    this.waiting.push(input);
    if (this.stepping) return;
    this.stepping = true;
    for (let next = this.waiting.shift(); next !== undefined; next = this.waiting.shift()) this.machine.step(next, this.nowMs, this);
    this.stepping = false;
  }

  feed(...frames: Frame[]): void {
    this.step({ kind: 'received', bytes: encodeFrames(frames) });
  }

  /** Time passes, with every tick the machine wants. */
  wait(ms: number): void {
    const endMs = this.nowMs + ms;
    while (this.machine.nextWakeMs() <= endMs) {
      this.nowMs = Math.max(this.nowMs, this.machine.nextWakeMs());
      this.step({ kind: 'tick' });
    }
    this.nowMs = endMs;
  }

  send(text: string): number {
    const localId = ++this.localId;
    this.step({
      kind: 'send',
      localId,
      ...conversation,
      messageKind: 1,
      body: encodeUtf8(text),
      target: 0,
      replyTo: 0,
      sendIdHigh: this.random(),
      sendIdLow: this.random(),
      senderIdHigh: this.random(),
      senderIdLow: this.random(),
    });
    return localId;
  }

  /** Confirms the oldest held store effect. */
  confirm(): void {
    const next = this.stores.shift();
    if (next === undefined) return;
    applyRecords(this.table, next.storeId, next.records);
    this.step({ kind: 'stored', id: next.id });
  }

  /** Frames sent since the last call. */
  takeFrames(): Frame[] {
    return this.frames.splice(0);
  }

  sends(): SendFrame[] {
    return this.takeFrames().filter((frame): frame is SendFrame => frame.type === 3);
  }

  of<Type extends Frame['type']>(type: Type): Extract<Frame, { type: Type }>[] {
    return this.takeFrames().filter((frame): frame is Extract<Frame, { type: Type }> => frame.type === type);
  }

  outcomes(): string[] {
    return this.told.flatMap((event) =>
      event.kind === 'outgoing' && event.state !== 'pending' && event.state !== 'sent'
        ? [`${event.localId} ${event.state} ${event.seq}`]
        : [],
    );
  }

  shown(): number[] {
    return this.told.flatMap((event) => (event.kind === 'event' ? [event.event.seq] : []));
  }

  nextWord(): number {
    return this.word;
  }

  private random(): number {
    return this.word++;
  }

  // ---- effects

  connect(): void {
    this.connects++;
  }
  disconnect(): void {
    this.disconnects++;
  }
  needToken(): void {
    this.tokens++;
  }
  toServer(bytes: Uint8Array, start: number, end: number): void {
    const frame = decodeFrame(bytes.slice(start, end));
    if ('failed' in frame) throw new Error(`the client wrote no frame: ${frame.reason}`);
    this.frames.push(frame);
  }
  store(id: number, storeId: string, records: readonly ClientRecord[]): void {
    this.stores.push({ id, storeId, records: structuredClone(records) });
    if (this.options.holdStore === true) return;
    const next = this.stores.shift();
    if (next === undefined) return;
    applyRecords(this.table, next.storeId, next.records);
    this.waiting.push({ kind: 'stored', id });
  }
  drawRandom(id: number, count: number): void {
    this.waiting.push({ kind: 'random', id, words: Uint32Array.from({ length: count }, () => this.random()) });
  }
  tell(event: ClientEvent): void {
    this.told.push(structuredClone(event));
  }
}

/** The identity fields of a send, for an answer to it. */
export function identity(send: SendFrame) {
  const { conversationA, conversationB, senderIdHigh, senderIdLow, clientSeq, sendIdHigh, sendIdLow } = send;
  return { conversationA, conversationB, senderIdHigh, senderIdLow, clientSeq, sendIdHigh, sendIdLow };
}

export function accepted(send: SendFrame, seq: number): Frame {
  return { ...server.newAccepted(), ...identity(send), seq };
}

export function retry(send: SendFrame, code: number, expected = 0, retryAfterMs = 100): Frame {
  return { ...server.newRetry(), ...identity(send), code, expected, retryAfterMs };
}

/** An event of the peer. */
export function event(seq: number, text = `e${seq}`): Extract<Frame, { type: 33 }> {
  const fields = { seq, messageNo: seq, authorNo: seq, timestamp: 1000 + seq, kind: 1, author: peer, senderIdHigh: 9, senderIdLow: 9 };
  return { ...server.newEvent(), ...conversation, ...fields, clientSeq: seq, sendIdHigh: 8, sendIdLow: seq, body: encodeUtf8(text) };
}

/** The event that a send of this client became. */
export function eventOf(send: SendFrame, seq: number): Frame {
  const { senderIdHigh, senderIdLow, clientSeq, sendIdHigh, sendIdLow, body } = { ...newSend(), ...send };
  return { ...event(seq), author: me, senderIdHigh, senderIdLow, clientSeq, sendIdHigh, sendIdLow, body };
}

export function page(requestId: number, seqs: readonly number[], headSeq: number, more = false): Frame {
  const events = seqs.map((seq) => event(seq));
  return { ...server.newPage(), requestId, ...conversation, headSeq, headOthersNo: headSeq, more, watermarks: [], events };
}

export function entry(lastSeq: number, epoch = 2, batch = lastSeq): Frame {
  return { ...server.newEntry(), ...conversation, lastSeq, lastOthersNo: lastSeq, lastTimestamp: 1000 + lastSeq, epoch, batch };
}

export function bookmark(epoch: number, batch: number, store = storeA): Frame {
  return { ...server.newBookmark(), epoch, batch, ...store };
}
