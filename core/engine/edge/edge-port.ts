/**
 * Inputs and effects of the edge: connections on one side, links to owners on the other.
 *
 * A connection is whatever carries runs of frames to one client: a WebSocket, a raw TCP stream, a poll sequence, an HTTP request.
 * Its number is chosen by the host and never used twice while the process lives.
 */
import type { Machine, Node } from '../machine.ts';

export type Transport = 'stream' | 'poll' | 'request';

export type EdgeInput =
  /** `request`: an HTTP API call; its user is known (token verified by the host) through the `verified` that follows; no hello, no registration. */
  | { readonly kind: 'opened'; readonly connection: number; readonly transport: Transport }
  /** A message: a run of `[varint length][frame]`, all of `bytes` or the part `[start, end)`. */
  | { readonly kind: 'received'; readonly connection: number; readonly bytes: Uint8Array; readonly start?: number; readonly end?: number }
  | { readonly kind: 'closed'; readonly connection: number }
  /** The host's queue of this connection passed its soft limit: the device is slow. */
  | { readonly kind: 'pressed'; readonly connection: number }
  /** …and is empty again. */
  | { readonly kind: 'drained'; readonly connection: number }
  /** Answer to `verifyToken`. `newUser`: random id, used if the name has none and may be made; 0: do not make one. */
  | {
      readonly kind: 'verified';
      readonly connection: number;
      readonly name: string;
      readonly issuedAtMs: number;
      readonly expiresAtMs: number;
      readonly newUser: number;
    }
  /** `code`: ErrorCode.tokenInvalid, tokenExpired, wrongUser, or unavailable (the keys cannot be had). */
  | { readonly kind: 'notVerified'; readonly connection: number; readonly code: number }
  /** A run of link frames from an owner, all of `bytes` or the part `[start, end)`. */
  | { readonly kind: 'link'; readonly from: Node; readonly bytes: Uint8Array; readonly start?: number; readonly end?: number }
  /** The link to this node broke and is there again: registrations died with it. */
  | { readonly kind: 'linkRemade'; readonly node: Node }
  /** Owners of partitions changed: sessions whose owner did register with the new one. */
  | { readonly kind: 'ownersChanged' }
  /** The node stops: tell every connection to go, spread by `jitter` (0 … 1 of reconnectMaxMs, one draw a call). */
  | { readonly kind: 'drain'; readonly reconnectAfterMs: number }
  | { readonly kind: 'tick' };

export interface EdgeOut {
  /** Appends one frame (`bytes[start, end)`, without its length) to what goes to this connection. */
  toConnection(connection: number, bytes: Uint8Array, start: number, end: number): void;
  /** Closes after what was sent before has left; `code`: an ErrorCode. */
  close(connection: number, code: number): void;
  verifyToken(connection: number, token: string): void;
  /** Appends one link frame to what goes to this node (this process too). */
  toNode(node: Node, bytes: Uint8Array, start: number, end: number): void;
  /** By this version of the assignment the partition is that node's: the directory may be behind it. */
  ownerMoved(partition: number, owner: Node, version: number): void;
}

export type EdgeMachine = Machine<EdgeInput, EdgeOut>;
