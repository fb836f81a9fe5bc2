/**
 * The edge: one end of every client connection. It takes a hello, has the token verified, finds the user, registers the session
 * with the user's owner, and from then on passes frames both ways.
 *
 * Method: a plain state machine (core/engine/machine.ts). Login: edge-login.ts. Sessions and their deadlines: session-table.ts.
 * Frames of clients: edge-routes.ts. Frames of owners: edge-links.ts. What it says itself: edge-answers.ts.
 */
import { RunReader } from '../../protocol/codec.ts';
import { ErrorCode } from '../../protocol/generated/codes.ts';
import { FrameType } from '../../protocol/generated/frame-type.ts';
import type { Node } from '../machine.ts';
import { EdgeAnswers } from './edge-answers.ts';
import { EdgeContext, type EdgeCounters, type EdgeOptions } from './edge-context.ts';
import { EdgeLinks } from './edge-links.ts';
import { EdgeLogin } from './edge-login.ts';
import type { EdgeInput, EdgeMachine, EdgeOut, Transport } from './edge-port.ts';
import { EdgeRoutes } from './edge-routes.ts';
import { type EdgeSession, SessionState } from './edge-session.ts';
import { Rate } from './rate.ts';
import { SessionTable } from './session-table.ts';

export class Edge implements EdgeMachine {
  private readonly context: EdgeContext;
  private readonly answers: EdgeAnswers;
  private readonly table: SessionTable;
  private readonly login: EdgeLogin;
  private readonly routes: EdgeRoutes;
  private readonly links: EdgeLinks;
  private readonly run: RunReader;
  private readonly frameRate: Rate;
  private draining = false;

  constructor(options: EdgeOptions) {
    const { limits } = options;
    this.context = new EdgeContext(options);
    this.answers = new EdgeAnswers(this.context);
    this.table = new SessionTable(this.context, this.answers, (session) => this.login.again(session));
    this.login = new EdgeLogin(this.context, this.answers, this.table);
    this.routes = new EdgeRoutes(this.context, this.answers);
    this.links = new EdgeLinks(this.context, this.table, this.login);
    this.run = new RunReader(limits.frameBytesMax);
    this.frameRate = new Rate(limits.connectionFramesPerSecond, limits.connectionFramesBurst);
  }

  get counters(): Readonly<EdgeCounters> {
    return this.context.counters;
  }

  /** Open connections. */
  get sessionCount(): number {
    return this.table.size;
  }

  step(input: EdgeInput, nowMs: number, out: EdgeOut): void {
    this.context.nowMs = nowMs;
    this.context.out = out;
    switch (input.kind) {
      case 'received':
        this.received(input.connection, input.bytes, input.start, input.end);
        break;
      case 'link':
        this.links.receive(input.bytes, input.start, input.end);
        break;
      case 'opened':
        this.opened(input.connection, input.transport);
        break;
      case 'linkRemade':
        this.linkRemade(input.node);
        break;
      case 'ownersChanged':
        this.ownersChanged();
        break;
      case 'drain':
        this.drain(input.reconnectAfterMs);
        break;
      case 'tick':
        this.table.advance(nowMs);
        this.routes.userBuckets.advance(nowMs);
        break;
      default: {
        // What the host says of a connection that the edge has closed already counts for nothing.
        const session = this.table.get(input.connection);
        if (session !== undefined) this.ofConnection(session, input);
      }
    }
  }

  nextWakeMs(): number {
    return Math.min(this.table.nextWakeMs(), this.routes.userBuckets.nextWakeMs());
  }

  private ofConnection(session: EdgeSession, input: EdgeInput): void {
    switch (input.kind) {
      case 'closed':
        this.table.forget(session);
        break;
      case 'pressed':
        this.pressed(session);
        break;
      case 'drained':
        this.drained(session);
        break;
      case 'verified':
        this.login.verified(session, input);
        break;
      case 'notVerified':
        this.table.end(session, input.code, whyNotVerified(input.code));
        break;
      default:
        throw new Error(`edge: unknown input ${input.kind}`);
    }
  }

  private opened(connection: number, transport: Transport): void {
    const session = this.table.open(connection, transport);
    if (this.draining) this.table.end(session, ErrorCode.goingAway, 'this node stops');
  }

