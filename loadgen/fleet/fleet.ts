/**
 * Many users in one process: one clock reading a turn, one flush a turn, one timer for all.
 */
import { defaultLimits, type Limits } from '../../core/protocol/limits.ts';
import { FleetSession, type FleetSessionOptions, type SessionHome } from './fleet-session.ts';

const tickMs = 50;

export class Fleet implements SessionHome {
  readonly limits: Limits;
  sessions: FleetSession[] = [];
  private flushing: FleetSession[] = [];
  private flushPlanned = false;
  private turnMs = 0;
  private readonly timer: NodeJS.Timeout;

  constructor(limits: Limits = defaultLimits) {
    this.limits = limits;
    this.timer = setInterval(() => this.tick(), tickMs);
  }

  /** Adds a user; `start()` of the session connects it. */
  add(options: FleetSessionOptions): FleetSession {
    const session = new FleetSession(this, options);
    this.sessions.push(session);
    return session;
  }

  /** The session's process dies (see `crash` there). */
  crash(session: FleetSession): Promise<void> {
    this.sessions = this.sessions.filter((other) => other !== session);
    return session.crash();
  }

  /** Connects all, `connectingMax` at a time; resolves when each is live (or `lost`). */
  async startAll(connectingMax = 100): Promise<void> {
    for (let at = 0; at < this.sessions.length; at += connectingMax) {
      const group = this.sessions.slice(at, at + connectingMax);
      for (const session of group) session.start();
      while (!group.every((session) => session.isLive || session.lost)) await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  close(): void {
    clearInterval(this.timer);
    for (const session of this.sessions) session.close();
  }

  nowMs(): number {
    // One reading a turn is enough for deadlines; the plan of a turn's end makes the next one fresh.
    if (this.turnMs === 0) {
      this.turnMs = Date.now();
      this.plan();
    }
    return this.turnMs;
  }

  dirty(session: FleetSession): void {
    this.flushing.push(session);
    this.plan();
  }

  private plan(): void {
    if (this.flushPlanned) return;
    this.flushPlanned = true;
    setImmediate(() => this.endTurn());
  }

  private endTurn(): void {
    this.flushPlanned = false;
    this.turnMs = 0;
    const sessions = this.flushing;
    this.flushing = [];
    for (const session of sessions) session.flush();
  }

  private tick(): void {
    const nowMs = Date.now();
    for (const session of this.sessions) session.tick(nowMs);
  }
}
