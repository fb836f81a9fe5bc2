/**
 * `npm run test:disk-trace -- --cuts N [--seed S] [--stop] [--json]`: records the real store under strace, cuts the trace at N random points
 * and opens what the disk would hold. Exit code 0 only when nothing was lost, torn or otherwise wrong.
 */
import { runDiskTrace } from '../disk/trace/disk-trace.ts';
import { numberAfter } from './numbers.ts';

const options = process.argv.slice(2);
const result = await runDiskTrace(numberAfter(options, '--cuts', 100), numberAfter(options, '--seed', 1), options.includes('--stop'));
const failed = result.lost + result.torn + result.other > 0;
if (!options.includes('--json') || failed) for (const finding of result.findings) console.log(finding);
console.log(JSON.stringify(result));
process.exitCode = failed ? 1 : 0;
