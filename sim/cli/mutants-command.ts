/**
 * `parley sim mutants`: every deliberate bug must be found by a checker that it names; a table says by which, how soon, and how small the
 * scenario is that shows it.
 *
 * Method: as many mutants at once as there are workers, each built and then hunted by one thread until its first kills; seeds that killed
 * it before come first. With --shrink the killing seed is shrunk by the mutant's own build.
 */
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { engineMutants } from '../mutants/all.ts';
import { buildMutant, projectRoot, removeMutant } from '../mutants/apply.ts';
import { type KillingSeeds, readKillingSeeds, recordKillingSeeds } from '../mutants/killing-seeds.ts';
import type { Mutant } from '../mutants/mutant.ts';
import { messagesDefault } from '../scenario.ts';
import { ArgumentError, type Io, readArguments } from './args.ts';
import { ExitCode } from './exit-code.ts';
import { runSeeds } from './seed-pool.ts';
import type { SeedReport } from './seed-report.ts';
import type { ShrinkOrder, ShrinkReport } from './shrink-worker.ts';

const seedsDefault = 2_000;
const shrinkRunsMax = 600;

interface MutantResult {
  readonly name: string;
  readonly checker: string;
  /** No other checker spoke in any of the killing runs. */
  readonly onlyKiller: boolean;
  /** In how many of the killing runs each checker spoke; `rest`, `throw` and `twice` count where they are what killed. */
  readonly spoke: Readonly<Record<string, number>>;
  readonly kills: number;
  /** Seeds run for a kill, hints with them; of several kills the median. */
  readonly seedsToKill: number;
  /** The seed that killed; 0: none. */
  readonly seed: number;
  readonly killed: boolean;
  /** After shrinking; -1: was not shrunk. */
  readonly shrunkCommands: number;
  readonly shrunkFaults: number;
  /** Part of all commands and faults that shrinking removed. */
  readonly removed: number;
}

interface Hunt {
  readonly seeds: number;
  readonly messages: number;
  readonly kills: number;
  readonly shrink: boolean;
  readonly hints: KillingSeeds;
}

export async function mutantsCommand(args: readonly string[], io: Io): Promise<number> {
  const { numbers, texts, flags } = readArguments(args, {
    seeds: 'number',
    workers: 'number',
    messages: 'number',
    kills: 'number',
    shrink: 'flag',
    only: 'text',
    search: 'flag',
    record: 'flag',
    json: 'flag',
  });
  const hunt: Hunt = {
    seeds: numbers.get('seeds') ?? seedsDefault,
    messages: numbers.get('messages') ?? messagesDefault,
    kills: Math.max(1, numbers.get('kills') ?? 1),
    shrink: flags.has('shrink'),
    hints: flags.has('search') ? {} : readKillingSeeds(),
  };
  const mutants = chosen(texts.get('only'));
  const results = await huntAll(mutants, hunt, numbers.get('workers') ?? availableParallelism(), io);
  if (flags.has('record')) recordKillingSeeds(new Map(results.filter(({ killed }) => killed).map(({ name, seed }) => [name, seed])));
  const killed = results.filter((result) => result.killed).length;
  const removed = median(results.filter(({ shrunkCommands }) => shrunkCommands >= 0).map((result) => result.removed));
  if (flags.has('json')) {
    io.out(`${JSON.stringify({ mutants: results.length, killed, ...(hunt.shrink ? { removedMedian: removed } : {}), list: results })}\n`);
  } else {
    io.out(table(results));
    io.out(`${killed} of ${results.length} mutants killed${hunt.shrink ? `, median shrink ${(removed * 100).toFixed(1)} %` : ''}\n`);
  }
  return killed === results.length ? ExitCode.ok : ExitCode.mutantLived;
}

function chosen(only: string | undefined): readonly Mutant[] {
  if (!existsSync(join(projectRoot(), engineMutants[0].file)))
    throw new ArgumentError('mutants are patches on the sources: run this in a clone of the project, not in an installed package');
  if (only === undefined) return engineMutants;
  return only.split(',').map((name) => {
    const mutant = engineMutants.find((other) => other.name === name);
    if (mutant === undefined) throw new ArgumentError(`no mutant is called "${name}"`);
    return mutant;
  });
}

