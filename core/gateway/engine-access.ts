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

/** Sends by HTTP that found the store down, and what becomes of them; the host has it where the store is elsewhere. */
export interface FailedRequests {
  /** Keeps a send. @returns its id once that is durable; null: it was not kept */
  add(name: string, frame: Uint8Array): Promise<number | null>;
  /** The oldest entries with ids above `after`. */
  list(after: number): Promise<readonly FailedRequest[]>;
  /** Sends all again, in their order, as far as the store takes them. */
  replay(): Promise<ReplayResult>;
}

export interface FailedRequest {
  readonly id: number;
  readonly atMs: number;
  readonly name: string;
  readonly frame: Uint8Array;
}

/** `accepted` and `ended` (rejected or refused: the log of the node says why) are not in the log any more. */
export interface ReplayResult {
  readonly accepted: number;
  readonly ended: number;
  readonly left: number;
}

/** Where the answer of one poll goes. */
export interface PollAnswer {
  answer(id: string, bytes: Uint8Array): void;
  refuse(reason: string): void;
}
