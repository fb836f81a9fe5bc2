/** The simulator alone, without the rest of `parley`: `node dist/sim/cli/main.js run …`. */
import { simCli } from '../cli.ts';

// A reader that has seen enough (head) ends the command quietly.
process.stdout.on('error', () => process.exit());
process.exitCode = await simCli(process.argv.slice(2));
