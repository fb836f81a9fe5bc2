/** `parley sim mutants`: every deliberate bug must be found by the checker that it names. */
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { buildMutant, removeMutant } from '../mutants/apply.ts';
import { deliveryMutants } from '../mutants/delivery.ts';
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
  readonly seedsToKill: number;
  readonly killed: boolean;
}

export async function mutantsCommand(args: readonly string[], io: Io): Promise<number> {
  const { numbers, texts, flags } = readArguments(args, {
    seeds: 'number',
    workers: 'number',
    messages: 'number',
    only: 'text',
    json: 'flag',
  });
  const seeds = numbers.get('seeds') ?? seedsDefault;
  const workers = numbers.get('workers') ?? availableParallelism();
  const messages = numbers.get('messages') ?? messagesDefault;
  const only = texts.get('only');
  const mutants = deliveryMutants.filter((mutant) => only === undefined || mutant.name === only);
  if (mutants.length === 0) throw new ArgumentError(`no mutant is called "${only ?? ''}"`);
  const results: MutantResult[] = [];
  for (const mutant of mutants) {
    const result = await hunt(mutant, seeds, messages, workers);
    results.push(result);
    io.err(
      result.killed
        ? `${mutant.name}: killed by "${result.checker}" after ${result.seedsToKill} seeds\n`
        : `${mutant.name}: LIVES after ${seeds} seeds\n`,
    );
  }
  const killed = results.filter((result) => result.killed).length;
  if (flags.has('json')) io.out(`${JSON.stringify({ mutants: results.length, killed, list: results })}\n`);
  else io.out(`${killed} of ${results.length} mutants killed\n`);
  return killed === results.length ? ExitCode.ok : ExitCode.mutantLived;
}

async function hunt(mutant: Mutant, seeds: number, messages: number, workers: number): Promise<MutantResult> {
  const folder = buildMutant(mutant);
  const workerUrl = pathToFileURL(join(folder, 'sim', 'cli', 'seed-worker.js'));
  let run = 0;
  let checker = '';
  await runSeeds({ from: 1, count: seeds, messages, workers, twiceEvery: Number.MAX_SAFE_INTEGER, workerUrl }, (report) => {
    run += 1;
    checker = killer(mutant, report);
    return checker === '';
  });
  removeMutant(mutant);
  return {
    name: mutant.name,
    checker: checker === '' ? mutant.killedBy[0] : checker,
    seedsToKill: checker === '' ? 0 : run,
    killed: checker !== '',
  };
}

/** The named checker that spoke; '': none. */
function killer(mutant: Mutant, report: SeedReport): string {
  if (report.exitCode === ExitCode.crash) return mutant.killedBy.includes('throw') ? 'throw' : '';
  const spoken = mutant.killedBy.find((name) => report.checkers.includes(name));
  if (spoken !== undefined) return spoken;
  return report.exitCode === ExitCode.liveness && mutant.killedBy.includes('rest') ? 'rest' : '';
}
