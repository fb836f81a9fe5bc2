/**
 * While a run goes on, nothing may read a clock or chance: the globals that would are replaced by functions that throw.
 *
 * Method: the machines and the simulator are synchronous, so the globals can be taken away for the length of one call and given back
 * after it, whatever happens. The lint bans say the same of the sources; this also catches what a library would do.
 */

/** Something asked for a clock, chance or a timer inside a run. */
export class EntropyError extends Error {
  override readonly name = 'EntropyError';
}

type Bag = Record<string, unknown>;

/** Runs `body` with the sources of nondeterminism taken away. */
export function withoutEntropy<Result>(body: () => Result): Result {
  const restores: (() => void)[] = [];
  try {
    for (const [bag, name] of forbidden()) restores.push(forbid(bag, name));
    return body();
  } finally {
    for (const restore of restores.reverse()) restore();
  }
}

function forbidden(): [Bag, string][] {
  const top = globalThis as unknown as Bag;
  const names = ['Date', 'setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask', 'WeakRef', 'FinalizationRegistry'];
  const pairs: [Bag, string][] = names.map((name) => [top, name]);
  pairs.push([Math as unknown as Bag, 'random']);
  pairs.push([performance as unknown as Bag, 'now']);
  pairs.push([process as unknown as Bag, 'hrtime']);
  pairs.push([crypto as unknown as Bag, 'getRandomValues']);
  pairs.push([crypto as unknown as Bag, 'randomUUID']);
  return pairs;
}

function forbid(bag: Bag, name: string): () => void {
  const before = Object.getOwnPropertyDescriptor(bag, name);
  // A constructor as well as a function: `new Date()` must fail like `Date.now()`.
  const refuse = function refuse(): never {
    throw new EntropyError(`${name} was used inside a simulator run`);
  };
  const value = new Proxy(refuse, { get: refuse });
  Object.defineProperty(bag, name, { value, configurable: true, writable: true, enumerable: before?.enumerable ?? false });
  return () => {
    if (before === undefined) Reflect.deleteProperty(bag, name);
    else Object.defineProperty(bag, name, before);
  };
}
