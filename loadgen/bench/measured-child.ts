/**
 * Starts a process whose speed is measured: on a core of its own, before everything else on this machine, and ended with this one.
 *
 * Method: `taskset` of util-linux sets the core before the program starts. Linux shares a core between *sessions* first (autogroup), so the child
 * gets a session of its own with the highest weight; where that is not allowed it runs like the others, and the result says so.
 */
import { type ChildProcess, type SpawnOptions, spawn, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';

export const serverCore = 0;
export const generatorCore = 1;

const highestWeight = '-20';
const running = new Set<ChildProcess>();
let preferred = true;
let isWatching = false;

/** Why cores cannot be chosen here; '' when they can. */
export function pinningTrouble(): string {
  if (cpus().length < 2) return 'this machine has one core, server and generator need one each; --no-pin measures anyway';
  const found = spawnSync('taskset', ['-c', `${serverCore},${generatorCore}`, 'true'], { stdio: 'ignore' });
  if (found.error !== undefined) return 'taskset is missing: install util-linux (apt-get install util-linux); --no-pin measures without it';
  return found.status === 0 ? '' : `cores ${serverCore} and ${generatorCore} may not be chosen here; --no-pin measures without`;
}

/** @param core null: all of them. */
export function startMeasured(core: number | null, command: string, args: readonly string[], options: SpawnOptions): ChildProcess {
  const [program, words] = core === null ? [command, args] : ['taskset', ['-c', String(core), command, ...args]];
  endWithThisProcess();
  const child = spawn(program, words, { ...options, detached: true });
  running.add(child);
  child.once('exit', () => running.delete(child));
  if (child.pid !== undefined) prefer(child.pid);
  return child;
}

/** Whether all children so far run before everything else. */
export function isPreferred(): boolean {
  return preferred;
}

function prefer(pid: number): void {
  try {
    writeFileSync(`/proc/${pid}/autogroup`, highestWeight);
  } catch {
    preferred = false;
  }
}

/** A child in a session of its own hears no Ctrl-C. */
function endWithThisProcess(): void {
  if (isWatching) return;
  isWatching = true;
  process.once('exit', () => {
    for (const child of running) child.kill('SIGKILL');
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
}
