/** The frames an edge writes itself: refusals, errors and the like. Everything else comes from an owner and is passed as it is. */
import { ErrorCode } from '../../protocol/generated/codes.ts';
import type { Frame } from '../../protocol/generated/frames.ts';
import { writeFrame } from '../../protocol/generated/frames.ts';
import {
  newAuthorized,
  newDone,
  newError,
  newFailed,
  newGoaway,
  newLagging,
  newPage,
  newPong,
  newRefused,
  newRetry,
  newUserNames,
  newWelcome,
} from '../../protocol/generated/server-frames.ts';
import { protocolVersion } from '../../protocol/schema.ts';
import type { EdgeContext } from './edge-context.ts';
import type { EdgeSession } from './edge-session.ts';
import type { SendCheck } from './send-check.ts';

export class EdgeAnswers {
  private readonly context: EdgeContext;
  private readonly refusedFrame = newRefused();
  private readonly retryFrame = newRetry();
  private readonly pageFrame = newPage();
  private readonly failedFrame = newFailed();
  private readonly pongFrame = newPong();

  constructor(context: EdgeContext) {
    this.context = context;
  }

  welcome(session: EdgeSession): void {
    const { context } = this;
    const frame = newWelcome();
    frame.protocol = protocolVersion;
    frame.storeIdHigh = context.storeIdHigh;
    frame.storeIdLow = context.storeIdLow;
    frame.user = session.user;
    frame.name = session.name;
    frame.serverTime = context.nowMs;
    frame.pingMs = context.limits.pingMs;
    frame.tokenExpiresAt = session.expiresAtMs;
    frame.bodyBytesMax = context.limits.bodyBytesMax;
    this.pass(session, frame);
  }

  refused(session: EdgeSession, send: SendCheck, code: number): void {
    const frame = this.refusedFrame;
    copyIdentity(frame, send);
    frame.code = code;
    this.context.counters.refused++;
    this.pass(session, frame);
  }

  busy(session: EdgeSession, send: SendCheck, retryAfterMs: number): void {
    const frame = this.retryFrame;
    copyIdentity(frame, send);
    frame.code = ErrorCode.busy;
    frame.retryAfterMs = retryAfterMs;
    this.context.counters.rateLimited++;
    this.pass(session, frame);
  }

  /** A page that holds nothing but why. */
  emptyPage(session: EdgeSession, requestId: number, conversationA: number, conversationB: number, code: number): void {
    const frame = this.pageFrame;
    frame.requestId = requestId;
    frame.conversationA = conversationA;
    frame.conversationB = conversationB;
    frame.code = code;
    this.pass(session, frame);
  }

  failed(session: EdgeSession, requestId: number, code: number): void {
    const frame = this.failedFrame;
    frame.requestId = requestId;
    frame.code = code;
    this.pass(session, frame);
  }

  done(session: EdgeSession, requestId: number): void {
    const frame = newDone();
    frame.requestId = requestId;
    this.pass(session, frame);
  }

  noSuchName(session: EdgeSession, requestId: number, name: string): void {
    const frame = newUserNames();
    frame.requestId = requestId;
    frame.name = name;
    this.pass(session, frame);
  }

  authorized(session: EdgeSession): void {
    const frame = newAuthorized();
    frame.tokenExpiresAt = session.expiresAtMs;
    this.pass(session, frame);
  }

  lagging(session: EdgeSession): void {
    this.pass(session, newLagging());
  }

  pong(session: EdgeSession): void {
    this.pass(session, this.pongFrame);
  }

  goaway(session: EdgeSession, reconnectAfterMs: number): void {
    const frame = newGoaway();
    frame.reconnectAfterMs = reconnectAfterMs;
    this.pass(session, frame);
  }

  error(session: EdgeSession, code: number, message: string, retryAfterMs: number): void {
    const frame = newError();
    frame.code = code;
    frame.message = message;
    frame.retryAfterMs = retryAfterMs;
    this.pass(session, frame);
  }

  private pass(session: EdgeSession, frame: Frame): void {
    const { writer, out } = this.context;
    writer.reset();
    writeFrame(writer, frame);
    out.toConnection(session.connection, writer.bytes, 0, writer.length);
  }
}

interface SendIdentity {
  conversationA: number;
  conversationB: number;
  senderIdHigh: number;
  senderIdLow: number;
  clientSeq: number;
  sendIdHigh: number;
  sendIdLow: number;
}

function copyIdentity(frame: SendIdentity, send: SendCheck): void {
  frame.conversationA = send.conversationA;
  frame.conversationB = send.conversationB;
  frame.senderIdHigh = send.senderIdHigh;
  frame.senderIdLow = send.senderIdLow;
  frame.clientSeq = send.clientSeq;
  frame.sendIdHigh = send.sendIdHigh;
  frame.sendIdLow = send.sendIdLow;
}
