/**
 * Runs the client session machine: clock, timers, transport, store and random words around the one machine that decides.
 *
 * Method: effects only note; frames of a turn leave as one message in a microtask. Inputs that arise during a step (a transport that fails
 * at once) wait for its end. Store transactions run one after another.
 */
import type { ClientEvent } from '../engine/client/client-events.ts';
import type { ClientInput, ClientOut, ClientRecord } from '../engine/client/client-port.ts';
import { ClientSession } from '../engine/client/client-session.ts';
import { defaultLimits } from '../protocol/limits.ts';
import { FrameWriter } from '../protocol/writer.ts';
import type { Parley, TransportChoice } from './api.ts';
import { ParleyError } from './errors.ts';
import type { OpenedStore, OutboxStore } from './outbox-store.ts';
import type { Platform } from './platform.ts';
import type { Transport } from './transport.ts';
import { TransportChooser } from './transport-choice.ts';

/** A message to the server is at most so long; a turn's further frames go in another. */
const messageBytesMax = 48 * 1024;

export interface SessionHostOptions {
  readonly platform: Platform;
  readonly url: string;
  readonly transport: TransportChoice;
  readonly tailEventsMax: number;
  readonly store: OutboxStore;
  /** A token; called again whenever a newer one is needed. */
  readonly token: () => Promise<string>;
  readonly onEvent: (event: ClientEvent) => void;
  /** Something failed outside the machine: the store, the token function. */
  readonly onTrouble: (error: ParleyError) => void;
}

export class SessionHost implements ClientOut {
  private readonly options: SessionHostOptions;
  private readonly machine: ClientSession;
  private readonly chooser: TransportChooser;
  private readonly waiting: ClientInput[] = [];
  private readonly frames = new FrameWriter(4096);
  private readonly stopOnline: () => void;
  private stepping = false;
  private flushDue = false;
  private transport: Transport | null = null;
  private welcomed = false;
  private token = '';
  private stopTimer: () => void = () => {};
  private timerAtMs = Number.POSITIVE_INFINITY;
  private nowMs = 0;
  private storing: Promise<void> = Promise.resolve();
  private closed = false;

  constructor(options: SessionHostOptions) {
    this.options = options;
    this.machine = new ClientSession({ limits: defaultLimits, tailEventsMax: options.tailEventsMax });
    this.chooser = new TransportChooser(options.platform, options.transport, () => this.moveToWebSocket());
    this.stopOnline = options.platform.onOnline(() => this.step({ kind: 'online' }));
  }

  get transportKind(): Parley['transport'] {
    return this.chooser.kind;
  }

  begin(opened: OpenedStore, token: string): void {
    this.options.store.onAdopted((records) => this.step({ kind: 'adopted', records }));
    this.token = token;
    if (token !== '') this.step({ kind: 'token', token });
    const { records, outbox, deviceId } = opened;
    this.step({ kind: 'loaded', records, outbox, deviceId, tabId: this.randomId53() });
  }

  step(input: ClientInput): void {
    if (this.closed) return;
    this.waiting.push(input);
    if (this.stepping) return;
    this.stepping = true;
    try {
      for (let next = this.waiting.shift(); next !== undefined; next = this.waiting.shift()) {
        this.nowMs = Math.max(this.nowMs, this.options.platform.nowMs());
        this.machine.step(next, this.nowMs, this);
      }
    } finally {
      this.stepping = false;
    }
    this.arm();
  }

  /** Ends the session; resolves when all that was to be stored is. */
  async close(): Promise<void> {
    if (this.closed) return;
    this.step({ kind: 'close' });
    this.flush();
    this.transport?.close();
    this.closed = true;
    this.stopTimer();
    this.stopOnline();
    this.chooser.close();
    await this.storing;
    await this.options.store.close();
  }

  /** Random 32 bits. */
  random32(): number {
    const words = new Uint32Array(1);
    this.options.platform.fillRandom(words);
    return words[0];
  }

  // ---- effects

