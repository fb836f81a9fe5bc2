/** A mutant: a small deliberate bug as a patch on the sources, and the checker that must find it (DESIGN 9). */

export interface Mutant {
  readonly name: string;
  /** What goes wrong in the real world with this bug. */
  readonly bug: string;
  readonly file: string;
  /** Must stand in the file exactly once. */
  readonly find: string;
  readonly replace: string;
  /** A saved scenario that shows it, tried before any seed: for bugs that few seeds reach. Path from the top of the project. */
  readonly scenario?: string;
  /**
   * Any of these checkers kills it. `rest`: it never comes to rest; `throw`: a machine notices it by an assertion; `twice`: the
   * same seed gives another trace.
   */
  readonly killedBy: readonly string[];
}
