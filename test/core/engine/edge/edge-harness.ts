// An edge with its effects noted as decoded frames, so that tests read as a dialogue.
import { Edge } from '../../../../core/engine/edge/edge.ts';
import type { EdgeInput, EdgeOut, Transport } from '../../../../core/engine/edge/edge-port.ts';
import { decodeFrame, encodeFrame, encodeFrames } from '../../../../core/protocol/codec.ts';
import { type FrameName, FrameType, frameName } from '../../../../core/protocol/generated/frame-type.ts';
import { type Frame, newFrame } from '../../../../core/protocol/generated/frames.ts';
import { checkLimits, type Limits } from '../../../../core/protocol/limits.ts';

export const storeIdHigh = 0x1234;
export const storeIdLow = 0x5678;

type FrameOf<Name extends FrameName> = Extract<Frame, { type: (typeof FrameType)[Name] }>;

/** A frame with zeros except for `fields`. */
export function frame<Name extends FrameName>(name: Name, fields: Partial<Omit<FrameOf<Name>, 'type'>> = {}): FrameOf<Name> {
  return Object.assign(newFrame(FrameType[name]), fields) as FrameOf<Name>;
}

export class EdgeHarness implements EdgeOut {
  readonly limits: Limits;
  readonly edge: Edge;
  nowMs = 1_000_000;
  /** What was said to connections since the last look. */
  readonly said: { connection: number; frame: Frame }[] = [];
  readonly told: { node: number; frame: Frame }[] = [];
  readonly closes: { connection: number; code: number }[] = [];
  /** Versions of assignments that owners spoke of. */
  readonly versions: number[] = [];
  readonly owners: number[] = [];
  readonly tokens: { connection: number; token: string }[] = [];

  constructor(limits: Partial<Limits> = {}, ownerOf: (partition: number) => number = () => 0) {
    this.limits = checkLimits(limits);
    this.edge = new Edge({ limits: this.limits, directory: { ownerOf }, storeIdHigh, storeIdLow });
  }

  toConnection(connection: number, bytes: Uint8Array, start: number, end: number): void {
    this.said.push({ connection, frame: read(bytes, start, end) });
  }

  close(connection: number, code: number): void {
    this.closes.push({ connection, code });
  }

  verifyToken(connection: number, token: string): void {
    this.tokens.push({ connection, token });
  }

  toNode(node: number, bytes: Uint8Array, start: number, end: number): void {
    this.told.push({ node, frame: read(bytes, start, end) });
  }

  ownerMoved(_partition: number, owner: number, version: number): void {
    this.versions.push(version);
    this.owners.push(owner);
  }

  step(input: EdgeInput): void {
    this.edge.step(input, this.nowMs, this);
  }

  receive(connection: number, ...frames: Frame[]): void {
    this.step({ kind: 'received', connection, bytes: encodeFrames(frames) });
  }

  link(...frames: Frame[]): void {
    this.step({ kind: 'link', from: 0, bytes: encodeFrames(frames) });
  }

  /** A frame from an owner to a session. */
  toSession(session: number, registration: number, inner: Frame): void {
    this.link(frame('toSession', { session, registration, frame: encodeFrame(inner) }));
  }

  /** Lets time pass, with a tick at each wish of the machine. */
  pass(ms: number): void {
    const end = this.nowMs + ms;
    for (let wake = this.edge.nextWakeMs(); wake <= end; wake = this.edge.nextWakeMs()) {
      this.nowMs = Math.max(this.nowMs, wake);
      this.step({ kind: 'tick' });
    }
    this.nowMs = end;
  }

  /** Opens, says hello, logs in: a live session of `user`. What was noted on the way is forgotten. */
  live(
    connection: number,
    user: number,
    name = `user${user}`,
    transport: Transport = 'stream',
    expiresAtMs = this.nowMs + 3_600_000,
  ): void {
    this.step({ kind: 'opened', connection, transport });
    if (transport !== 'request') {
      this.receive(connection, frame('hello', { protocol: 1, token: 't', deviceId: 11, tabId: 12, attempt: 1, storeIdHigh, storeIdLow }));
    }
    this.step({ kind: 'verified', connection, name, issuedAtMs: this.nowMs, expiresAtMs, newUser: 99 });
    this.link(frame('loggedIn', { session: connection, user, code: 0 }));
    this.forget();
  }

  forget(): void {
    this.said.length = 0;
    this.told.length = 0;
    this.closes.length = 0;
    this.tokens.length = 0;
  }

  /** Names of what was said to a connection. */
  names(connection: number): string[] {
    return this.said.filter((entry) => entry.connection === connection).map((entry) => frameName(entry.frame.type));
  }

  toldNames(): string[] {
    return this.told.map((entry) => frameName(entry.frame.type));
  }

  /** The only frame of this name that was said. */
  answer<Name extends FrameName>(name: Name): FrameOf<Name> {
    return only(this.said.map((entry) => entry.frame).filter((entry) => entry.type === FrameType[name])) as FrameOf<Name>;
  }

  /** The only link frame of this name. */
  linkFrame<Name extends FrameName>(name: Name): FrameOf<Name> {
    return only(this.told.map((entry) => entry.frame).filter((entry) => entry.type === FrameType[name])) as FrameOf<Name>;
  }
}

/** The client frame inside a link frame. */
export function inner(link: { frame: Uint8Array }): Frame {
  return read(link.frame, 0, link.frame.length);
}

function only(frames: Frame[]): Frame {
  if (frames.length !== 1) throw new Error(`expected one frame, found ${frames.length}`);
  return frames[0];
}

/** Decodes a copy: views of what the machine gives die with the call. */
function read(bytes: Uint8Array, start: number, end: number): Frame {
  const decoded = decodeFrame(bytes.slice(start, end));
  if ('failed' in decoded) throw new Error(`not a frame: ${decoded.reason}`);
  return decoded;
}
