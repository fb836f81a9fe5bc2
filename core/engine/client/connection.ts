/**
 * One connection after another: token, connect, hello, and when to try again.
 *
 * Method: full jitter (a random part of a doubling, capped delay), not before what the server asked for (`goaway`, `error`), and at
 * once when the network is back. The token is renewed in place before it expires; a refused one is asked for anew before the
 * next attempt. A connection on which nothing arrives is given up: pings make sure that something should.
 */
import { ErrorCode } from '../../protocol/generated/codes.ts';
import {
  type ErrorFrame,
  newAuth,
  newGoodbye,
  newHello,
  newPing,
  type WelcomeFrame,
  writeAuth,
  writeGoodbye,
  writeHello,
  writePing,
} from '../../protocol/index.ts';
import { protocolVersion } from '../../protocol/schema.ts';
import type { ClientContext } from './client-context.ts';
import type { StateEvent } from './client-events.ts';

/** How long before its end a token is renewed, or half its time if that is shorter. */
const renewAheadMs = 60_000;
/** An attempt was refused as lower than a registered one: the next is so much higher. */
const attemptLeap = 16;

type Phase =
  /** Nothing was loaded. */
  | 'idle'
  /** Asked for a token, to connect with. */
  | 'token'
  | 'connecting'
  /** Hello sent. */
  | 'greeting'
  | 'online'
  /** Asked the host to disconnect; its answer is to come. */
  | 'closing'
  /** Until `retryAtMs`. */
  | 'waiting'
  /** For good. */
  | 'stopped';

export class Connection {
  private readonly context: ClientContext;
  private phase: Phase = 'idle';
  private token = '';
  private deviceId = 0;
  private tabId = 0;
  private attempt = 0;
  private failures = 0;
  private wasOnline = false;
  private retryAtMs = 0;
  private notBeforeMs = 0;
  private deadlineMs = 0;
  private receivedMs = 0;
  private renewAtMs = Number.POSITIVE_INFINITY;
  private renewing = false;
  private closeCode = 0;
  private told: StateEvent['state'] = 'offline';

  constructor(context: ClientContext) {
    this.context = context;
  }

  begin(deviceId: number, tabId: number): void {
    this.deviceId = deviceId;
    this.tabId = tabId;
    this.start();
  }

  onToken(token: string): void {
    if (this.phase === 'online' && token !== this.token) {
      this.context.writer.reset();
      writeAuth(this.context.writer, { ...newAuth(), token });
      this.context.transmit();
    }
    this.token = token;
    this.renewing = false;
    if (this.phase === 'token') this.start();
  }

  onConnected(): void {
    if (this.phase !== 'connecting') return;
    const { context } = this;
    this.phase = 'greeting';
    this.attempt++;
    this.receivedMs = context.nowMs;
    this.deadlineMs = context.nowMs + context.limits.requestMs;
    context.writer.reset();
    writeHello(context.writer, {
      ...newHello(),
      protocol: protocolVersion,
      token: this.token,
      deviceId: this.deviceId,
      tabId: this.tabId,
      attempt: this.attempt,
      storeIdHigh: context.storeIdHigh,
      storeIdLow: context.storeIdLow,
      epoch: context.epoch,
      batch: context.batch,
    });
    context.transmit();
    context.wake(this.deadlineMs);
  }

  onWelcome(frame: WelcomeFrame): void {
    this.phase = 'online';
    this.wasOnline = true;
    this.renewing = false;
    this.renewAt(frame.tokenExpiresAt, frame.serverTime);
    this.context.wake(this.context.nowMs + this.context.limits.pingMs);
    this.tell('online', 0);
  }

  onLive(): void {
    this.failures = 0;
    this.tell('live', 0);
  }

  onAuthorized(tokenExpiresAt: number): void {
    this.renewAt(tokenExpiresAt, this.context.nowMs + this.clockOffsetMs);
  }

  onGoaway(reconnectAfterMs: number): void {
    this.notBeforeMs = this.context.nowMs + reconnectAfterMs;
  }

  onError(frame: ErrorFrame): void {
    this.closeCode = frame.code;
    if (frame.retryAfterMs > 0) this.notBeforeMs = this.context.nowMs + frame.retryAfterMs;
    this.judge(frame.code, frame.message, frame.retryAfterMs);
  }

