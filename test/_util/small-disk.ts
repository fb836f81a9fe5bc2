// A real disk that is small enough to fill: a file with an ext4 on a loop device, or a tmpfs where there are no loop devices.
import { spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, statfsSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished, type TestContext } from 'vitest';
import { requireOrFail } from './require.ts';

export interface SmallDisk {
  /** `ext4` or `tmpfs`. */
  readonly kind: string;
  readonly path: string;
  freeBytes(): number;
  /** Takes all room but this; the returned function gives it back. */
  fill(leaveBytes: number): () => void;
}

/** Mounts a disk of so many bytes until the test ends; skips the test, or fails it when PARLEY_REQUIRE_ALL=1, where mounting is not allowed. */
export function mountSmallDisk(context: Pick<TestContext, 'skip'>, bytes: number): SmallDisk {
  const directory = mkdtempSync(join(tmpdir(), 'parley-disk-'));
  const path = join(directory, 'mount');
  mkdirSync(path);
  onTestFinished(() => {
    run('umount', ['--lazy', path]);
    rmSync(directory, { recursive: true, force: true });
  });
  const image = join(directory, 'image');
  const kind = mountExt4(image, path, bytes) ? 'ext4' : mountTmpfs(path, bytes) ? 'tmpfs' : '';
  if (kind === '') requireOrFail(context, 'the right to mount a small disk', 'run the tests as root (in a container: with CAP_SYS_ADMIN)');
  return { kind, path, freeBytes: () => freeBytes(path), fill: (leaveBytes) => fill(path, leaveBytes) };
}

function mountExt4(image: string, path: string, bytes: number): boolean {
  closeSync(openSync(image, 'w'));
  truncateSync(image, bytes);
  return run('mkfs.ext4', ['-q', '-m', '0', image]) && run('mount', ['-o', 'loop', image, path]);
}

function mountTmpfs(path: string, bytes: number): boolean {
  return run('mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', path]);
}

function run(program: string, args: readonly string[]): boolean {
  return spawnSync(program, args, { stdio: 'ignore' }).status === 0;
}

function freeBytes(path: string): number {
  const { bavail, bsize } = statfsSync(path);
  return bavail * bsize;
}

function fill(path: string, leaveBytes: number): () => void {
  const balloon = join(path, 'balloon');
  const bytes = freeBytes(path) - leaveBytes;
  if (bytes <= 0 || !run('fallocate', ['--length', String(bytes), balloon])) throw new Error(`${bytes} bytes cannot be taken`);
  return () => rmSync(balloon);
}
