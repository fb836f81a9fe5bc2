/**
 * One user of a load tool: the client session machine over a raw TCP stream.
 *
 * Method: lean sessions keep no records, others keep them in an OutboxStore. Frames of a loop turn leave as one message; the fleet flushes
 * all sessions of a turn together.
 * Nothing is allocated for a message beyond the machine's own and the buffer that is written.
 */
import { connect, type Socket } from 'node:net';
import type { OpenedStore } from '../../core/client/outbox-store.ts';
import type { ClientEvent } from '../../core/engine/client/client-events.ts';
import type { ClientInput, ClientOut, ClientRecord } from '../../core/engine/client/client-port.ts';
import { ClientSession } from '../../core/engine/client/client-session.ts';
import type { Limits } from '../../core/protocol/limits.ts';
import { beginStreamMessage, endStreamMessage, StreamSplitter } from '../../core/protocol/stream.ts';
import { FrameWriter } from '../../core/protocol/writer.ts';
import { fillRandom, random32, randomId53 } from './random-pool.ts';
import type { StoreLine } from './store-line.ts';

/** What a session needs of its fleet. */
export interface SessionHome {
  readonly limits: Limits;
  nowMs(): number;
  /** Has bytes to be flushed at the end of the turn. */
  dirty(session: FleetSession): void;
}

/** Sees the frames of a session: each one that leaves, each message that arrives. Bytes are valid during the call only. */
export interface FrameTap {
  up(bytes: Uint8Array, start: number, end: number): void;
  down(message: Uint8Array): void;
}

export interface FleetSessionOptions {
  /** Host and port of the server's raw stream door. */
  readonly host: string;
  readonly port: number;
  /** Source address, as 127.0.0.2: each brings its own range of ports. */
  readonly localAddress?: string;
  readonly token: string;
  /** Keep at it after a loss (default), or say so and stay away: `lost` is then true. */
  readonly reconnect?: boolean;
  /** What its store held when it was opened, and the way to it; none: a lean session. */
  readonly stored?: { readonly opened: OpenedStore; readonly line: StoreLine };
  readonly tap?: FrameTap;
  /** Called within the machine's step: events marked so in client-events.ts are valid during the call only. */
  readonly onEvent: (event: ClientEvent, session: FleetSession) => void;
}

/** Longest message of the server. */
const messageBytesMax = 2 * 1024 * 1024;
/** A message to the server is at most so long. */
const sendBytesMax = 48 * 1024;

export class FleetSession implements ClientOut {
  /** Own user; 0 before the first welcome. */
  user = 0;
  /** Caught up: what arrives is live. */
  isLive = false;
  lost = false;
  /** For the tool: whatever it keeps of this user. */
  tag = 0;
  isDirty = false;
  private readonly home: SessionHome;
  private readonly options: FleetSessionOptions;
  private readonly machine: ClientSession;
  private readonly frames = new FrameWriter(512);
  private readonly received: { kind: 'received'; bytes: Uint8Array } = { kind: 'received', bytes: new Uint8Array(0) };
  private readonly inputs: ClientInput[] = [];
  private socket: Socket | null = null;
  private mark = 0;
  private stepping = false;
  private dead = false;

  constructor(home: SessionHome, options: FleetSessionOptions) {
    this.home = home;
    this.options = options;
    this.machine = new ClientSession({ limits: home.limits, lean: options.stored === undefined });
  }

  start(): void {
    this.step({ kind: 'token', token: this.options.token });
    const { deviceId, outbox, records } = this.options.stored?.opened ?? { deviceId: randomId53(), outbox: 'lean', records: [] };
    this.step({ kind: 'loaded', records, outbox, deviceId, tabId: randomId53() });
  }

