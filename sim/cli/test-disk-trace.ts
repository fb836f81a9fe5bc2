/** `npm run test:disk-trace`: what the disk would hold after a cut at any call of the real store. */
import { runDiskTrace } from '../disk/trace/disk-trace.ts';
import { wordsOrExit } from './words.ts';

const help = `npm run test:disk-trace -- [options]: records the real store under strace, cuts the trace and opens what the disk would hold

  --cuts N   random points [100]
  --seed S   of the points, and of what the page cache kept [1]
  --stop     end at the first finding
  --json     only the JSON object
  --help

Exit codes: 0 nothing was lost, torn or otherwise wrong · 1 something was (each finding is printed) · 2 wrong arguments
`;

const { cuts, seed, stop, json } = wordsOrExit(help, { cuts: 100, seed: 1, stop: false, json: false });
const result = await runDiskTrace(cuts, seed, stop);
const failed = result.lost + result.torn + result.other > 0;
if (!json || failed) for (const finding of result.findings) console.log(finding);
console.log(JSON.stringify(result));
process.exitCode = failed ? 1 : 0;
