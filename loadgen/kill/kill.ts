/** `npm run test:kill -- --kills N --json`: see `help` in arguments.ts. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildMutant, removeMutant } from '../../sim/mutants/apply.ts';
import { help, type KillArguments, parseKillArguments } from './arguments.ts';
import { killMutants } from './kill-mutants.ts';
import { runKillTest } from './kill-run.ts';
import { killLimits } from './limits.ts';
import type { KillResult } from './result.ts';

async function main(): Promise<number> {
  const words = parseKillArguments(process.argv.slice(2));
  if (words === null) {
    process.stdout.write(help);
    return 0;
  }
  if (typeof words === 'string') {
    process.stderr.write(`test:kill: ${words}\n\n${help}`);
    return 2;
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
  const directory = mkdtempSync(join(tmpdir(), 'parley-kill-'));
  const history = words.history === '' ? join(directory, 'history.ndjson') : words.history;
  const result = await run(words, directory, history);
  if (result.ok) rmSync(directory, { recursive: true, force: true });
  else process.stderr.write(`data directory, clients' files and history are kept: ${directory}, ${history}\n`);
  process.stdout.write(`${JSON.stringify(result, null, words.json ? undefined : 2)}\n`);
  return result.ok ? 0 : 1;
}

async function run(words: KillArguments, directory: string, history: string): Promise<KillResult> {
  const mutant = killMutants.find(({ name }) => name === words.mutant);
  const folder = mutant === undefined ? 'dist' : await buildMutant(mutant);
  try {
    return await runKillTest({
      ...words,
      directory,
      history,
      entry: join(folder, 'core', 'cli', 'main.js'),
      stallMsMax: mutant === undefined ? killLimits.stallMsMax : killLimits.mutantStallMsMax,
      report: (line) => process.stderr.write(`${line}\n`),
    });
  } finally {
    if (mutant !== undefined) removeMutant(mutant);
  }
}

process.exit(await main());
