/**
 * Builds a mutant: the patch on a copy of one source file, compiled alone, within a copy of the build of everything else.
 *
 * Method: a patch that does not match exactly once is an error, so a mutant cannot silently become a no-op when the sources move on. The
 * types of the patched file are not checked again: a bug is no type error.
 */
import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

export interface Patch {
  readonly name: string;
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

/** The patch does not fit the sources any more. */
export class PatchError extends Error {
  override readonly name = 'PatchError';
}

/** Top of the project: this file lies in sim/mutants, in the sources and in the build. */
export function projectRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder);
  return folder;
}

/** The patched source. @throws PatchError */
export function patched(source: string, patch: Patch): string {
  const at = source.indexOf(patch.find);
  if (at < 0) throw new PatchError(`mutant ${patch.name}: its text does not stand in ${patch.file}`);
  if (source.indexOf(patch.find, at + 1) >= 0)
    throw new PatchError(`mutant ${patch.name}: its text stands more than once in ${patch.file}`);
  return source.slice(0, at) + patch.replace + source.slice(at + patch.find.length);
}

/** Builds the mutant and returns its folder, which mirrors `dist`. The project must be built. */
export async function buildMutant(patch: Patch): Promise<string> {
  const root = projectRoot();
  const source = patched(readFileSync(join(root, patch.file), 'utf8'), patch);
  const folder = join(root, 'dist', 'mutants', patch.name);
  rmSync(folder, { recursive: true, force: true });
  for (const room of ['core', 'sim'])
    cpSync(join(root, 'dist', room), join(folder, room), { recursive: true, filter: (path) => !/\.(?:map|d\.ts)$/.test(path) });
  const sourceFolder = join(folder, 'source');
  const sourceFile = join(sourceFolder, patch.file);
  mkdirSync(dirname(sourceFile), { recursive: true });
  writeFileSync(sourceFile, source);
  await compile(root, sourceFolder, sourceFile, folder);
  return folder;
}

export function removeMutant(patch: Patch): void {
  rmSync(join(projectRoot(), 'dist', 'mutants', patch.name), { recursive: true, force: true });
}

async function compile(root: string, sourceFolder: string, sourceFile: string, folder: string): Promise<void> {
  const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const options = [
    '--noCheck',
    '--noResolve',
    '--ignoreConfig',
    '--module',
    'nodenext',
    '--target',
    'es2023',
    '--rewriteRelativeImportExtensions',
    '--verbatimModuleSyntax',
  ];
  await promisify(execFile)(process.execPath, [compiler, ...options, '--rootDir', sourceFolder, '--outDir', folder, sourceFile], {
    cwd: root,
  });
}
