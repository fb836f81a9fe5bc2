/**
 * Seeds that killed a mutant before: tried first, so that a check of all mutants takes a minute. Only hints: a seed means another run
 * after most changes of the simulator, and then the search goes on from seed 1. `parley sim mutants --record` writes them again.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from './apply.ts';

export type KillingSeeds = Record<string, readonly number[]>;

/** Hints kept a mutant: the newest first. */
const seedsKeptMax = 3;

function path(): string {
  return join(projectRoot(), 'sim', 'mutants', 'killing-seeds.json');
}

export function readKillingSeeds(): KillingSeeds {
  return existsSync(path()) ? (JSON.parse(readFileSync(path(), 'utf8')) as KillingSeeds) : {};
}

/** Adds the seeds that killed just now. */
export function recordKillingSeeds(killed: ReadonlyMap<string, number>): void {
  const seeds = readKillingSeeds();
  for (const [name, seed] of killed) {
    seeds[name] = [seed, ...(seeds[name] ?? []).filter((other) => other !== seed)].slice(0, seedsKeptMax);
  }
  const lines = Object.keys(seeds)
    .sort()
    .map((name) => `  ${JSON.stringify(name)}: [${seeds[name].join(', ')}]`);
  writeFileSync(path(), `{\n${lines.join(',\n')}\n}\n`);
}
