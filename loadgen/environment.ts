// Goal: a result says what it was measured on: the commit, and the machine in the words that matter.
import { execFileSync } from 'node:child_process';
import { cpus, release, totalmem } from 'node:os';

/** The commit checked out, and whether the tree equals it. */
export function revision(): { commit: string; isClean: boolean } {
  const git = (...words: string[]): string => execFileSync('git', words, { encoding: 'utf8' }).trim();
  return { commit: git('rev-parse', 'HEAD'), isClean: git('status', '--porcelain', '--untracked-files=no') === '' };
}

/** Processor, cores, memory, kernel and Node. */
export function machine(): { cpu: string; cores: number; memoryGb: number; kernel: string; node: string } {
  const all = cpus();
  return {
    cpu: all[0]?.model.trim() ?? 'unknown',
    cores: all.length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    node: process.version,
  };
}
