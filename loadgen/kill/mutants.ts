/**
 * `npm run test:kill-mutants -- [--kills N] [--only NAME,…] [--json]`: the kill test finds each planted fault of the server.
 *
 * Method: each mutant is built as a server of its own and gets a kill test; it is killed when one of the checkers it names speaks.
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

const help = `npm run test:kill-mutants -- [--kills N] [--only NAME,…] [--json]: shows that the kill test finds planted faults of the server

  --kills N     of each mutant's run [${killLimits.mutantKills}]
  --only NAMES  of ${killMutants.map(({ name }) => name).join(', ')}

Exit code: 0 every mutant was found · 1 one lives · 2 wrong arguments
`;

interface Found {
  readonly name: string;
  readonly bug: string;
  readonly killed: boolean;
  /** The checker that spoke; '': none of those it names. */
  readonly checker: string;
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
    const found = await hunt(mutant, words.kills);
    process.stderr.write(`${mutant.name}: ${found.killed ? `found by "${found.checker}"` : 'LIVES'}\n`);
    list.push(found);
  }
  const killed = list.filter((found) => found.killed).length;
  const result = { ok: killed === list.length, mutants: list.length, killed, list };
  process.stdout.write(`${JSON.stringify(result, null, words.json ? undefined : 2)}\n`);
  return result.ok ? 0 : 1;
}

/** The arguments, or what is wrong with them; '': help is wanted. */
function read(): { readonly kills: number; readonly only: readonly string[]; readonly json: boolean } | string {
  try {
    const options = { kills: { type: 'string' }, only: { type: 'string' }, json: { type: 'boolean' }, help: { type: 'boolean' } } as const;
    const { values } = parseArgs({ strict: true, options });
    if (values.help === true) return '';
    const kills = Number(values.kills ?? killLimits.mutantKills);
    if (!Number.isSafeInteger(kills) || kills < 1) return `--kills is a whole number above 0, not "${values.kills}"`;
    const only = (values.only ?? '').split(',').filter((name) => name !== '');
    const unknown = only.find((wanted) => !killMutants.some(({ name }) => name === wanted));
    if (unknown !== undefined) return `there is no mutant "${unknown}"`;
    return { kills, only, json: values.json === true };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

async function hunt(mutant: Mutant, kills: number): Promise<Found> {
  const folder = await buildMutant(mutant);
  const directory = mkdtempSync(join(tmpdir(), 'parley-kill-mutant-'));
  try {
    const result = await runKillTest({
      kills,
      seed: 1,
      ratePerSecond: killLimits.rateDefault,
      directory,
      history: join(directory, 'history.ndjson'),
      entry: join(folder, 'core', 'cli', 'main.js'),
      stallMsMax: killLimits.mutantStallMsMax,
      report: () => {},
    });
    const checker = mutant.killedBy.find((name) => speaks(name, result)) ?? '';
    const { lost, doubled, reordered } = result;
    return { name: mutant.name, bug: mutant.bug, killed: checker !== '', checker, lost, doubled, reordered };
  } finally {
    rmSync(directory, { recursive: true, force: true });
    removeMutant(mutant);
  }
}

/** `rest`: somebody waits for an event for ever (not merely: the machine was too slow). */
function speaks(checker: string, { violations }: KillResult): boolean {
  const said = checker === 'rest' ? /^not at rest .* has shown / : new RegExp(`^${checker}: `);
  return violations.some((violation) => said.test(violation));
}

process.exit(await main());
