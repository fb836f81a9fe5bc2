/** `npm run test:disk-mutants [-- --cuts N] [--json]`: each planted fault of the embedded store must be found by the disk model. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { buildMutant, removeMutant } from '../mutants/apply.ts';
import { diskMutants } from '../mutants/disk.ts';

const options = process.argv.slice(2);
const cuts = options.includes('--cuts') ? options[options.indexOf('--cuts') + 1] : '12000';
/** From here on the rarest of them is found soonest of a few places tried. */
const firstSeed = '20001';

const list = diskMutants.map((mutant) => {
  const folder = buildMutant(mutant);
  const run = spawnSync(
    process.execPath,
    [join(folder, 'sim', 'cli', 'test-disk.js'), '--cuts', cuts, '--seed', firstSeed, '--stop', '--json'],
    {
      encoding: 'utf8',
    },
  );
  removeMutant(mutant);
  const result = JSON.parse(run.stdout.trim().split('\n').pop() ?? '{}') as {
    cuts?: number;
    lost?: number;
    torn?: number;
    other?: number;
  } & Record<string, number>;
  const checker = mutant.killedBy.find((name) => Number(result[name]) > 0) ?? null;
  if (!options.includes('--json'))
    console.log(`${mutant.name}: ${checker === null ? 'SURVIVES' : `killed (${checker}) after ${result.cuts} cuts`}`);
  return { name: mutant.name, killed: checker !== null, checker, cutsToKill: result.cuts };
});
const killed = list.filter((mutant) => mutant.killed).length;
console.log(JSON.stringify({ mutants: list.length, killed, list }));
process.exitCode = killed === list.length ? 0 : 1;
