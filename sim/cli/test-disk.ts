/** `npm run test:disk`: the embedded store's machines on the simulated disk. */
import { runDiskModel } from '../disk/disk-model.ts';
import { wordsOrExit } from './words.ts';

const help = `npm run test:disk -- [options]: the embedded store on a simulated disk that is cut at random instants

  --cuts N   process deaths and power cuts [10000]
  --seed S   the first seed [1]
  --stop     end at the first finding
  --json     only the JSON object
  --help

Exit codes: 0 nothing was lost, torn or otherwise wrong · 1 something was (each finding is printed) · 2 wrong arguments
`;

const { cuts, seed, stop, json } = wordsOrExit(help, { cuts: 10_000, seed: 1, stop: false, json: false });
const result = runDiskModel(cuts, seed, stop);
const failed = result.lost + result.torn + result.other > 0;
if (!json || failed) for (const finding of result.findings) console.log(finding);
console.log(JSON.stringify(result));
process.exitCode = failed ? 1 : 0;
