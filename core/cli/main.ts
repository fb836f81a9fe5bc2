#!/usr/bin/env node
/**
 * `parley …`: the command line. Each command is a file of this room (or a room of its own, loaded only when asked for).
 */
import { packageVersion } from '../host/package-version.ts';
import { type Command, ExitCode, err, out } from './command.ts';
import { doctorCommand } from './doctor.ts';
import { failedCommand } from './failed.ts';
import { hbaseCommand } from './hbase.ts';
import { serveCommand } from './serve.ts';
import { simCommand } from './sim.ts';
import { storeCommand } from './store.ts';
import { suggest } from './suggest.ts';
import { tokenCommand } from './token.ts';

const commands: readonly Command[] = [serveCommand, doctorCommand, storeCommand, hbaseCommand, failedCommand, tokenCommand, simCommand];

const help = `parley: a messenger backend on one machine

${commands.map(({ name, summary }) => `  parley ${name.padEnd(10)} ${summary}`).join('\n')}

  parley help COMMAND   the options of a command (the same as parley COMMAND --help)
  parley --version      the version of this program

Exit codes: 0 all is well · 1 it could not start, or does not hold (the reason is printed) · 2 wrong arguments · 70 internal error
`;

/** Runs one command; returns the exit code, or undefined while a node runs. */
async function main(args: readonly string[]): Promise<number | undefined> {
  const [word, ...rest] = args;
  switch (word) {
    case undefined:
      err(help);
      return ExitCode.usage;
    case '--help':
    case '-h':
      out(help);
      return ExitCode.ok;
    case '--version':
    case '-v':
      out(`${packageVersion()}\n`);
      return ExitCode.ok;
    case 'help':
      if (rest[0] === undefined) {
        out(help);
        return ExitCode.ok;
      }
      return run(rest[0], ['--help']);
    default:
      return run(word, rest);
  }
}

async function run(word: string, args: readonly string[]): Promise<number | undefined> {
  const command = commands.find(({ name }) => name === word);
  if (command !== undefined) return command.run(args);
  const meant = suggest(
    word,
    commands.map(({ name }) => name),
  );
  err(`parley: no command "${word}"${meant === '' ? '' : `; did you mean "parley ${meant}"?`}\n\n${help}`);
  return ExitCode.usage;
}

try {
  const code = await main(process.argv.slice(2));
  if (code !== undefined) process.exitCode = code;
} catch (error) {
  err(`parley: an error of this program: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exitCode = ExitCode.internal;
}
