#!/usr/bin/env node
/**
 * `parley …`: the command line. Each command is a file of this room (or a room of its own, loaded only when asked for).
 */
import { serve } from './serve.ts';

const help = `parley: a messenger backend on one machine

  parley serve [options]     run a node (parley serve --help: its options)
  parley sim …               the simulator (parley sim --help; in a clone of the project)
  parley --help              this page

Exit codes: 0 all is well · 1 it could not start or do it (the reason is printed) · 2 wrong arguments · 70 internal error
`;

/** Runs one command; returns the exit code, or undefined while a node runs. */
async function main(args: readonly string[]): Promise<number | undefined> {
  const [command, ...rest] = args;
  switch (command) {
    case 'serve':
      return serve(rest);
    case 'sim':
      return simulate(rest);
    case undefined:
    case 'help':
    case '--help':
    case '-h':
      process.stdout.write(help);
      return command === undefined ? 2 : 0;
    default:
      process.stderr.write(`parley: no command "${command}"\n\n${help}`);
      return 2;
  }
}

async function simulate(args: readonly string[]): Promise<number> {
  try {
    const { simCli } = await import('../../sim/cli.ts');
    return await simCli(args);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND') {
      process.stderr.write('parley sim: the simulator is not part of the installed package; run it in a clone of the project\n');
      return 2;
    }
    throw error;
  }
}

const code = await main(process.argv.slice(2));
if (code !== undefined) process.exitCode = code;
