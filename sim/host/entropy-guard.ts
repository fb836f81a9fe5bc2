/**
 * While a run goes on, nothing may read a clock or chance: the globals that would are replaced by functions that throw.
 *
 * Method: the machines and the simulator are synchronous, so the globals can be taken away for the length of one call and given back
 * after it, whatever happens. The lint bans say the same of the sources; this also catches what a library would do.
 */
import nodeCrypto from 'node:crypto';

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
  const of = (bag: unknown, ...names: string[]): [Bag, string][] => names.map((name) => [bag as Bag, name]);
  return [
    ...of(top, 'Date', 'setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask', 'WeakRef', 'FinalizationRegistry', 'Intl', 'fetch'),
    ...of(Math, 'random'),
    ...of(performance, 'now', 'mark', 'timeOrigin'),
    ...of(process, 'hrtime', 'nextTick', 'uptime', 'cpuUsage', 'memoryUsage'),
    ...of(crypto, 'getRandomValues', 'randomUUID', 'subtle'),
    ...of(nodeCrypto, 'randomBytes', 'randomFillSync', 'randomInt', 'randomUUID'),
    ...of(AbortSignal, 'timeout'),
    ...of(Atomics, 'wait'),
    // What they give depends on the machine's language.
    ...of(String.prototype, 'localeCompare', 'toLocaleLowerCase', 'toLocaleUpperCase'),
    ...of(Number.prototype, 'toLocaleString'),
  ];
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
