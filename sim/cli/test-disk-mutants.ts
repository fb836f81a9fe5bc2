/** `npm run test:disk-mutants`: each planted fault of the embedded store must be found by the check that it names. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { buildMutant, removeMutant } from '../mutants/apply.ts';
import { type DiskMutant, diskMutants } from '../mutants/disk.ts';
import { wordsOrExit } from './words.ts';

const help = `npm run test:disk-mutants -- [options]: plants faults in the embedded store; each must be found by the check that it names

  --only NAME   this one alone: ${diskMutants.map(({ name }) => name).join(', ')}
  --json        only the JSON object
  --help

Exit codes: 0 all were found · 1 one was not · 2 wrong arguments
`;

/** What each check may do at most until it finds the fault. */
const checkOptions: Record<DiskMutant['check'], readonly string[]> = {
  disk: ['--cuts', '12000'],
  'disk-trace': ['--cuts', '100'],
  'disk-damage': ['--damages', '200'],
};

/** Where the disk model finds a rare fault soon; for the rest it starts at 20001. */
const firstSeeds: Readonly<Record<string, string>> = { 'disk-trusts-checkpoint-read': '201901' };

const { only, json } = wordsOrExit(help, { only: '', json: false });
const wanted = diskMutants.filter(({ name }) => only === '' || name === only);
if (wanted.length === 0) {
  process.stderr.write(`no mutant "${only}"\n\n${help}`);
  process.exit(2);
}
const list = [];
for (const mutant of wanted) list.push(await judge(mutant));
const killed = list.filter((mutant) => mutant.killed).length;
console.log(JSON.stringify({ mutants: list.length, killed, list }));
process.exitCode = killed === list.length ? 0 : 1;

async function judge(mutant: DiskMutant): Promise<{ name: string; killed: boolean; checker: string | null; cutsToKill: number }> {
  const program = join(await buildMutant(mutant), 'sim', 'cli', `test-${mutant.check}.js`);
  const from = mutant.check === 'disk' ? ['--seed', firstSeeds[mutant.name] ?? '20001'] : [];
  const run = spawnSync(process.execPath, [program, ...checkOptions[mutant.check], ...from, '--stop', '--json'], { encoding: 'utf8' });
  removeMutant(mutant);
  const result = resultOf(run.stdout);
  if (result === null) throw new Error(`${mutant.name}: the check did not run: ${run.stderr}`);
  const checker = mutant.killedBy.find((name) => (result[name] ?? 0) > 0) ?? null;
  const cutsToKill = result.cuts ?? result.damages ?? 0;
  if (!json) console.log(`${mutant.name}: ${checker === null ? 'SURVIVES' : `killed (${checker}) after ${cutsToKill} cuts`}`);
  return { name: mutant.name, killed: checker !== null, checker, cutsToKill };
}

/** The object on the last line. */
function resultOf(output: string): Record<string, number | undefined> | null {
  const last = output.trim().split('\n').pop() ?? '';
  return last.startsWith('{') ? (JSON.parse(last) as Record<string, number | undefined>) : null;
}
