// Goal: the tree stays as the first day: short files of one idea, a comment on top, no marks left over. Method: the text of every file
// that git knows is looked at. The ratchet below may only shrink.
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sourceFiles, top } from '../_util/source-files.ts';
import * as rules from './tidy-rules.ts';

/** Files allowed to be longer than `linesMax`, with their length today. */
const longFiles: Readonly<Record<string, number>> = {
  'core/client/parley.ts': 388,
  'core/engine/client/client-session.ts': 360,
  'core/engine/client/outbox.ts': 500,
  'core/engine/home/sends.ts': 400,
  'core/engine/slot/slots.ts': 367,
  'core/store/embedded/machines/store-machine.ts': 420,
  'sim/node-host.ts': 420,
  'sim/user-host.ts': 385,
};

const code = sourceFiles(/\.(ts|tsx|css|html|grit|sh)$/).map(read);
const written = code.filter(({ path }) => !path.includes('/generated/'));
const typescript = written.filter(({ path }) => /\.tsx?$/.test(path));
const everything = [...code, ...sourceFiles(/\.(md|json|yml|yaml)$|^\.ci\/run$/).map(read)].filter(
  ({ path }) => path !== 'package-lock.json',
);

describe('the tree', () => {
  it('has short files', () => {
    expect(pathsWhere(written, ({ path, text }) => rules.lineCount(text) > (longFiles[path] ?? rules.linesMax))).toEqual([]);
  });

  it('has a ratchet that is used', () => {
    expect(
      Object.keys(longFiles).filter((path) => !code.some((file) => file.path === path && rules.lineCount(file.text) > rules.linesMax)),
    ).toEqual([]);
  });

  it('has no long lines of code', () => {
    expect(typescript.flatMap(({ path, text }) => rules.longLines(text).map((line) => `${path}:${line}`))).toEqual([]);
  });

  it('has names in kebab-case', () => {
    expect(pathsWhere(code, ({ path }) => !rules.isKebabCase(basename(path)))).toEqual([]);
  });

  it('opens every source file with a comment', () => {
    expect(pathsWhere(typescript, ({ text }) => !rules.opensWithComment(text))).toEqual([]);
  });

  it('has no marks of unfinished work, no escapes from the type checker', () => {
    expect(typescript.flatMap(({ path, text }) => rules.marks(text).map((mark) => `${path}: ${mark}`))).toEqual([]);
  });

  it('names no place of one machine', () => {
    expect(everything.flatMap(({ path, text }) => rules.localPaths(text).map((found) => `${path}: ${found}`))).toEqual([]);
  });
});

describe('the rules', () => {
  it('see what they forbid', () => {
    expect(rules.lineCount('a\nb\n')).toBe(2);
    expect(rules.longLines(`ok\n${'x'.repeat(161)}\nimport { a } from '${'y'.repeat(200)}';`)).toEqual([2]);
    expect(['key-range.ts', 'a.sim.test.ts', 'index.html'].every(rules.isKebabCase)).toBe(true);
    expect(['keyRange.ts', 'Key.ts', 'key_range.ts'].some(rules.isKebabCase)).toBe(false);
    expect(rules.opensWithComment('#!/usr/bin/env node\n// Goal')).toBe(true);
    expect(rules.opensWithComment('/** Goal */')).toBe(true);
    expect(rules.opensWithComment("import a from 'a';\n// Goal")).toBe(false);
    for (const mark of [
      `// TO${'DO'} later`,
      `const a: an${'y'} = 1`,
      `b as an${'y'}`,
      `it.on${'ly'}(`,
      `test.sk${'ip'}(`,
      `// @ts-igno${'re'}`,
    ]) {
      expect(rules.marks(mark), mark).toHaveLength(1);
    }
    expect(rules.marks('context.skip(message); // any word of many')).toEqual([]);
    expect(rules.localPaths(`see /ho${'me'}/ann/notes and /wo${'rk'}/main/a`)).toHaveLength(2);
    expect(rules.localPaths('GET /home or /work-load, docs at /var/lib/parley')).toEqual([]);
  });
});

type SourceFile = { readonly path: string; readonly text: string };

function read(path: string): SourceFile {
  return { path, text: readFileSync(join(top, path), 'utf8') };
}

function pathsWhere(files: readonly SourceFile[], breaks: (file: SourceFile) => boolean): string[] {
  return files.filter(breaks).map(({ path }) => path);
}
