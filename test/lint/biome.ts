// Goal: lint fixtures as if they stood in the rooms they are written for. Method: the project's biome.json, its plugins and the given
// files are laid out in a fresh directory, and Biome runs once over all of it; its JSON report comes back grouped by file.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

export type Finding = { readonly rule: string; readonly message: string };

const top = resolve(import.meta.dirname, '../..');

/** Findings of `biome lint` a file; `files` maps the path in the tree to the text. */
export function lintAsIf(files: ReadonlyMap<string, string>): Map<string, Finding[]> {
  const directory = mkdtempSync(join(tmpdir(), 'parley-lint-'));
  try {
    cpSync(join(top, 'test/lint/plugins'), join(directory, 'test/lint/plugins'), { recursive: true });
    cpSync(join(top, 'package.json'), join(directory, 'package.json'));
    writeFileSync(join(directory, 'biome.json'), configWithoutGit());
    for (const [path, text] of files) {
      mkdirSync(dirname(join(directory, path)), { recursive: true });
      writeFileSync(join(directory, path), text);
    }
    return runBiome(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function configWithoutGit(): string {
  const config = JSON.parse(readFileSync(join(top, 'biome.json'), 'utf8')) as Record<string, unknown>;
  return JSON.stringify({ ...config, $schema: undefined, vcs: undefined });
}

function runBiome(directory: string): Map<string, Finding[]> {
  const biome = join(top, 'node_modules/.bin/biome');
  const run = spawnSync(biome, ['lint', '--reporter=json', '--max-diagnostics=none', '.'], { cwd: directory, encoding: 'utf8' });
  const report = JSON.parse(run.stdout) as {
    diagnostics: { category: string; message: string; severity: string; location: { path: string } }[];
  };
  const findings = new Map<string, Finding[]>();
  for (const { category, message, location, severity } of report.diagnostics) {
    if (severity !== 'error') continue;
    const list = findings.get(location.path) ?? [];
    list.push({ rule: category, message });
    findings.set(location.path, list);
  }
  return findings;
}
