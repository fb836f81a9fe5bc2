/**
 * `npm run test:disk-damage -- --damages N [--seed S] [--stop] [--json]`: one file of the index damaged by hand, N times. Exit code 0 only
 * when the store never served anything wrong and named a file whenever it refused.
 */
import { runDamage } from '../disk/damage.ts';
import { numberAfter } from './numbers.ts';

const options = process.argv.slice(2);
const result = await runDamage(numberAfter(options, '--damages', 200), numberAfter(options, '--seed', 1), options.includes('--stop'));
const failed = result.lost + result.other > 0;
if (!options.includes('--json') || failed) for (const finding of result.findings) console.log(finding);
console.log(JSON.stringify(result));
process.exitCode = failed ? 1 : 0;
