/**
 * How a connection becomes a session: hello, token, user, welcome, registration; and the renewal of its token.
 *
 * Method: the host verifies tokens, the names owner knows users. An answer of the latter that does not come, or says busy, is asked
 * for again after growing pauses.
 */
import { hashBytes } from '../../model/hash.ts';
import { partitionOfHash } from '../../model/partition.ts';
import { newAuth, newHello, readAuth, readHello } from '../../protocol/generated/client-frames.ts';
import { ErrorCode } from '../../protocol/generated/codes.ts';
import { newLogin, writeLogin } from '../../protocol/generated/link-frames.ts';
import { protocolVersion } from '../../protocol/schema.ts';
import { encodeUtf8 } from '../../protocol/utf8.ts';
import { assert } from '../assert.ts';
import type { EdgeAnswers } from './edge-answers.ts';
import type { EdgeContext } from './edge-context.ts';
import { type EdgeSession, type LoginState, SessionState } from './edge-session.ts';
import type { SessionTable } from './session-table.ts';

/** Asking the names owner: so often, each time after twice the pause. */
const loginTriesMax = 5;

export interface VerifiedToken {
  readonly name: string;
  readonly issuedAtMs: number;
  readonly expiresAtMs: number;
  readonly newUser: number;
}

export class EdgeLogin {
  private readonly context: EdgeContext;
  private readonly answers: EdgeAnswers;
  private readonly table: SessionTable;

  constructor(context: EdgeContext, answers: EdgeAnswers, table: SessionTable) {
    this.context = context;
    this.answers = answers;
    this.table = table;
  }

  hello(session: EdgeSession, bytes: Uint8Array, start: number, end: number): void {
    const { context, table } = this;
    if (session.state !== SessionState.opened || session.transport === 'request') {
      table.outOfOrder(session, 'hello came before');
      return;
    }
    const frame = newHello();
    context.reader.reset(bytes, start + 1, end);
    const whole = readHello(context.reader, frame);
    // Of another version even the layout may differ.
    if (frame.protocol !== protocolVersion && frame.protocol !== 0) {
      table.end(session, ErrorCode.protocolVersion, `protocol version ${protocolVersion} is spoken here`);
    } else if (whole) {
      session.deviceId = frame.deviceId;
      session.tabId = frame.tabId;
      session.attempt = frame.attempt;
      // Cursors of another store mean nothing here.
      const sameStore = frame.storeIdHigh === context.storeIdHigh && frame.storeIdLow === context.storeIdLow;
      session.epoch = sameStore ? frame.epoch : 0;
      session.batch = sameStore ? frame.batch : 0;
      session.state = SessionState.verifying;
      context.out.verifyToken(session.connection, frame.token);
    } else {
      table.malformed(session, context.reader.failure);
    }
  }

  auth(session: EdgeSession, bytes: Uint8Array, start: number, end: number): void {
    const { reader, out } = this.context;
    const frame = newAuth();
    reader.reset(bytes, start + 1, end);
    if (session.state !== SessionState.live || session.transport === 'request') {
      this.table.outOfOrder(session, 'auth before welcome');
    } else if (session.authPending) {
      this.table.outOfOrder(session, 'the auth before is not answered yet');
    } else if (readAuth(reader, frame)) {
      session.authPending = true;
      out.verifyToken(session.connection, frame.token);
    } else {
      this.table.malformed(session, reader.failure);
    }
  }

  verified(session: EdgeSession, token: VerifiedToken): void {
    if (session.state === SessionState.live) {
      this.renewed(session, token);
      return;
    }
    const expected = session.transport === 'request' ? SessionState.opened : SessionState.verifying;
    if (session.state !== expected) throw new Error(`edge: verified in state ${session.state}`);
    session.name = token.name;
    session.issuedAtMs = token.issuedAtMs;
    session.expiresAtMs = token.expiresAtMs;
    loginOf(session).newUser = token.newUser;
    session.state = SessionState.loggingIn;
    this.askNamesOwner(session);
  }

  /** Asks the names owner, and again when its answer is late. */
  askNamesOwner(session: EdgeSession): void {
    const { writer, out, directory, limits, nowMs } = this.context;
    const login = loginOf(session);
    const frame = newLogin();
    frame.session = session.connection;
    frame.name = session.name;
    frame.newUser = login.newUser;
    login.tries++;
    login.againAtMs = nowMs + limits.registerMs;
    this.table.reschedule(session);
    writer.reset();
    writeLogin(writer, frame);
    out.toNode(directory.ownerOf(partitionOfHash(hashBytes(encodeUtf8(session.name)))), writer.bytes, 0, writer.length);
  }

  /** The pause is over: asks once more, or gives up. */
  again(session: EdgeSession): void {
    const { counters, limits } = this.context;
    if (loginOf(session).tries >= loginTriesMax) {
      this.table.end(session, ErrorCode.unavailable, 'the user cannot be looked up now', limits.retryAfterMs * 2 ** loginTriesMax);
    } else {
      counters.loginRetries++;
      this.askNamesOwner(session);
    }
  }

  /** Answer of the names owner. */
  loggedIn(session: EdgeSession, user: number, code: number): void {
    const { limits, nowMs, counters } = this.context;
    // A second answer, to a login that was repeated.
    if (session.state !== SessionState.loggingIn) return;
    if (code === ErrorCode.noSuchUser) {
      this.table.end(session, ErrorCode.tokenInvalid, 'no user has the name of this token');
    } else if (code !== ErrorCode.ok || user === 0) {
      const login = loginOf(session);
      login.againAtMs = nowMs + limits.retryAfterMs * 2 ** (login.tries - 1);
      this.table.reschedule(session);
    } else {
      session.user = user;
      session.login = null;
      session.state = SessionState.live;
      counters.loggedIn++;
      this.table.reschedule(session);
      this.answers.welcome(session);
      if (session.transport !== 'request') this.table.register(session);
    }
  }

  private renewed(session: EdgeSession, token: VerifiedToken): void {
    session.authPending = false;
    if (token.name !== session.name) {
      this.table.end(session, ErrorCode.wrongUser, 'the token is of another user');
      return;
    }
    session.issuedAtMs = token.issuedAtMs;
    session.expiresAtMs = token.expiresAtMs;
    this.table.reschedule(session);
    this.answers.authorized(session);
  }
}

function loginOf(session: EdgeSession): LoginState {
  assert(session.login !== null, 'a live session logs in');
  return session.login;
}
