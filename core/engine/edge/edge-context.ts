/** What the parts of one edge share. `nowMs` and `out` are those of the running step. */
import type { Limits } from '../../protocol/limits.ts';
import { FrameReader } from '../../protocol/reader.ts';
import { FrameWriter } from '../../protocol/writer.ts';
import type { Directory } from '../machine.ts';
import type { EdgeOut } from './edge-port.ts';

export interface EdgeOptions {
  readonly limits: Limits;
  readonly directory: Directory;
  readonly storeIdHigh: number;
  readonly storeIdLow: number;
}

/** For metrics and for the simulator's `sometimes`. */
export interface EdgeCounters {
  opened: number;
  closed: number;
  loggedIn: number;
  loginRetries: number;
  registered: number;
  registeredAgain: number;
  framesReceived: number;
  sends: number;
  framesPassed: number;
  framesLeftOut: number;
  refused: number;
  malformed: number;
  outOfOrder: number;
  rateLimited: number;
  pressed: number;
  closedSlow: number;
  closedIdle: number;
  tokensExpired: number;
}

export class EdgeContext {
  readonly limits: Limits;
  readonly directory: Directory;
  readonly storeIdHigh: number;
  readonly storeIdLow: number;
  /** Reads client and link frames; its limits are the edge's. */
  readonly reader: FrameReader;
  /** A link frame, or a frame to a client: given away within the call that wrote it. */
  readonly writer = new FrameWriter();
  readonly counters: EdgeCounters = {
    opened: 0,
    closed: 0,
    loggedIn: 0,
    loginRetries: 0,
    registered: 0,
    registeredAgain: 0,
    framesReceived: 0,
    sends: 0,
    framesPassed: 0,
    framesLeftOut: 0,
    refused: 0,
    malformed: 0,
    outOfOrder: 0,
    rateLimited: 0,
    pressed: 0,
    closedSlow: 0,
    closedIdle: 0,
    tokensExpired: 0,
  };
  nowMs = 0;
  out: EdgeOut = nowhere;

  constructor(options: EdgeOptions) {
    this.limits = options.limits;
    this.directory = options.directory;
    this.storeIdHigh = options.storeIdHigh;
    this.storeIdLow = options.storeIdLow;
    this.reader = new FrameReader(options.limits);
  }
}

/** Stands in before the first step. */
const nowhere: EdgeOut = {
  toConnection() {},
  close() {},
  verifyToken() {},
  toNode() {},
  ownerMoved() {},
};