  onDisconnected(random: number, code: number): void {
    if (this.phase === 'stopped' || this.phase === 'idle') return;
    if (code !== 0 && code !== this.closeCode) this.judge(code, '', 0);
    this.closeCode = 0;
    if (this.stopped) return;
    const { nowMs, limits } = this.context;
    const capMs = Math.min(limits.reconnectMaxMs, limits.reconnectBaseMs * 2 ** Math.min(this.failures, 20));
    this.failures++;
    const jitterMs = Math.floor((random / 0x1_0000_0000) * capMs);
    this.retryAtMs = Math.max(nowMs + jitterMs, this.notBeforeMs);
    this.phase = 'waiting';
    this.context.wake(this.retryAtMs);
    this.tell('reconnecting', this.retryAtMs);
  }

  /** The network is back. */
  onOnline(): void {
    if (this.phase !== 'waiting') return;
    this.failures = 0;
    if (this.context.nowMs >= this.notBeforeMs) this.start();
  }

  onReceived(): void {
    this.receivedMs = this.context.nowMs;
  }

  /** Whether frames belong to a living connection: not before it is made, not after it was given up. */
  get listening(): boolean {
    return this.phase === 'greeting' || this.phase === 'online';
  }

  get online(): boolean {
    return this.phase === 'online';
  }

  get stopped(): boolean {
    return this.phase === 'stopped';
  }

  /** Gives the connection up and makes another. */
  drop(): void {
    if (this.phase === 'stopped' || this.phase === 'idle' || this.phase === 'closing' || this.phase === 'waiting') return;
    this.phase = 'closing';
    this.context.ready = false;
    this.context.out.disconnect();
  }

  /** For good. `polite`: says goodbye first. */
  stop(polite: boolean): void {
    if (this.phase === 'stopped') return;
    const connected = this.phase === 'online' || this.phase === 'greeting' || this.phase === 'connecting';
    if (polite && this.phase === 'online') {
      this.context.writer.reset();
      writeGoodbye(this.context.writer, newGoodbye());
      this.context.transmit();
    }
    this.phase = 'stopped';
    this.context.ready = false;
    if (connected) this.context.out.disconnect();
    this.tell('offline', 0);
  }

  tick(): void {
    const { nowMs, limits, lastSentMs, writer } = this.context;
    switch (this.phase) {
      case 'waiting':
        if (nowMs >= this.retryAtMs) this.start();
        else this.context.wake(this.retryAtMs);
        return;
      case 'connecting':
      case 'greeting':
        if (nowMs >= this.deadlineMs) this.drop();
        else this.context.wake(this.deadlineMs);
        return;
      case 'online':
        break;
      default:
        return;
    }
    const silentMs = limits.pingMs + limits.requestMs;
    if (nowMs >= this.receivedMs + silentMs) return this.drop();
    if (nowMs >= lastSentMs + limits.pingMs) {
      writer.reset();
      writePing(writer, newPing());
      this.context.transmit();
    }
    if (nowMs >= this.renewAtMs && !this.renewing) {
      this.renewing = true;
      this.context.out.needToken();
    }
    if (!this.renewing) this.context.wake(this.renewAtMs);
    this.context.wake(Math.min(this.context.lastSentMs + limits.pingMs, this.receivedMs + silentMs));
  }

  private start(): void {
    if (this.token === '') {
      this.phase = 'token';
      this.context.out.needToken();
    } else {
      this.phase = 'connecting';
      this.deadlineMs = this.context.nowMs + this.context.limits.requestMs;
      this.context.wake(this.deadlineMs);
      this.context.out.connect();
    }
    this.tell(this.wasOnline ? 'reconnecting' : 'connecting', 0);
  }

  private clockOffsetMs = 0;

  private renewAt(expiresAtMs: number, serverTimeMs: number): void {
    const { nowMs } = this.context;
    this.clockOffsetMs = serverTimeMs - nowMs;
    const leftMs = expiresAtMs - serverTimeMs;
    this.renewAtMs = nowMs + Math.max(leftMs - renewAheadMs, leftMs / 2);
    this.context.wake(this.renewAtMs);
  }

  /** What a code of the server means for the next attempt. */
  private judge(code: number, message: string, retryAfterMs: number): void {
    let final = false;
    switch (code) {
      case ErrorCode.tokenInvalid:
      case ErrorCode.tokenExpired:
      case ErrorCode.sessionEnded:
        this.token = '';
        break;
      case ErrorCode.lowerAttempt:
        this.attempt += attemptLeap;
        break;
      case ErrorCode.wrongUser:
      case ErrorCode.protocolVersion:
        final = true;
        break;
    }
    this.context.out.tell({ kind: 'error', code, message, retryAfterMs, final });
    if (final) this.stop(false);
  }

  private tell(state: StateEvent['state'], retryAtMs: number): void {
    if (state === this.told && retryAtMs === 0) return;
    this.told = state;
    this.context.out.tell({ kind: 'state', state, retryAtMs });
  }
}
