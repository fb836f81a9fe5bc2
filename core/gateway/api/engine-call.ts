/**
 * One API request's way into the engine: an edge connection of kind `request`, with the answers as promises.
 *
 * Method: opened, verified, welcomed; then each frame is answered by the first frame that `isAnswer` takes. For HTTP only, where a request
 * costs far more than a promise.
 */
import { encodeFrames, readFrames } from '../../protocol/codec.ts';
import { ErrorCode, errorName } from '../../protocol/generated/codes.ts';
import { FrameType } from '../../protocol/generated/frame-type.ts';
import type { Frame } from '../../protocol/generated/frames.ts';
import type { WelcomeFrame } from '../../protocol/generated/server-frames.ts';
import type { VerifiedToken } from '../auth/token-verifier.ts';
import { ClientConnection } from '../connection.ts';
import type { EngineAccess } from '../engine-access.ts';
import { Problem, problemOfCode } from '../http/problem.ts';
import { gatewayLimits } from '../limits.ts';

interface Waiter {
  readonly isAnswer: (frame: Frame) => boolean;
  readonly resolve: (frame: Frame) => void;
  readonly reject: (problem: Problem) => void;
}

export class EngineCall extends ClientConnection {
  private readonly engine: EngineAccess;
  private readonly waiters: Waiter[] = [];
  private readonly timer: NodeJS.Timeout;
  private ended: Problem | null = null;
  private lastRequestId = 0;
  user = 0;
  name = '';

  private constructor(engine: EngineAccess) {
    super(engine.newConnectionNumber());
    this.engine = engine;
    this.timer = setTimeout(
      () => this.fail(new Problem(504, 'timeout', 'no answer in time; the request may have taken effect', 1_000)),
      gatewayLimits.requestMs,
    );
  }

  /** Logs the token's user in. `close` must follow. `mayCreate`: a new name becomes a user, whatever is configured. */
  static async open(engine: EngineAccess, token: VerifiedToken, mayCreate?: boolean): Promise<EngineCall> {
    const call = new EngineCall(engine);
    engine.opened(call, 'request');
    const welcomed = call.wait((frame) => frame.type === FrameType.welcome);
    engine.verified(call.number, token, mayCreate);
    try {
      const welcome = (await welcomed) as WelcomeFrame;
      call.user = welcome.user;
      call.name = welcome.name;
      return call;
    } catch (error) {
      call.close();
      throw error;
    }
  }

  newRequestId(): number {
    return ++this.lastRequestId;
  }

  /** Sends a frame and waits for its answer; `failed` is thrown as a problem. */
  async ask<Answer extends Frame>(frame: Frame, isAnswer: (answer: Frame) => answer is Answer): Promise<Answer> {
    const requestId = 'requestId' in frame ? frame.requestId : -1;
    const answered = this.wait((answer) => isAnswer(answer) || (answer.type === FrameType.failed && answer.requestId === requestId));
    this.engine.received(this.number, encodeFrames([frame]));
    const answer = await answered;
    if (answer.type === FrameType.failed)
      throw problemOfCode(answer.code, `the request failed: ${errorName(answer.code)}`, answer.retryAfterMs);
    return answer as Answer;
  }

  close(): void {
    clearTimeout(this.timer);
    if (this.ended !== null) return;
    this.ended = new Problem(500, 'closed', 'the request has ended');
    this.engine.closed(this.number);
  }

  override sendRun(bytes: Uint8Array, length: number): void {
    // A copy, as the frames outlive the call.
    readFrames(bytes.slice(0, length), (frame) => this.take(frame));
  }

  override end(code: number): void {
    this.fail(problemOfCode(code, `the connection ended: ${errorName(code)}`));
  }

  private wait(isAnswer: (frame: Frame) => boolean): Promise<Frame> {
    return new Promise((resolve, reject) => {
      if (this.ended !== null) reject(this.ended);
      else this.waiters.push({ isAnswer, resolve, reject });
    });
  }

  private take(frame: Frame): void {
    if (frame.type === FrameType.error) {
      this.fail(problemOfCode(frame.code, frame.message || errorName(frame.code), frame.retryAfterMs));
      return;
    }
    if (frame.type === FrameType.goaway) {
      this.fail(problemOfCode(ErrorCode.goingAway, 'this node stops', frame.reconnectAfterMs));
      return;
    }
    const index = this.waiters.findIndex((waiter) => waiter.isAnswer(frame));
    if (index < 0) return;
    const [waiter] = this.waiters.splice(index, 1);
    waiter.resolve(frame);
  }

  private fail(problem: Problem): void {
    clearTimeout(this.timer);
    if (this.ended === null) {
      this.ended = problem;
      this.engine.closed(this.number);
    }
    for (const waiter of this.waiters.splice(0)) waiter.reject(problem);
  }
}
