/** Records lives of the real store under strace: each in a process of its own, on one directory, most of them ended by a kill. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseTrace, type TraceEvent, tracedCalls } from './system-calls.ts';
import type { Image } from './traced-files.ts';

export interface RecordedLife {
  readonly events: readonly TraceEvent[];
  /** The directory when the process was gone. */
  readonly left: Image;
  readonly killed: boolean;
}

export interface Recording {
  readonly directory: string;
  readonly historyFile: string;
  readonly lives: readonly RecordedLife[];
}

/** How long each life lasts and how it ends. */
const plan = [
  { ms: 2500, end: 'kill' },
  { ms: 1500, end: 'close' },
  { ms: 2000, end: 'kill' },
  { ms: 300, end: 'kill' },
  { ms: 1500, end: 'kill' },
] as const;

/** strace is missing or may not trace here. */
export class CannotTraceError extends Error {
  override readonly name = 'CannotTraceError';
}

export function recordLives(seed: number): Recording {
  requireStrace();
  const folder = mkdtempSync(join(tmpdir(), 'parley-trace-'));
  const directory = join(folder, 'store');
  const historyFile = join(folder, 'history');
  const lives: RecordedLife[] = [];
  for (const [number, { ms, end }] of plan.entries()) {
    const traceFile = join(folder, `trace-${number}`);
    const program = fileURLToPath(new URL('./traced-life.js', import.meta.url));
    const run = spawnSync(
      'strace',
      [
        ...['-f', '-xx', '-s', String(16 * 1024 * 1024), '-e', 'signal=none', '-e', `trace=${tracedCalls}`, '-o', traceFile],
        ...[process.execPath, program, directory, historyFile, String(seed * 100 + number), String(ms), end],
      ],
      // Calls made through io_uring would not be seen.
      { encoding: 'utf8', env: { ...process.env, UV_USE_IO_URING: '0' } },
    );
    const ended = end === 'kill' ? run.signal === 'SIGKILL' || run.status === 137 : run.status === 0;
    if (!ended) throw new Error(`traced life ${number} ended with ${run.status ?? run.signal}: ${run.stderr}`);
    lives.push({ events: parseTrace(readFileSync(traceFile, 'latin1')), left: readTree(directory), killed: end === 'kill' });
  }
  rmSync(directory, { recursive: true });
  return { directory, historyFile, lives };
}

export function forgetRecording({ directory }: Recording): void {
  rmSync(join(directory, '..'), { recursive: true, force: true });
}

function requireStrace(): void {
  const tried = spawnSync('strace', ['-f', '-o', '/dev/null', 'true'], { encoding: 'utf8' });
  if (tried.error !== undefined) throw new CannotTraceError('strace is not installed: apt-get install strace');
  if (tried.status !== 0) throw new CannotTraceError(`strace cannot trace here: ${tried.stderr}`);
}

function readTree(directory: string): Image {
  const image: Image = new Map([[directory, null]]);
  for (const entry of readdirSync(directory, { withFileTypes: true, recursive: true })) {
    const path = join(entry.parentPath, entry.name);
    image.set(path, entry.isDirectory() ? null : readFileSync(path));
  }
  return image;
}
