/** `npm run test:disk-damage`: files of the index damaged by hand. */
import { runDamage } from '../disk/damage.ts';
import { wordsOrExit } from './words.ts';

const help = `npm run test:disk-damage -- [options]: one file of the real index is damaged, again and again

  --damages N   so often [200]
  --seed S      of what is damaged, and how [1]
  --stop        end at the first finding
  --json        only the JSON object
  --help

Exit codes: 0 the store never served anything wrong, and named a file whenever it refused · 1 it did not · 2 wrong arguments
`;

const { damages, seed, stop, json } = wordsOrExit(help, { damages: 200, seed: 1, stop: false, json: false });
const result = await runDamage(damages, seed, stop);
const failed = result.lost + result.other > 0;
if (!json || failed) for (const finding of result.findings) console.log(finding);
console.log(JSON.stringify(result));
process.exitCode = failed ? 1 : 0;
