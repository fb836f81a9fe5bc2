/**
 * `parley sim mutants`: every deliberate bug must be found by a checker that it names.
 *
 * Method: as many mutants at once as there are workers, each built and then hunted by one thread until its first kill; seeds that killed
 * it before come first.
 */
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { buildMutant, projectRoot, removeMutant } from '../mutants/apply.ts';
import { deliveryMutants } from '../mutants/delivery.ts';
import { type KillingSeeds, readKillingSeeds, recordKillingSeeds } from '../mutants/killing-seeds.ts';
import type { Mutant } from '../mutants/mutant.ts';
import { messagesDefault } from '../scenario.ts';
import { ArgumentError, type Io, readArguments } from './args.ts';
import { ExitCode } from './exit-code.ts';
import { runSeeds } from './seed-pool.ts';
import type { SeedReport } from './seed-report.ts';

const seedsDefault = 2_000;

interface MutantResult {
  readonly name: string;
  readonly checker: string;
  /** Seeds run up to the kill, hints with them. */
  readonly seedsToKill: number;
  /** The seed that killed; 0: none. */
  readonly seed: number;
  readonly killed: boolean;
}

interface Hunt {
  readonly seeds: number;
  readonly messages: number;
  readonly hints: KillingSeeds;
}

export async function mutantsCommand(args: readonly string[], io: Io): Promise<number> {
  const { numbers, texts, flags } = readArguments(args, {
    seeds: 'number',
    workers: 'number',
    messages: 'number',
    only: 'text',
    search: 'flag',
    record: 'flag',
    json: 'flag',
  });
  const hunt: Hunt = {
    seeds: numbers.get('seeds') ?? seedsDefault,
    messages: numbers.get('messages') ?? messagesDefault,
    hints: flags.has('search') ? {} : readKillingSeeds(),
  };
  const mutants = chosen(texts.get('only'));
  const results = await huntAll(mutants, hunt, numbers.get('workers') ?? availableParallelism(), io);
  if (flags.has('record')) recordKillingSeeds(new Map(results.filter(({ killed }) => killed).map(({ name, seed }) => [name, seed])));
  const killed = results.filter((result) => result.killed).length;
  if (flags.has('json')) io.out(`${JSON.stringify({ mutants: results.length, killed, list: results })}\n`);
  else io.out(`${killed} of ${results.length} mutants killed\n`);
  return killed === results.length ? ExitCode.ok : ExitCode.mutantLived;
}

function chosen(only: string | undefined): readonly Mutant[] {
  if (!existsSync(join(projectRoot(), deliveryMutants[0].file)))
    throw new ArgumentError('mutants are patches on the sources: run this in a clone of the project, not in an installed package');
  if (only === undefined) return deliveryMutants;
  return only.split(',').map((name) => {
    const mutant = deliveryMutants.find((other) => other.name === name);
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

async function huntOne(mutant: Mutant, { seeds, messages, hints }: Hunt): Promise<MutantResult> {
  const folder = buildMutant(mutant);
  const workerUrl = pathToFileURL(join(folder, 'sim', 'cli', 'seed-worker.js'));
  const first = (hints[mutant.name] ?? []).filter((seed) => seed <= seeds);
  let run = 0;
  let seed = 0;
  let checker = '';
  await runSeeds({ from: 1, count: seeds, first, messages, workers: 1, twiceEvery: Number.MAX_SAFE_INTEGER, workerUrl }, (report) => {
    run += 1;
    checker = killer(mutant, report);
    if (checker !== '') seed = report.seed;
    return checker === '';
  });
  removeMutant(mutant);
  const killed = checker !== '';
  return { name: mutant.name, checker: killed ? checker : mutant.killedBy[0], seedsToKill: killed ? run : 0, seed, killed };
}

/** The named checker that spoke; '': none. */
function killer(mutant: Mutant, report: SeedReport): string {
  if (report.exitCode === ExitCode.crash) return mutant.killedBy.includes('throw') ? 'throw' : '';
  const spoken = mutant.killedBy.find((name) => report.checkers.includes(name));
  if (spoken !== undefined) return spoken;
  return report.exitCode === ExitCode.liveness && mutant.killedBy.includes('rest') ? 'rest' : '';
}
