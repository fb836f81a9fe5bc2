/**
 * What the doors (WebSocket, poll, stream, API) may ask of the node's engine. The host implements it: each call steps the edge at once
 * and has the loop turn finish soon after.
 */
import type { Transport } from '../engine/edge/edge-port.ts';
import type { PollInput } from '../engine/edge/poll-port.ts';
import type { Frame } from '../protocol/generated/frames.ts';
import type { Limits } from '../protocol/limits.ts';
import type { VerifiedToken } from './auth/token-verifier.ts';
import type { ClientConnection } from './connection.ts';

export interface EngineAccess {
  readonly limits: Limits;
  newConnectionNumber(): number;
  /** A new connection; everything the edge says to it goes through the object. */
  opened(connection: ClientConnection, transport: Transport): void;
  /** The bytes are read during the call only. */
  received(number: number, bytes: Uint8Array): void;
  closed(number: number): void;
  pressed(number: number): void;
  drained(number: number): void;
  /** Of a `request` connection: who asks. `mayCreate`: makes the user if the name is new, whatever is configured. */
  verified(number: number, token: VerifiedToken, mayCreate?: boolean): void;
  asked(poll: Extract<PollInput, { kind: 'asked' }>, answer: PollAnswer): void;
  pollAborted(request: number): void;
  /** A link frame of the node itself (endSessions). */
  toOwner(frame: Frame): void;
  /** Connections of clients that are open. */
  readonly connectionCount: number;
  /** The node stops: new work is turned away. */
  readonly stopping: boolean;
  /** Proves with a write that a send would be accepted now. */
  probe(): Promise<boolean>;
}

/** Where the answer of one poll goes. */
export interface PollAnswer {
  answer(id: string, bytes: Uint8Array): void;
  refuse(reason: string): void;
}
