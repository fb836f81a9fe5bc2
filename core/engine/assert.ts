/** What must hold: a false one is our own fault, and the host stops the process (DESIGN: assert what must hold, handle what may happen). */

export class AssertionError extends Error {
  override readonly name = 'AssertionError';
}

/** @throws AssertionError; `message` is a constant, so that a hot path builds no string. */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new AssertionError(message);
}

/** Closes a union: the compiler proves that no case is left. */
export function unreachable(value: never): never {
  throw new AssertionError(`unreachable: ${String(value)}`);
}
