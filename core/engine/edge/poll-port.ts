/**
 * Inputs and effects of the poll machine: HTTP requests on one side, one edge connection for each sequence of them on the other.
 *
 * A sequence has an id of 128 random bits, drawn by the host, and polls numbered 1, 2, 3, …; a poll brings frames up and its answer brings
 * frames down. The machine's effects towards the edge are steps that the host makes next, in order.
 */
import type { Machine } from '../machine.ts';

export type PollInput =
  /** A poll. `id` '': the first of a new sequence, which gets `newId` and `newConnection`. `name`: of the token it carries. */
  | {
      readonly kind: 'asked';
      readonly request: number;
      readonly id: string;
      readonly number: number;
      readonly name: string;
      readonly bytes: Uint8Array;
      readonly newId: string;
      readonly newConnection: number;
    }
  /** The HTTP request of a waiting poll is gone. */
  | { readonly kind: 'aborted'; readonly request: number }
  /** The edge's `toConnection`. */
  | {
      readonly kind: 'frame';
      readonly connection: number;
      readonly bytes: Uint8Array;
      readonly start: number;
      readonly end: number;
    }
  /** The edge's `close`: what was said before is still fetched. */
  | { readonly kind: 'close'; readonly connection: number }
  /** End of the host's turn: polls that wait and have something to fetch are answered. */
  | { readonly kind: 'flush' }
  | { readonly kind: 'tick' };

/**
 * - `unknownPoll`: no such sequence here (ended, another node, restarted): start a new one with `hello`
 * - `wrongNumber`: neither the last number nor the next one
 * - `wrongUser`: the token is not of the user who began the sequence
 * - `superseded`: the same number was asked again by a later request
 */
export type PollRefusal = 'unknownPoll' | 'wrongNumber' | 'wrongUser' | 'superseded';

export interface PollOut {
  /** The answer's bytes may be kept by the host until it has sent them: they are never changed. */
  answer(request: number, id: string, bytes: Uint8Array): void;
  refuse(request: number, reason: PollRefusal): void;
  /** Inputs for the edge. */
  opened(connection: number, name: string): void;
  received(connection: number, bytes: Uint8Array): void;
  closed(connection: number): void;
  pressed(connection: number): void;
  drained(connection: number): void;
}

export type PollMachine = Machine<PollInput, PollOut>;
