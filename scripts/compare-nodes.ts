// Goal: one seed, one trace: the simulator gives the same hash twice and on each supported version of Node. Method:
// `parley sim run --seeds N --json` runs on each version, twice on the first, and the `traceHash` of their last lines must be equal.
import { parseArgs } from 'node:util';
import { onNode } from './on-node.ts';
import { runShell } from './shell.ts';

const versions = ['20', '20', '22', '24'];
const limitMs = 15 * 60_000;

const { values: options } = parseArgs({ options: { seeds: { type: 'string', default: '100' }, json: { type: 'boolean' } } });

async function main(): Promise<void> {
  const hashes: { node: string; hash: string }[] = [];
  for (const version of versions) {
    const hash = await traceHashOn(version);
    if (options.json !== true) console.log(`Node ${version}: ${hash}`);
    hashes.push({ node: version, hash });
  }
  const isEqual = new Set(hashes.map((entry) => entry.hash)).size === 1;
  console.log(
    options.json === true ? JSON.stringify({ seeds: Number(options.seeds), equal: isEqual, hashes }) : isEqual ? 'equal' : 'NOT EQUAL',
  );
  process.exitCode = isEqual ? 0 : 1;
}

async function traceHashOn(version: string): Promise<string> {
  const words = onNode(version, ['node', 'dist/core/cli/main.js', 'sim', 'run', '--seeds', String(Number(options.seeds)), '--json']);
  const run = await runShell(words.join(' '), limitMs, true);
  const line = run.stdout.trimEnd().split('\n').at(-1) ?? '';
  if (run.exitCode !== 0) throw new Error(`the simulator failed on Node ${version} (${run.ending}): ${line}`);
  const { traceHash } = JSON.parse(line) as { traceHash?: unknown };
  if (typeof traceHash !== 'string' || traceHash === '') throw new Error(`the simulator's last line has no traceHash: ${line}`);
  return traceHash;
}

try {
  await main();
} catch (error) {
  const message = error instanceof Error ? error.message : String(error);
  console.log(options.json === true ? JSON.stringify({ equal: false, error: message }) : message);
  process.exitCode = 1;
}
