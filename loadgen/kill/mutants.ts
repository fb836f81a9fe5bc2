/**
 * `npm run test:kill-mutants -- [--kills N] [--only NAME,…] [--json]`: the kill test finds each planted fault of the server.
 *
 * Method: each mutant is built as a server of its own and gets kill tests, each with another seed, until one of the checkers it names speaks:
 * whether a kill meets the fault is a matter of milliseconds, so that a single short run may miss it.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { buildMutant, removeMutant } from '../../sim/mutants/apply.ts';
import type { Mutant } from '../../sim/mutants/mutant.ts';
import { killMutants } from './kill-mutants.ts';
import { runKillTest } from './kill-run.ts';
import { killLimits } from './limits.ts';
import type { KillResult } from './result.ts';

const help = `npm run test:kill-mutants -- [--kills N] [--runs N] [--only NAME,…] [--json]: shows that the kill test finds planted faults of the server

  --kills N     of one run [${killLimits.mutantKills}]
  --runs N      of one mutant at most, with seeds 1, 2, … [${killLimits.mutantRunsMax}]
  --only NAMES  of ${killMutants.map(({ name }) => name).join(', ')}

Exit code: 0 every mutant was found · 1 one lives · 2 wrong arguments
`;

interface Words {
  readonly kills: number;
  readonly runs: number;
  readonly only: readonly string[];
  readonly json: boolean;
}

interface Found {
  readonly name: string;
  readonly bug: string;
  readonly killed: boolean;
  /** The checker that spoke; '': none of those it names. */
  readonly checker: string;
  readonly runs: number;
  readonly lost: number;
  readonly doubled: number;
  readonly reordered: number;
}

async function main(): Promise<number> {
  const words = read();
  if (typeof words === 'string') {
    if (words === '') process.stdout.write(help);
    else process.stderr.write(`test:kill-mutants: ${words}\n\n${help}`);
    return words === '' ? 0 : 2;
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
  const list: Found[] = [];
  for (const mutant of killMutants) {
    if (words.only.length > 0 && !words.only.includes(mutant.name)) continue;
    const found = await hunt(mutant, words.kills, words.runs);
    process.stderr.write(`${mutant.name}: ${found.killed ? `found by "${found.checker}" in run ${found.runs}` : 'LIVES'}\n`);
    list.push(found);
  }
  const killed = list.filter((found) => found.killed).length;
  const result = { ok: killed === list.length, mutants: list.length, killed, list };
  process.stdout.write(`${JSON.stringify(result, null, words.json ? undefined : 2)}\n`);
  return result.ok ? 0 : 1;
}

/** The arguments, or what is wrong with them; '': help is wanted. */
function read(): Words | string {
  try {
    const options = {
      kills: { type: 'string' },
      runs: { type: 'string' },
      only: { type: 'string' },
      json: { type: 'boolean' },
      help: { type: 'boolean' },
    } as const;
    const { values } = parseArgs({ strict: true, options });
    if (values.help === true) return '';
    const kills = Number(values.kills ?? killLimits.mutantKills);
    const runs = Number(values.runs ?? killLimits.mutantRunsMax);
    if (!Number.isSafeInteger(kills) || kills < 1) return `--kills is a whole number above 0, not "${values.kills}"`;
    if (!Number.isSafeInteger(runs) || runs < 1) return `--runs is a whole number above 0, not "${values.runs}"`;
    const only = (values.only ?? '').split(',').filter((name) => name !== '');
    const unknown = only.find((wanted) => !killMutants.some(({ name }) => name === wanted));
    if (unknown !== undefined) return `there is no mutant "${unknown}"`;
    return { kills, runs, only, json: values.json === true };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

async function hunt(mutant: Mutant, kills: number, runsMax: number): Promise<Found> {
  const entry = join(await buildMutant(mutant), 'core', 'cli', 'main.js');
  try {
    for (let run = 1; ; run++) {
      const result = await runAgainst(entry, kills, run);
      const checker = mutant.killedBy.find((name) => speaks(name, result)) ?? '';
      const { lost, doubled, reordered } = result;
      const found = { name: mutant.name, bug: mutant.bug, killed: checker !== '', checker, runs: run, lost, doubled, reordered };
      if (found.killed || run === runsMax) return found;
    }
  } finally {
    removeMutant(mutant);
  }
}

async function runAgainst(entry: string, kills: number, seed: number): Promise<KillResult> {
  const directory = mkdtempSync(join(tmpdir(), 'parley-kill-mutant-'));
  const history = join(directory, 'history.ndjson');
  const { rateDefault: ratePerSecond, mutantStallMsMax: stallMsMax } = killLimits;
  try {
    return await runKillTest({ kills, seed, ratePerSecond, directory, history, entry, stallMsMax, report: () => {} });
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** `rest`: somebody waits for an event for ever (not merely: the machine was too slow). */
function speaks(checker: string, { violations }: KillResult): boolean {
  const said = checker === 'rest' ? /^not at rest .* has shown / : new RegExp(`^${checker}: `);
  return violations.some((violation) => said.test(violation));
}

process.exit(await main());