  private received(connection: number, bytes: Uint8Array, start = 0, end = bytes.length): void {
    const session = this.table.get(connection);
    if (session === undefined) return;
    const { run, context } = this;
    session.lastFrameAtMs = context.nowMs;
    // An empty message is work, too.
    if (start === end && this.isOverRate(session)) this.overRate(session);
    run.reset(bytes, start, end);
    while (run.next()) {
      context.counters.framesReceived++;
      this.frame(session, bytes, run.frameStart, run.frameEnd);
      if (session.state === SessionState.closed) return;
    }
    if (run.failure === 'frameTooLarge') this.table.end(session, ErrorCode.frameTooLarge, 'a frame is longer than frameBytesMax');
    else if (run.failure !== '') this.table.malformed(session, run.failure);
  }

  private frame(session: EdgeSession, bytes: Uint8Array, start: number, end: number): void {
    const type = bytes[start];
    const overRate = this.isOverRate(session);
    if (overRate && type !== FrameType.send) {
      // Watermarks and typing are repeated by the client: one of many may be left out.
      const mayBeLeftOut = type === FrameType.ack || type === FrameType.read || type === FrameType.typing;
      if (!mayBeLeftOut) this.overRate(session);
      return;
    }
    switch (type) {
      case FrameType.hello:
        this.login.hello(session, bytes, start, end);
        break;
      case FrameType.auth:
        this.login.auth(session, bytes, start, end);
        break;
      case FrameType.ping:
        this.answers.pong(session);
        break;
      case FrameType.goodbye:
        this.context.out.close(session.connection, ErrorCode.ok);
        this.table.forget(session);
        break;
      default:
        this.routed(session, bytes, start, end, overRate);
    }
  }

  /** A frame that concerns an owner. */
  private routed(session: EdgeSession, bytes: Uint8Array, start: number, end: number, overRate: boolean): void {
    const type = bytes[start];
    if (type < FrameType.hello || type > FrameType.flag) this.table.malformed(session, 'unknownType');
    else if (session.state !== SessionState.live) this.table.outOfOrder(session, 'wait for welcome first');
    else if (!this.routes.route(session, bytes, start, end, overRate)) this.table.malformed(session, this.context.reader.failure);
  }

  private pressed(session: EdgeSession): void {
    if (session.state !== SessionState.live || session.pressedSinceMs !== 0) return;
    session.pressedSinceMs = this.context.nowMs;
    session.lagging = true;
    this.context.counters.pressed++;
    this.table.reschedule(session);
  }

  private drained(session: EdgeSession): void {
    if (session.pressedSinceMs === 0) return;
    session.pressedSinceMs = 0;
    if (session.transport === 'request') return;
    this.answers.lagging(session);
    this.table.register(session);
  }

  private linkRemade(node: Node): void {
    for (const session of this.table.all()) {
      if (session.state === SessionState.loggingIn) this.login.askNamesOwner(session);
      // One that is pressed, too: nothing passes to it until it is drained and registers once more, but it is there, and not off line.
      else if (session.registration !== 0 && session.owner === node) {
        this.table.register(session);
      }
    }
  }

  private ownersChanged(): void {
    for (const session of this.table.all()) {
      if (session.registration !== 0 && this.table.ownerOf(session) !== session.owner) this.table.register(session);
    }
  }

  /** Spreads the clients' return evenly, in the order of their connections. */
  private drain(reconnectAfterMs: number): void {
    this.draining = true;
    const sessions = [...this.table.all()];
    sessions.forEach((session, index) => {
      this.answers.goaway(session, Math.floor((reconnectAfterMs * (index + 1)) / sessions.length));
      this.context.out.close(session.connection, ErrorCode.goingAway);
      this.table.forget(session);
    });
  }

  private isOverRate(session: EdgeSession): boolean {
    const next = this.frameRate.take(session.framesFullAtMs, this.context.nowMs);
    if (next >= 0) session.framesFullAtMs = next;
    return next < 0;
  }

  private overRate(session: EdgeSession): void {
    const { counters, limits } = this.context;
    counters.rateLimited++;
    this.table.end(session, ErrorCode.rateLimited, 'more frames than this connection may send', limits.retryAfterMs);
  }
}

function whyNotVerified(code: number): string {
  switch (code) {
    case ErrorCode.tokenExpired:
      return 'the token has expired';
    case ErrorCode.wrongUser:
      return 'the token is of another user';
    case ErrorCode.unavailable:
      return 'tokens cannot be verified now';
    default:
      return 'the token does not verify';
  }
}