async function huntAll(mutants: readonly Mutant[], hunt: Hunt, workers: number, io: Io): Promise<MutantResult[]> {
  const results: MutantResult[] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < mutants.length) {
      const result = await huntOne(mutants[next++], hunt);
      results.push(result);
      io.err(
        result.killed
          ? `${result.name}: killed by "${result.checker}" with seed ${result.seed}, after ${result.seedsToKill} seeds\n`
          : `${result.name}: LIVES after ${hunt.seeds} seeds\n`,
      );
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, Math.min(workers, mutants.length)) }, lane));
  return results.sort((left, right) => (left.name < right.name ? -1 : 1));
}

async function huntOne(mutant: Mutant, hunt: Hunt): Promise<MutantResult> {
  const folder = await buildMutant(mutant);
  const workerUrl = pathToFileURL(join(folder, 'sim', 'cli', 'seed-worker.js'));
  const first = (hunt.hints[mutant.name] ?? []).filter((seed) => seed <= hunt.seeds);
  const twiceEvery = mutant.killedBy.includes('twice') ? 1 : Number.MAX_SAFE_INTEGER;
  const { seeds: count, messages } = hunt;
  let run = 0;
  let seed = 0;
  let checker = '';
  const needed: number[] = [];
  const spoke: Record<string, number> = {};
  const saved = mutant.scenario === undefined ? {} : { file: join(projectRoot(), mutant.scenario) };
  await runSeeds({ from: 1, count, first, messages, workers: 1, twiceEvery, workerUrl, ...saved }, (report) => {
    run += 1;
    const found = killer(mutant, report);
    if (found === '') return true;
    if (checker === '') {
      checker = found;
      seed = report.seed;
    }
    for (const name of new Set([...report.checkers, found])) spoke[name] = (spoke[name] ?? 0) + 1;
    needed.push(run);
    run = 0;
    return needed.length < hunt.kills;
  });
  const killed = checker !== '';
  const shrunk =
    hunt.shrink && killed && twiceEvery > 1 && mutant.scenario === undefined ? await shrinkIn(folder, seed, messages) : undefined;
  removeMutant(mutant);
  return {
    name: mutant.name,
    checker: killed ? checker : mutant.killedBy[0],
    onlyKiller: killed && Object.keys(spoke).length === 1,
    spoke,
    kills: needed.length,
    seedsToKill: killed ? median(needed) : 0,
    seed,
    killed,
    shrunkCommands: shrunk?.commands ?? -1,
    shrunkFaults: shrunk?.faults ?? -1,
    removed: shrunk === undefined ? 0 : 1 - shrunk.after / shrunk.before,
  };
}

function shrinkIn(folder: string, seed: number, messages: number): Promise<ShrinkReport> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(pathToFileURL(join(folder, 'sim', 'cli', 'shrink-worker.js')));
    worker.on('error', reject);
    worker.on('message', (report: ShrinkReport) => {
      worker.terminate().then(() => resolve(report), reject);
    });
    const order: ShrinkOrder = { seed, messages, runsMax: shrinkRunsMax };
    worker.postMessage(order);
  });
}

function table(results: readonly MutantResult[]): string {
  const rows = results.map((result) => [
    result.name,
    result.killed ? result.checker : 'LIVES',
    result.onlyKiller ? 'alone' : '',
    result.killed ? String(result.seedsToKill) : '',
    result.shrunkCommands < 0 ? '' : `${result.shrunkCommands} + ${result.shrunkFaults}`,
  ]);
  const all = [['mutant', 'killed by', '', 'seeds to kill', 'commands + faults'], ...rows];
  const widths = all[0].map((_title, column) => Math.max(...all.map((row) => row[column].length)));
  return all
    .map(
      (row) =>
        `${row
          .map((cell, column) => cell.padEnd(widths[column]))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}

function median(values: readonly number[]): number {
  if (values.length === 0) return 0;
  return [...values].sort((left, right) => left - right)[values.length >> 1];
}

/** The named checker that spoke; '': none. */
function killer(mutant: Mutant, report: SeedReport): string {
  if (report.exitCode === ExitCode.nondeterministic) return mutant.killedBy.includes('twice') ? 'twice' : '';
  if (report.exitCode === ExitCode.crash) return mutant.killedBy.includes('throw') ? 'throw' : '';
  const spoken = mutant.killedBy.find((name) => report.checkers.includes(name));
  if (spoken !== undefined) return spoken;
  return report.exitCode === ExitCode.liveness && mutant.killedBy.includes('rest') ? 'rest' : '';
}
