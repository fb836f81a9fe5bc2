/**
 * One kill test as a command: in a directory of its own, which stays when something is wrong, against dist/ or against a mutant of it.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildMutant, removeMutant } from '../../sim/mutants/apply.ts';
import type { Mutant } from '../../sim/mutants/mutant.ts';
import type { KillOptions } from './kill-run.ts';
import { killLimits } from './limits.ts';

export interface CommandOptions {
  /** Of the directory's name. */
  readonly prefix: string;
  /** What lies in the directory, for whom it is kept. */
  readonly holds: string;
  /** '': in the directory. */
  readonly history: string;
  readonly mutant: Mutant | undefined;
  readonly json: boolean;
}

/** Where a run takes place, and what it runs. */
export type Place = Pick<KillOptions, 'directory' | 'history' | 'entry' | 'stallMsMax' | 'report'>;

/** Runs and prints the result. @returns the exit code */
export async function runCommand(
  { prefix, holds, history: named, mutant, json }: CommandOptions,
  run: (place: Place) => Promise<{ readonly ok: boolean }>,
): Promise<number> {
  const directory = mkdtempSync(join(tmpdir(), prefix));
  const history = named === '' ? join(directory, 'history.ndjson') : named;
  const folder = mutant === undefined ? 'dist' : await buildMutant(mutant);
  try {
    const result = await run({
      directory,
      history,
      entry: join(folder, 'core', 'cli', 'main.js'),
      stallMsMax: mutant === undefined ? killLimits.stallMsMax : killLimits.mutantStallMsMax,
      report: (line) => process.stderr.write(`${line}\n`),
    });
    if (result.ok) rmSync(directory, { recursive: true, force: true });
    else process.stderr.write(`${holds} and history are kept: ${directory}, ${history}\n`);
    process.stdout.write(`${JSON.stringify(result, null, json ? undefined : 2)}\n`);
    return result.ok ? 0 : 1;
  } finally {
    if (mutant !== undefined) removeMutant(mutant);
  }
}
