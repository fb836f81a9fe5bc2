// Goal: the list of the project's own files, for checks over the whole tree. Method: what git tracks or would add, without fixtures.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** The top of the tree. */
export const top = resolve(import.meta.dirname, '../..');

/** Paths from the top of the tree whose names match; lint fixtures and deleted files are left out. */
export function sourceFiles(name: RegExp): string[] {
  const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], { cwd: top, encoding: 'utf8' });
  const files = listed.split('\n').filter((path) => name.test(path) && !path.startsWith('test/lint/fixtures/'));
  return files.filter((path) => existsSync(join(top, path)));
}
