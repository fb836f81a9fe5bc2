/**
 * What the edge knows of one connection. Kept small: an idle logged-in connection costs this object and one map entry here.
 */
import type { Node } from '../machine.ts';
import type { Transport } from './edge-port.ts';
import type { UserBucket } from './user-buckets.ts';

export const SessionState = {
  /** Nothing came yet. */
  opened: 0,
  /** The host verifies the token of `hello`. */
  verifying: 1,
  /** The names owner was asked for the user. */
  loggingIn: 2,
  /** Welcomed: frames are routed. */
  live: 3,
  /** Closed, or the edge said so: no longer in the table. */
  closed: 4,
} as const;
export type SessionState = (typeof SessionState)[keyof typeof SessionState];

/** What is needed until the session is live. */
export interface LoginState {
  readonly openedAtMs: number;
  tries: number;
  /** The names owner is asked again at this instant. */
  againAtMs: number;
  /** Random id the names owner may give to a new name. */
  newUser: number;
}

export class EdgeSession {
  /** The host's number of the connection is the session's number on links: neither is ever used twice. */
  readonly connection: number;
  readonly transport: Transport;
  state: SessionState = SessionState.opened;
  login: LoginState | null;
  lastFrameAtMs: number;
  name = '';
  user = 0;
  deviceId = 0;
  tabId = 0;
  attempt = 0;
  /** Newest registration; 0: never registered. */
  registration = 0;
  /** The owner it was last registered with. */
  owner: Node = 0;
  /** That owner would not have it: it is registered again at this instant; null: it stands. (V8 would box an Infinity for each session.) */
  registerAtMs: number | null = null;
  /** Last bookmark passed to this session, at first the client's own. */
  epoch = 0;
  batch = 0;
  issuedAtMs = 0;
  expiresAtMs = 0;
  /** A token of `auth` is being verified. */
  authPending = false;
  /** The host's queue is over its limit since then; 0: it is not. */
  pressedSinceMs = 0;
  /** Live frames were left out; lasts until the `live` of the newest registration. */
  lagging = false;
  /** "Full at" of the rate of frames. */
  framesFullAtMs = 0;
  /** Shared by the sessions of one user; null until the first send. */
  userBucket: UserBucket | null = null;
  wheelNext: EdgeSession | null = null;
  wheelPrevious: EdgeSession | null = null;
  wheelBucket = -1;

  constructor(connection: number, transport: Transport, nowMs: number) {
    this.connection = connection;
    this.transport = transport;
    this.login = { openedAtMs: nowMs, tries: 0, againAtMs: 0, newUser: 0 };
    this.lastFrameAtMs = nowMs;
  }
}
