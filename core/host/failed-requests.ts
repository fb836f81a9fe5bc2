/**
 * Sends that found the store down (core/store/failed-log): kept, and sent again in their order once the store takes writes.
 *
 * Method: one at a time, oldest first, each as the very frame it was, so the engine knows it again by its identity. One that the store
 * does not take ends the round. An entry whose identity may be forgotten by now is never sent by itself: it could double.
 */
import { EngineCall } from '../gateway/api/engine-call.ts';
import { sendFrame } from '../gateway/api/sends.ts';
import type { EngineAccess, FailedRequests, ReplayResult } from '../gateway/engine-access.ts';
import { Problem } from '../gateway/http/problem.ts';
import { gatewayLimits } from '../gateway/limits.ts';
import { readFrames } from '../protocol/codec.ts';
import type { SendFrame } from '../protocol/generated/client-frames.ts';
import { FrameType } from '../protocol/generated/frame-type.ts';
import type { FailedEntry, FailedLog } from '../store/failed-log/failed-log.ts';
import type { Log } from './log.ts';

const replayMs = 1_000;
/** An hour below the life of an idempotency key. */
const keyMsMax = (7 * 24 - 1) * 3_600_000;

type End = 'accepted' | 'ended' | 'skipped' | 'later';

export class FailedRequestQueue implements FailedRequests {
  private readonly failedLog: FailedLog;
  private readonly engine: EngineAccess;
  private readonly log: Log;
  private running: Promise<ReplayResult> | null = null;
  private timer: NodeJS.Timeout | null = null;
  private isClosed = false;

  constructor(failedLog: FailedLog, engine: EngineAccess, log: Log) {
    this.failedLog = failedLog;
    this.engine = engine;
    this.log = log;
    if (failedLog.size > 0) {
      log.warn({ requests: failedLog.size }, 'failed requests of before wait to be sent again');
      this.plan();
    }
  }

  /** Entries that wait. */
  get size(): number {
    return this.failedLog.size;
  }

  async add(name: string, frame: Uint8Array): Promise<number | null> {
    if (this.isClosed) return null;
    const id = await this.failedLog.add(name, frame, Date.now());
    if (id !== null) this.plan();
    return id;
  }

  list(after: number): Promise<FailedEntry[]> {
    return this.failedLog.after(after);
  }

  replay(): Promise<ReplayResult> {
    this.running ??= this.replayAll().finally(() => {
      this.running = null;
    });
    return this.running;
  }

  async close(): Promise<void> {
    this.isClosed = true;
    if (this.timer !== null) clearTimeout(this.timer);
    await this.running?.catch(() => {});
    await this.failedLog.close();
  }

  private plan(): void {
    if (this.timer !== null || this.isClosed) return;
    this.timer = setTimeout(() => {
      this.timer = null;
      this.replayIfUp()
        .catch((error: unknown) => this.log.error({ err: error }, 'failed requests could not be sent again'))
        .finally(() => {
          if (this.failedLog.size > 0) this.plan();
        });
    }, replayMs);
  }

  private async replayIfUp(): Promise<void> {
    if (this.engine.stopping || !(await this.engine.probe())) return;
    const { accepted, ended, left } = await this.replay();
    if (accepted + ended > 0) this.log.info({ accepted, ended, left }, 'failed requests were sent again');
  }

  private async replayAll(): Promise<ReplayResult> {
    const counts = { accepted: 0, ended: 0 };
    let lastId = 0;
    for (;;) {
      const entries = await this.failedLog.after(lastId);
      if (entries.length === 0) break;
      for (const entry of entries) {
        const end = this.engine.stopping || this.isClosed ? 'later' : await this.send(entry);
        if (end === 'later') return { ...counts, left: this.failedLog.size };
        lastId = entry.id;
        if (end === 'skipped') continue;
        counts[end] += 1;
        if (!(await this.failedLog.remove(entry))) return { ...counts, left: this.failedLog.size };
      }
    }
    return { ...counts, left: this.failedLog.size };
  }

  private async send({ id, atMs, name, frame }: FailedEntry): Promise<End> {
    const send = sendOf(frame);
    const nowMs = Date.now();
    if (send.idempotencyKey !== '' && nowMs - atMs > keyMsMax) return 'skipped';
    try {
      const call = await EngineCall.open(this.engine, { name, issuedAtMs: nowMs, expiresAtMs: nowMs + gatewayLimits.requestMs });
      try {
        await sendFrame(call, send);
        return 'accepted';
      } finally {
        call.close();
      }
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      if (problem.status >= 500 || problem.status === 429) return 'later';
      // The send before it in its sender's order is missing: that one may still come.
      if (problem.code === 'gap') return 'skipped';
      this.log.warn({ id, user: name, code: problem.code }, 'a failed request has ended without an event');
      return 'ended';
    }
  }
}

function sendOf(frame: Uint8Array): SendFrame {
  let found: SendFrame | null = null;
  readFrames(frame, (each) => {
    if (each.type === FrameType.send) found = each;
  });
  if (found === null) throw new Error('failed-request log: an entry without a send');
  return found;
}
