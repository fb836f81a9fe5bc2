// Goal: run one command as a person would, within a time limit. Method: a shell in a process group of its own, without standard input; what
// it prints is shown at once and kept; at the limit the whole group is killed.
import { spawn } from 'node:child_process';

export type ShellRun = { readonly exitCode: number | null; readonly ending: string; readonly seconds: number; readonly stdout: string };

const keptCharactersMax = 4_000_000;

/** Runs `command`; `quiet` keeps its output without showing it. */
export function runShell(command: string, limitMs: number, quiet = false): Promise<ShellRun> {
  const startMs = performance.now();
  const child = spawn('bash', ['-c', command], { stdio: ['ignore', 'pipe', quiet ? 'pipe' : 'inherit'], detached: true });
  let stdout = '';
  let isLate = false;
  const limit = setTimeout(() => {
    isLate = true;
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  }, limitMs);
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout = (stdout + text).slice(-keptCharactersMax);
    if (!quiet) process.stdout.write(text);
  });
  child.stderr?.resume();
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (exitCode, signal) => {
      clearTimeout(limit);
      const ending = isLate ? `over its limit of ${limitMs / 60_000} minutes` : signal === null ? `exit code ${exitCode}` : signal;
      resolve({ exitCode, ending, seconds: (performance.now() - startMs) / 1000, stdout });
    });
  });
}
