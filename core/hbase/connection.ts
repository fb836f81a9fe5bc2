/**
 * One connection to one service of one server: calls in flight, each with a deadline, and every end of a call exactly once.
 *
 * Method: what is called within one turn of the event loop leaves in one write. Answers may come in any order and are matched by call id.
 * The connection ends when it cannot be made, breaks, brings garbage, or stays silent while calls wait; then every call ends at once: as not
 * applied if its bytes never left, else with an unknown outcome.
 */
import { connect, type Socket } from 'node:net';
import { errorOf, HBaseError, type ServerAddress } from './errors.ts';
import { type Answer, type AnswerFrame, type Call, decodeAnswer, encodeCall, encodePreamble, FrameSplitter } from './frames.ts';
import type { HBaseLimits } from './limits.ts';

export type Done = (error: HBaseError | null, answer: Answer) => void;

interface Pending {
  readonly method: string;
  readonly bytes: number;
  readonly begunMs: number;
  readonly deadlineMs: number;
  readonly done: Done;
  sent: boolean;
}

const sweepMs = 50;
const joinedBytesMax = 32 * 1024;
const noAnswer: Answer = { message: new Uint8Array(0), cells: new Uint8Array(0) };

export class Connection {
  readonly server: ServerAddress;
  private readonly limits: HBaseLimits;
  private readonly socket: Socket;
  private readonly splitter: FrameSplitter;
  private readonly onClose: () => void;
  private readonly pending = new Map<number, Pending>();
  private unsent: { readonly callId: number; readonly frame: Uint8Array }[] = [];
  private pendingBytes = 0;
  private lastCallId = 0;
  private heardAtMs = 0;
  private isFlushPlanned = false;
  private isOpen = false;
  private isClosed = false;
  private sweeper: NodeJS.Timeout | null = null;

  constructor(server: ServerAddress, service: string, user: string, limits: HBaseLimits, onClose: () => void) {
    this.server = server;
    this.limits = limits;
    this.onClose = onClose;
    this.splitter = new FrameSplitter(limits.frameBytesMax);
    this.socket = connect({ host: server.host, port: server.port, noDelay: true, keepAlive: true });
    this.socket.setTimeout(limits.connectMsMax, () => this.end('no connection'));
    this.socket.on('connect', () => {
      this.socket.setTimeout(0);
      this.socket.write(encodePreamble(service, user));
      this.isOpen = true;
      this.flush();
    });
    this.socket.on('data', (chunk) => this.read(chunk));
    this.socket.on('error', (error) => this.end(error.message));
    this.socket.on('close', () => this.end('connection closed'));
  }

  /** `done` comes later, exactly once. */
  call(call: Call, timeoutMs: number, done: Done): void {
    const refusal = this.refusal();
    if (refusal !== null) {
      queueMicrotask(() => done(refusal, noAnswer));
      return;
    }
    // Ids wrap, and one that still waits is passed over.
    do this.lastCallId = (this.lastCallId + 1) % this.limits.callIdsEnd;
    while (this.pending.has(this.lastCallId));
    const callId = this.lastCallId;
    const frame = encodeCall(callId, call, Math.ceil(timeoutMs));
    const nowMs = performance.now();
    const timing = { begunMs: nowMs, deadlineMs: nowMs + timeoutMs };
    this.pending.set(callId, { method: call.method, bytes: frame.length, ...timing, done, sent: false });
    this.pendingBytes += frame.length;
    this.unsent.push({ callId, frame });
    this.sweeper ??= setInterval(() => this.sweep(), sweepMs);
    this.planFlush();
  }

  /** Ends it; calls in flight end with an unknown outcome. */
  close(): void {
    this.end('closed by this client');
  }

  private refusal(): HBaseError | null {
    const { host, port } = this.server;
    if (this.isClosed) return new HBaseError(`${host}:${port}: connection closed`, { nextStep: 'serverGone', applied: 'no' });
    const full = this.pending.size >= this.limits.inFlightCallsMax || this.pendingBytes >= this.limits.inFlightBytesMax;
    return full ? new HBaseError(`${host}:${port}: too much in flight`, { nextStep: 'backOff', applied: 'no' }) : null;
  }

  private planFlush(): void {
    if (!this.isOpen || this.isFlushPlanned) return;
    this.isFlushPlanned = true;
    setImmediate(() => {
      this.isFlushPlanned = false;
      this.flush();
    });
  }

  private flush(): void {
    if (this.isClosed || this.unsent.length === 0) return;
    const frames: Uint8Array[] = [];
    let bytes = 0;
    for (const { callId, frame } of this.unsent) {
      const call = this.pending.get(callId);
      if (call === undefined) continue;
      call.sent = true;
      frames.push(frame);
      bytes += frame.length;
    }
    this.unsent = [];
    this.write(frames, bytes);
  }

  /** Small frames are put together: that costs less than a list of them all the way down. */
  private write(frames: readonly Uint8Array[], bytes: number): void {
    if (frames.length > 1 && bytes <= joinedBytesMax) {
      this.socket.write(Buffer.concat(frames, bytes));
      return;
    }
    this.socket.cork();
    for (const frame of frames) this.socket.write(frame);
    this.socket.uncork();
  }

  private read(chunk: Uint8Array): void {
    this.heardAtMs = performance.now();
    try {
      this.splitter.feed(chunk, (frame) => this.take(decodeAnswer(frame)));
    } catch (error) {
      if (!(error instanceof HBaseError)) throw error;
      this.end(error.message);
    }
  }

  /** An id that nobody waits for is of a call that ran out of time. */
  private take({ callId, exception, answer }: AnswerFrame): void {
    const call = this.pending.get(callId);
    if (call === undefined) return;
    if (exception === null) {
      this.finish(callId, call, null, answer);
      return;
    }
    const error = errorOf(exception);
    this.finish(callId, call, error, noAnswer);
    if (error.nextStep === 'serverGone') this.end(error.message);
  }

  private finish(callId: number, call: Pending, error: HBaseError | null, answer: Answer): void {
    this.pending.delete(callId);
    this.pendingBytes -= call.bytes;
    if (this.pending.size === 0) this.stopSweeping();
    call.done(error, answer);
  }

  /** A call out of time ends; if not a byte came since it began, nothing else will come either. */
  private sweep(): void {
    const nowMs = performance.now();
    const { host, port } = this.server;
    for (const [callId, call] of [...this.pending]) {
      if (call.deadlineMs > nowMs) continue;
      if (call.sent && this.heardAtMs < call.begunMs) {
        this.end('silent');
        return;
      }
      const message = `${call.method} at ${host}:${port}: no answer in time`;
      this.finish(callId, call, new HBaseError(message, { nextStep: 'relocate', applied: call.sent ? 'unknown' : 'no' }), noAnswer);
    }
  }

  private stopSweeping(): void {
    if (this.sweeper !== null) clearInterval(this.sweeper);
    this.sweeper = null;
  }

  private end(reason: string): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.stopSweeping();
    this.socket.destroy();
    this.onClose();
    const calls = [...this.pending.values()];
    this.pending.clear();
    this.unsent = [];
    const { host, port } = this.server;
    for (const call of calls) {
      const applied = call.sent ? 'unknown' : 'no';
      call.done(new HBaseError(`${call.method} at ${host}:${port}: ${reason}`, { nextStep: 'serverGone', applied }), noAnswer);
    }
  }
}
