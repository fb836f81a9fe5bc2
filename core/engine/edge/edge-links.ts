/**
 * What owners tell an edge: frames for its sessions, ends of sessions, answers to logins.
 *
 * Method: `toSession`, by far the most frequent, is read by hand and its frame passed on as a range of the link's buffer.
 */
import { RunReader } from '../../protocol/codec.ts';
import { FrameType } from '../../protocol/generated/frame-type.ts';
import { newEndSession, newLoggedIn, newMoved, readEndSession, readLoggedIn, readMoved } from '../../protocol/generated/link-frames.ts';
import type { EdgeContext } from './edge-context.ts';
import type { EdgeLogin } from './edge-login.ts';
import { type EdgeSession, SessionState } from './edge-session.ts';
import type { SessionTable } from './session-table.ts';

/** Head of a link frame around the longest frame of a page. */
const linkHeadBytesMax = 64;

export class EdgeLinks {
  private readonly context: EdgeContext;
  private readonly table: SessionTable;
  private readonly login: EdgeLogin;
  private readonly run: RunReader;
  private readonly endFrame = newEndSession();
  private readonly loggedInFrame = newLoggedIn();
  private readonly movedFrame = newMoved();

  constructor(context: EdgeContext, table: SessionTable, login: EdgeLogin) {
    this.context = context;
    this.table = table;
    this.login = login;
    this.run = new RunReader(context.limits.linkFrameBytesMax + linkHeadBytesMax);
  }

  /** Takes a run from an owner, which is one of us: a frame that cannot be read is a fault of the program. */
  receive(bytes: Uint8Array, start?: number, end?: number): void {
    const { run } = this;
    run.reset(bytes, start, end);
    while (run.next()) {
      if (!this.frame(bytes, run.frameStart, run.frameEnd)) throw new Error(`edge: bad link frame of type ${bytes[run.frameStart]}`);
    }
    if (run.failure !== '') throw new Error(`edge: bad link run: ${run.failure}`);
  }

  private frame(bytes: Uint8Array, start: number, end: number): boolean {
    const { reader } = this.context;
    reader.reset(bytes, start + 1, end);
    switch (bytes[start]) {
      case FrameType.toSession:
        return this.toSession(bytes);
      case FrameType.endSession:
        return this.endSession();
      case FrameType.loggedIn: {
        const frame = this.loggedInFrame;
        if (!readLoggedIn(reader, frame)) return false;
        const session = this.table.get(frame.session);
        if (session !== undefined) this.login.loggedIn(session, frame.user, frame.code);
        return true;
      }
      case FrameType.moved:
        return this.moved();
      default:
        return false;
    }
  }

  private toSession(bytes: Uint8Array): boolean {
    const { context } = this;
    const { reader } = context;
    const number = reader.varint();
    const registration = reader.varint();
    const count = reader.count(context.limits.linkFrameBytesMax);
    if (reader.failure !== '' || count === 0) return false;
    const start = reader.position;
    const end = start + count;
    const session = this.table.get(number);
    if (session === undefined || session.state !== SessionState.live) return true;
    if (registration !== 0 && !this.passes(session, registration, bytes, start, end)) {
      context.counters.framesLeftOut++;
      return true;
    }
    context.counters.framesPassed++;
    context.out.toConnection(session.connection, bytes, start, end);
    return true;
  }

  /** Live frames come from the newest registration only, and wait for nobody. Notes the bookmark that passes. */
  private passes(session: EdgeSession, registration: number, bytes: Uint8Array, start: number, end: number): boolean {
    if (registration !== session.registration || session.pressedSinceMs !== 0) return false;
    const type = bytes[start];
    if (type === FrameType.bookmark) {
      const { reader } = this.context;
      reader.reset(bytes, start + 1, end);
      session.epoch = reader.varint();
      session.batch = reader.varint();
    } else if (type === FrameType.live) {
      session.lagging = false;
    }
    return true;
  }

  /** A partition has another owner, or will have: the directory is looked at again, and the session registered again. */
  private moved(): boolean {
    const frame = this.movedFrame;
    const { context } = this;
    if (!readMoved(context.reader, frame)) return false;
    context.out.ownerMoved(frame.partition, frame.owner, frame.version);
    const session = this.table.get(frame.session);
    if (session === undefined || session.registration !== frame.registration) return true;
    session.registerAtMs = context.nowMs + context.limits.retryAfterMs;
    this.table.reschedule(session);
    return true;
  }

  private endSession(): boolean {
    const frame = this.endFrame;
    if (!readEndSession(this.context.reader, frame)) return false;
    const session = this.table.get(frame.session);
    if (session === undefined || session.registration !== frame.registration) return true;
    // The owner has dropped it: no unregister.
    session.registration = 0;
    this.table.end(session, frame.code, 'ended by the owner of the user');
    return true;
  }
}
