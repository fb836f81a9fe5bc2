/**
 * `npm run test:disk -- --cuts N [--seed S] [--stop] [--json]`: the embedded store's machines on the simulated disk. Exit code 0 only when
 * nothing was lost, torn or otherwise wrong.
 */
import { runDiskModel } from '../disk/disk-model.ts';
import { numberAfter } from './numbers.ts';

const options = process.argv.slice(2);
const cuts = numberAfter(options, '--cuts', 10_000);
const result = runDiskModel(cuts, numberAfter(options, '--seed', 1), options.includes('--stop'));
const failed = result.lost + result.torn + result.other > 0;
if (!options.includes('--json') || failed) for (const finding of result.findings) console.log(finding);
console.log(JSON.stringify(result));
process.exitCode = failed ? 1 : 0;
