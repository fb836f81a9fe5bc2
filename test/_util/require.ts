// Goal: a test that needs a tool never passes in silence without it. Method: the test asks here first; where the tool is missing it says
// what and how to get it and is skipped, or fails when PARLEY_REQUIRE_ALL=1, as in CI.
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { TestContext } from 'vitest';

/** Skips the running test with a printed reason, or fails it when PARLEY_REQUIRE_ALL=1. Never returns. */
export function requireOrFail(context: Pick<TestContext, 'skip'>, what: string, howToGet: string): never {
  const message = `${what} is missing. To get it: ${howToGet}`;
  if (process.env.PARLEY_REQUIRE_ALL === '1') throw new Error(`${message} (PARLEY_REQUIRE_ALL=1: not skipped)`);
  console.warn(`SKIPPED: ${message}`);
  context.skip(message);
  throw new Error('unreachable: the test runner ends a skipped test');
}

/** The path of a program in PATH, or `undefined`. */
export function findProgram(name: string): string | undefined {
  return (process.env.PATH ?? '')
    .split(delimiter)
    .map((directory) => join(directory, name))
    .find(isExecutable);
}

/** Whether a file can be run. */
export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The path of strace, or the test is skipped or fails. */
export function requireStrace(context: Pick<TestContext, 'skip'>): string {
  return findProgram('strace') ?? requireOrFail(context, 'strace', 'apt-get install strace');
}
