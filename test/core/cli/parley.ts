// The built command line as a process.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { top } from '../../_util/source-files.ts';

export const main = join(top, 'dist/core/cli/main.js');
const runMsMax = 20_000;

export interface Result {
  readonly code: number | null;
  readonly out: string;
  readonly error: string;
}

/** Variables of the caller that would change what a test sees. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('PARLEY_')));
}

/** Runs a command to its end. */
export function parley(args: readonly string[], environment: Readonly<Record<string, string>> = {}): Result {
  const result = spawnSync(process.execPath, [main, ...args], {
    encoding: 'utf8',
    env: { ...cleanEnvironment(), ...environment },
    timeout: runMsMax,
  });
  return { code: result.status, out: result.stdout, error: result.stderr };
}

export interface Server {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  readonly exit: Promise<number | null>;
  /** What it wrote to stderr so far. */
  log(): string;
  kill(signal: 'SIGINT' | 'SIGTERM' | 'SIGKILL'): void;
}

/** Runs `parley serve` until the test ends, on a free port unless PARLEY_PORT says another; resolves when it listens. */
export async function serve(
  directory: string,
  environment: Readonly<Record<string, string>> = {},
  nodeArguments: readonly string[] = [],
): Promise<Server> {
  const child = spawn(process.execPath, [...nodeArguments, main, 'serve', '--data', directory], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...cleanEnvironment(), PARLEY_PORT: '0', PARLEY_LOG: 'warn', ...environment },
  });
  const exit = new Promise<number | null>((resolve) => child.once('exit', resolve));
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await exit;
  });
  let log = '';
  child.stderr.on('data', (chunk: Buffer) => {
    log += chunk.toString();
  });
  let output = '';
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      const found = /http:\S+/.exec(output);
      if (found !== null) resolve(found[0]);
    });
    child.once('exit', (code) => reject(new Error(`exit ${code}: ${output}${log}`)));
  });
  return { url, port: Number(new URL(url).port), pid: child.pid ?? 0, exit, log: () => log, kill: (signal) => void child.kill(signal) };
}

/** An empty directory that goes with the test. */
export function newDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'parley-cli-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}
