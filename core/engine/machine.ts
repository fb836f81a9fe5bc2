/**
 * What every state machine of the engine is: plain synchronous code between inputs and effects (DESIGN 9).
 *
 * Method: `step(input, nowMs, out)` changes the machine's state and calls the effect methods of `out`, which only note what is to be
 * done (append bytes to a buffer, queue a store call): a host never calls back into a machine from an effect. Completions come
 * as later inputs. There is no clock, no randomness, no timer, no promise inside; `nextWakeMs` says when the machine wants a `tick`.
 * Byte views in inputs and effects are valid only during the call: who keeps them copies them.
 */

export interface Machine<Input, Out> {
  /** `nowMs`: ms since 1970 by the host's clock, which the host never lets go back. */
  step(input: Input, nowMs: number, out: Out): void;
  /** Earliest instant at which the machine wants `{kind: 'tick'}`; Infinity: none. A later or an extra tick does no harm. */
  nextWakeMs(): number;
}

/** A node of the cluster; one process. With one node it is always 0. */
export type Node = number;

/**
 * Who owns what. With one node all answers are that node; the cluster machine replaces it later.
 * Edges and owners ask it at each use, so that a change needs no other call.
 */
export interface Directory {
  /** Owner of a partition of the users, names (or later groups) table. */
  ownerOf(partition: number): Node;
}
