// Goal: the simulator gives the same traces on every Node version that Parley runs on. Method: the built simulator runs the same seeds under
// each version (a package from the registry); the hash over all traces must be one.
import { execFileSync } from 'node:child_process';
import { parseArgs } from 'node:util';

const versions = ['20', '22', '24'];

const { values } = parseArgs({ options: { seeds: { type: 'string', default: '20' }, json: { type: 'boolean', default: false } } });
const seeds = Number(values.seeds);
const results = versions.map((version) => ({ node: version, traceHash: traceHashUnder(version) }));
const equal = new Set(results.map((result) => result.traceHash)).size === 1;
if (values.json) console.log(JSON.stringify({ seeds, equal, versions: results }));
else for (const { node, traceHash } of results) console.log(`Node ${node}: ${traceHash}`);
if (!equal) {
  console.error('the traces differ: something in the run depends on the Node version');
  process.exitCode = 1;
}

function traceHashUnder(version: string): string {
  const args = [
    'exec',
    '--yes',
    `--package=node@${version}`,
    '--',
    'node',
    'dist/sim/cli/main.js',
    'run',
    '--seeds',
    String(seeds),
    '--json',
  ];
  const output = execFileSync('npm', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  const last = output.trimEnd().split('\n').at(-1) ?? '';
  const report = JSON.parse(last) as { traceHash: string };
  return report.traceHash;
}