  connect(): void {
    const { platform, url, onTrouble } = this.options;
    this.welcomed = false;
    this.frames.reset();
    const handler = {
      onOpen: () => this.step({ kind: 'connected' }),
      onMessage: (bytes: Uint8Array) => this.step({ kind: 'received', bytes }),
      onClose: (code: number) => {
        if (this.transport === null) return;
        this.transport = null;
        if (!this.welcomed) this.chooser.failed();
        this.step({ kind: 'disconnected', random: this.random32(), code });
      },
    };
    try {
      this.transport = this.chooser.next()(url, this.token, handler);
    } catch (error) {
      // A policy may forbid WebSocket so that its constructor throws: the other transport is next.
      this.chooser.failed();
      const trouble =
        error instanceof ParleyError ? error : new ParleyError('noTransport', 'no connection could be begun', 0, { cause: error });
      onTrouble(trouble);
      platform.setTimer(() => this.step({ kind: 'disconnected', random: this.random32(), code: 0 }), 0);
    }
  }

  disconnect(): void {
    this.flush();
    if (this.transport !== null) this.transport.close();
  }

  needToken(): void {
    this.options.token().then(
      (token) => {
        this.token = token;
        this.step({ kind: 'token', token });
      },
      (error: unknown) => this.tokenFailed(error),
    );
  }

  toServer(bytes: Uint8Array, start: number, end: number): void {
    if (this.frames.length + end - start > messageBytesMax) this.flush();
    this.frames.framed(bytes, start, end);
    if (this.flushDue) return;
    this.flushDue = true;
    Promise.resolve().then(
      () => {
        this.flushDue = false;
        this.flush();
      },
      () => {},
    );
  }

  store(id: number, storeId: string, records: readonly ClientRecord[]): void {
    this.storing = this.storing.then(() => this.storeUntilDone(storeId, records)).then(() => this.step({ kind: 'stored', id }));
    this.storing.catch(() => {});
  }

  drawRandom(id: number, count: number): void {
    const words = new Uint32Array(count);
    this.options.platform.fillRandom(words);
    this.waiting.push({ kind: 'random', id, words });
  }

  tell(event: ClientEvent): void {
    if (event.kind === 'welcome') {
      this.welcomed = true;
      this.chooser.worked(this.options.url);
    }
    this.options.onEvent(event);
  }

  // ---- inside

  private flush(): void {
    if (this.frames.length === 0) return;
    this.transport?.send(this.frames.copy());
    this.frames.reset();
  }

  private arm(): void {
    const atMs = this.machine.nextWakeMs();
    if (atMs === this.timerAtMs) return;
    this.stopTimer();
    this.timerAtMs = atMs;
    if (atMs === Number.POSITIVE_INFINITY || this.closed) return;
    const inMs = Math.min(Math.max(0, atMs - this.options.platform.nowMs()), 0x7fff_ffff);
    this.stopTimer = this.options.platform.setTimer(() => {
      this.timerAtMs = Number.POSITIVE_INFINITY;
      this.step({ kind: 'tick' });
    }, inMs);
  }

  /** A transaction that fails is tried again: what was told stored later would stand on it. */
  private async storeUntilDone(storeId: string, records: readonly ClientRecord[]): Promise<void> {
    for (;;) {
      try {
        return await this.options.store.store(storeId, records);
      } catch (error) {
        this.options.onTrouble(new ParleyError('storeFailed', 'outbox and cursors could not be stored', storeAgainMs, { cause: error }));
        if (this.closed) return;
        await new Promise<void>((resolve) => this.options.platform.setTimer(resolve, storeAgainMs));
      }
    }
  }

  private tokenFailed(cause: unknown): void {
    if (this.closed) return;
    this.options.onTrouble(new ParleyError('tokenMissing', 'the application gave no token', tokenAgainMs, { cause }));
    this.options.platform.setTimer(() => {
      if (!this.closed) this.needToken();
    }, tokenAgainMs);
  }

  /** Polls work, but WebSocket does again, too. */
  private moveToWebSocket(): void {
    this.transport?.close();
    this.options.platform.setTimer(() => this.step({ kind: 'online' }), onlineAfterMs);
  }

  private randomId53(): number {
    const words = new Uint32Array(2);
    this.options.platform.fillRandom(words);
    return (words[0] >>> 11) * 0x1_0000_0000 + words[1] || 1;
  }
}

const tokenAgainMs = 5_000;
const storeAgainMs = 1_000;
/** A poll sequence needs a moment to close. */
const onlineAfterMs = 600;
