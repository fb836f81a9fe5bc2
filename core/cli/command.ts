/** What a command of `parley` is: a room of its own file, listed in main.ts. */
import { ConfigError, StartError } from '../host/errors.ts';

export interface Command {
  readonly name: string;
  /** A line of `parley --help`. */
  readonly summary: string;
  /** Runs it; `--help` in `args` prints its page. @returns an exit code, or undefined while a node runs. */
  run(args: readonly string[]): Promise<number | undefined>;
}

/** What every command means by its exit code. */
export const ExitCode = { ok: 0, failed: 1, usage: 2, internal: 70 } as const;

export function out(text: string): void {
  process.stdout.write(text);
}

export function err(text: string): void {
  process.stderr.write(text);
}

/** Wrong arguments: what is wrong, then the help page. */
export function usage(command: string, what: string, help: string): number {
  err(`parley ${command}: ${what}\n\n${help}`);
  return ExitCode.usage;
}

/** Says why a node or command could not start. @returns 2 for a wrong flag or variable, else 1. @throws what is no StartError */
export function startFailure(command: string, error: unknown): number {
  if (!(error instanceof StartError)) throw error;
  err(`parley ${command}: ${error.message}\n`);
  return error instanceof ConfigError ? ExitCode.usage : ExitCode.failed;
}
