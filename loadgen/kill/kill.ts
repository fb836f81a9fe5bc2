/** `npm run test:kill -- --kills N --json`: see `help` in arguments.ts. */
import { help, parseKillArguments } from './arguments.ts';
import { killMutants } from './kill-mutants.ts';
import { runKillTest } from './kill-run.ts';
import { runCommand } from './run-command.ts';

async function main(): Promise<number> {
  const words = parseKillArguments(process.argv.slice(2));
  if (words === null) {
    process.stdout.write(help);
    return 0;
  }
  if (typeof words === 'string') {
    process.stderr.write(`test:kill: ${words}\n\n${help}`);
    return 2;
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
  const mutant = killMutants.find(({ name }) => name === words.mutant);
  const { history, json } = words;
  const holds = "data directory, clients' files";
  return runCommand({ prefix: 'parley-kill-', holds, history, mutant, json }, (place) => runKillTest({ ...words, ...place }));
}

process.exit(await main());
