/** What a command of `parley` is: a room of its own file, listed in main.ts. */

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
