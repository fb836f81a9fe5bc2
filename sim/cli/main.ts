/** The simulator alone, without the rest of `parley`: `node dist/sim/cli/main.js run …`. */
import { simCli } from '../cli.ts';

process.exitCode = await simCli(process.argv.slice(2));