  /** Sends a message; `body` is copied. Its end comes as `outgoing` events with this localId. */
  send(conversationA: number, conversationB: number, body: Uint8Array, localId: number, messageKind = 1, target = 0): void {
    this.step({
      kind: 'send',
      localId,
      conversationA,
      conversationB,
      messageKind,
      body,
      target,
      replyTo: 0,
      sendIdHigh: random32(),
      sendIdLow: random32(),
      senderIdHigh: random32(),
      senderIdLow: random32(),
    });
  }

  step(input: ClientInput): void {
    if (this.dead) return;
    // An input that arises within a step (a failed connect, random words) waits for its end.
    if (this.stepping) {
      this.inputs.push(input);
      return;
    }
    this.stepping = true;
    this.machine.step(input, this.home.nowMs(), this);
    for (let next = this.inputs.shift(); next !== undefined; next = this.inputs.shift()) {
      this.machine.step(next, this.home.nowMs(), this);
    }
    this.stepping = false;
  }

  tick(nowMs: number): void {
    if (this.machine.nextWakeMs() <= nowMs) this.step({ kind: 'tick' });
  }

  /** At the end of a turn: one message with all frames. */
  flush(): void {
    this.isDirty = false;
    if (this.frames.length === 0) return;
    endStreamMessage(this.frames, this.mark);
    this.socket?.write(this.frames.copy());
    this.frames.reset();
  }

  close(): void {
    this.step({ kind: 'close' });
    this.flush();
    this.socket?.end();
  }

  /** The connection is cut as by a broken network, without a word. */
  cut(): void {
    this.socket?.destroy();
  }

  /** As if its process died: nothing is sent, told or stored any more. Resolves when its store may be opened again. */
  async crash(): Promise<void> {
    this.dead = true;
    this.isLive = false;
    this.frames.reset();
    this.socket?.destroy();
    await this.options.stored?.line.end();
  }

  // ---- effects

  connect(): void {
    const { host, port, localAddress } = this.options;
    const socket = connect({ host, port, noDelay: true, ...(localAddress === undefined ? {} : { localAddress }) });
    const splitter = new StreamSplitter(messageBytesMax);
    const visit = (bytes: Uint8Array, start: number, end: number): void => {
      this.received.bytes = bytes.subarray(start, end);
      this.options.tap?.down(this.received.bytes);
      this.step(this.received);
    };
    this.socket = socket;
    socket.on('connect', () => this.step({ kind: 'connected' }));
    socket.on('data', (chunk: Uint8Array) => {
      if (!splitter.push(chunk, visit)) socket.destroy();
    });
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      if (this.socket !== socket) return;
      this.socket = null;
      this.isLive = false;
      this.frames.reset();
      if (this.options.reconnect === false) this.lost = true;
      else this.step({ kind: 'disconnected', random: random32(), code: 0 });
    });
  }

  disconnect(): void {
    this.flush();
    // Not `end`: on a connection that died without a word the other end's goodbye would never come.
    this.socket?.destroySoon();
  }

  needToken(): void {
    this.step({ kind: 'token', token: this.options.token });
  }

  toServer(bytes: Uint8Array, start: number, end: number): void {
    this.options.tap?.up(bytes, start, end);
    if (this.frames.length + end - start > sendBytesMax) this.flush();
    if (this.frames.length === 0) this.mark = beginStreamMessage(this.frames);
    this.frames.framed(bytes, start, end);
    if (this.isDirty) return;
    this.isDirty = true;
    this.home.dirty(this);
  }

  store(id: number, storeId: string, records: readonly ClientRecord[]): void {
    const { stored } = this.options;
    if (stored === undefined) this.step({ kind: 'stored', id });
    else stored.line.put(storeId, records, () => this.step({ kind: 'stored', id }));
  }

  drawRandom(id: number, count: number): void {
    this.step({ kind: 'random', id, words: fillRandom(new Uint32Array(count)) });
  }

  tell(event: ClientEvent): void {
    if (event.kind === 'welcome') this.user = event.user;
    else if (event.kind === 'state') this.isLive = event.state === 'live';
    this.options.onEvent(event, this);
  }
}
