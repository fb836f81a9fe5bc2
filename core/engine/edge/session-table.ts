/**
 * The sessions of an edge: their table, their deadlines, their registrations with user owners and their ends.
 *
 * Method: one wheel holds each session at its next possible deadline. A frame only notes its time; the visit looks at the true
 * deadline, acts or puts the session in again.
 */
import { partitionOf } from '../../model/partition.ts';
import { ErrorCode } from '../../protocol/generated/codes.ts';
import { newRegister, newUnregister, writeRegister, writeUnregister } from '../../protocol/generated/link-frames.ts';
import type { Node } from '../machine.ts';
import { DeadlineWheel } from './deadline-wheel.ts';
import type { EdgeAnswers } from './edge-answers.ts';
import type { EdgeContext } from './edge-context.ts';
import type { Transport } from './edge-port.ts';
import { EdgeSession, SessionState } from './edge-session.ts';

const wheelGrainMs = 250;
/** A horizon of 17 minutes: who has nothing due before, only a token that expires, is seldom looked at. */
const wheelBuckets = 4096;

export class SessionTable {
  private readonly context: EdgeContext;
  private readonly answers: EdgeAnswers;
  private readonly sessions = new Map<number, EdgeSession>();
  private readonly wheel: DeadlineWheel<EdgeSession>;
  private readonly registerFrame = newRegister();
  private readonly unregisterFrame = newUnregister();

  /** @param loginAgain asks the names owner once more, or gives up. */
  constructor(context: EdgeContext, answers: EdgeAnswers, loginAgain: (session: EdgeSession) => void) {
    this.context = context;
    this.answers = answers;
    this.wheel = new DeadlineWheel(wheelGrainMs, wheelBuckets, (session) => this.due(session, loginAgain));
  }

  get size(): number {
    return this.sessions.size;
  }

  get(connection: number): EdgeSession | undefined {
    return this.sessions.get(connection);
  }

  all(): IterableIterator<EdgeSession> {
    return this.sessions.values();
  }

  open(connection: number, transport: Transport): EdgeSession {
    const { context } = this;
    if (connection < 1 || this.sessions.has(connection)) throw new Error(`edge: connection number ${connection} cannot be used`);
    const session = new EdgeSession(connection, transport, context.nowMs);
    this.sessions.set(connection, session);
    context.counters.opened++;
    this.reschedule(session);
    return session;
  }

  /** Tells the client why and closes; the session is gone when this returns. */
  end(session: EdgeSession, code: number, message: string, retryAfterMs = 0): void {
    this.answers.error(session, code, message, retryAfterMs);
    this.context.out.close(session.connection, code);
    this.forget(session);
  }

  malformed(session: EdgeSession, reason: string): void {
    this.context.counters.malformed++;
    this.end(session, ErrorCode.malformed, `a frame could not be read: ${reason}`);
  }

  outOfOrder(session: EdgeSession, why: string): void {
    this.context.counters.outOfOrder++;
    this.end(session, ErrorCode.outOfOrder, why);
  }

  /** The connection is gone. */
  forget(session: EdgeSession): void {
    if (session.registration !== 0) this.unregister(session);
    session.state = SessionState.closed;
    this.sessions.delete(session.connection);
    this.wheel.remove(session);
    this.context.counters.closed++;
  }

  /** Registers with the user's owner, under a new number: nothing of an older registration passes from now on. */
  register(session: EdgeSession): void {
    const { writer, out, counters } = this.context;
    session.registration++;
    session.owner = this.ownerOf(session);
    session.registerAtMs = null;
    counters.registered++;
    const frame = this.registerFrame;
    frame.session = session.connection;
    frame.registration = session.registration;
    frame.user = session.user;
    frame.deviceId = session.deviceId;
    frame.tabId = session.tabId;
    frame.attempt = session.attempt;
    frame.epoch = session.epoch;
    frame.batch = session.batch;
    frame.issuedAt = session.issuedAtMs;
    writer.reset();
    writeRegister(writer, frame);
    out.toNode(session.owner, writer.bytes, 0, writer.length);
  }

  /** Owner of the session's user. */
  ownerOf(session: EdgeSession): Node {
    return this.context.directory.ownerOf(partitionOf(session.user));
  }

  /** To be called when a deadline may have come nearer. */
  reschedule(session: EdgeSession): void {
    this.wheel.schedule(session, this.deadlineOf(session), this.context.nowMs);
  }

  advance(nowMs: number): void {
    this.wheel.advance(nowMs);
  }

  nextWakeMs(): number {
    return this.wheel.nextWakeMs();
  }

  private unregister(session: EdgeSession): void {
    const { writer, out } = this.context;
    const frame = this.unregisterFrame;
    frame.session = session.connection;
    frame.registration = session.registration;
    frame.user = session.user;
    writer.reset();
    writeUnregister(writer, frame);
    out.toNode(session.owner, writer.bytes, 0, writer.length);
  }

  private deadlineOf(session: EdgeSession): number {
    const { limits } = this.context;
    const { login } = session;
    // A request is verified at once, but its host may be gone for longer than a client may be silent.
    if (session.state === SessionState.opened && session.transport !== 'request' && login !== null)
      return login.openedAtMs + limits.helloMs;
    if (session.state === SessionState.loggingIn && login !== null) return login.againAtMs;
    let deadline = Number.POSITIVE_INFINITY;
    if (session.state === SessionState.live) deadline = session.expiresAtMs + limits.tokenGraceMs;
    // A poll sequence has its own end (pollSessionMs), where polls count and not frames.
    if (session.transport !== 'poll') deadline = Math.min(deadline, session.lastFrameAtMs + limits.idleMs);
    if (session.registerAtMs !== null) deadline = Math.min(deadline, session.registerAtMs);
    if (session.pressedSinceMs !== 0) deadline = Math.min(deadline, session.pressedSinceMs + limits.laggingMaxMs);
    return deadline;
  }

  private due(session: EdgeSession, loginAgain: (session: EdgeSession) => void): void {
    const { nowMs, limits, counters } = this.context;
    if (nowMs < this.deadlineOf(session)) {
      this.reschedule(session);
    } else if (session.state === SessionState.opened && session.transport !== 'request') {
      this.end(session, ErrorCode.helloTimeout, 'no hello in time');
    } else if (session.state === SessionState.loggingIn) {
      loginAgain(session);
    } else if (session.registerAtMs !== null && nowMs >= session.registerAtMs) {
      counters.registeredAgain++;
      this.register(session);
      this.reschedule(session);
    } else if (session.state === SessionState.live && nowMs >= session.expiresAtMs + limits.tokenGraceMs) {
      counters.tokensExpired++;
      this.end(session, ErrorCode.tokenExpired, 'the token expired; connect with a new one');
    } else if (session.pressedSinceMs !== 0 && nowMs >= session.pressedSinceMs + limits.laggingMaxMs) {
      counters.closedSlow++;
      this.end(session, ErrorCode.slow, 'nothing was taken for too long');
    } else {
      counters.closedIdle++;
      this.end(session, ErrorCode.idle, 'silent for too long');
    }
  }
}
