/** Server and generator each on a core of its own, with all their threads: `taskset` of util-linux sets it before the program starts. */
import { spawnSync } from 'node:child_process';
import { cpus } from 'node:os';

export const serverCore = 0;
export const generatorCore = 1;

/** Why cores cannot be chosen here; '' when they can. */
export function pinningTrouble(): string {
  if (cpus().length < 2) return 'this machine has one core: server and generator need one each (--no-pin measures anyway)';
  const found = spawnSync('taskset', ['-c', String(serverCore), 'true'], { stdio: 'ignore' });
  if (found.error !== undefined) return 'taskset is missing: install util-linux (apt-get install util-linux), or measure with --no-pin';
  return found.status === 0 ? '' : 'taskset may not choose cores here: measure with --no-pin';
}

/** Command and arguments that run a program on `core`; null: on any. */
export function pinned(core: number | null, command: string, args: readonly string[]): [string, string[]] {
  return core === null ? [command, [...args]] : ['taskset', ['-c', String(core), command, ...args]];
}
