/**
 * `npm run bench -- --json`: messages a second and latency of the built server over real sockets. `--help` says what it does.
 */
import { machine, revision } from '../../scripts/environment.ts';
import { type BenchArguments, help, parseBenchArguments } from './arguments.ts';
import { pinningTrouble } from './pinning.ts';
import { runOnce } from './run.ts';
import type { RunFigures, RunPlan } from './run-plan.ts';
import { complaints, limitOf } from './verdict.ts';

async function main(): Promise<number> {
  const found = parseBenchArguments(process.argv.slice(2));
  if (found === null) {
    process.stdout.write(help);
    return 0;
  }
  const trouble = typeof found === 'string' ? found : found.pin ? pinningTrouble() : '';
  if (typeof found === 'string' || trouble !== '') {
    process.stderr.write(`npm run bench: ${trouble}\n${typeof found === 'string' ? `\n${help}` : ''}`);
    return 2;
  }
  return bench(found);
}

async function bench(wanted: BenchArguments): Promise<number> {
  const { plan } = wanted;
  const started = performance.now();
  const figures = await run(plan, wanted);
  const wrong = complaints(figures, wanted.p99MsMax);
  const result = {
    ok: wrong.length === 0,
    complaints: wrong,
    ...figures,
    limit: limitOf(figures),
    p99MsMax: wanted.p99MsMax,
    plan,
    pinned: wanted.pin,
    generator: 'own lean client session over node:net, not the library',
    seconds: Math.round((performance.now() - started) / 100) / 10,
    machine: { ...machine(), ...revision() },
  };
  process.stdout.write(wanted.json ? `${JSON.stringify(result)}\n` : `${JSON.stringify(result, null, 2)}\n`);
  return result.ok ? 0 : 1;
}

function run(plan: RunPlan, wanted: BenchArguments): Promise<RunFigures> {
  const { pin, nodeFlags } = wanted;
  return runOnce(plan, { pin, nodeFlags, progress: (text) => process.stderr.write(`${text}\n`) });
}

process.exitCode = await main();
