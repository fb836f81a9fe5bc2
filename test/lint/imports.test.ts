// Goal: imports go one way only (see rooms.ts). Method: the check runs over every source file, and over fixtures that must fail or pass.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sourceFiles, top } from '../_util/source-files.ts';
import { importProblems, importsOf, rooms } from './rooms.ts';

const fixtures = join(import.meta.dirname, 'fixtures/imports');

it('no file of the tree imports against the direction', () => {
  const problems = sourceFiles(/\.tsx?$/).flatMap((path) => importProblems(path, readFileSync(join(top, path), 'utf8')));
  expect(problems).toEqual([]);
});

describe('fixtures', () => {
  const names = readdirSync(fixtures);

  it.each(names.filter((name) => name.endsWith('.bad.ts')))('%s fails, its twin passes', (name) => {
    expect(problemsOf(name)).toHaveLength(1);
    expect(problemsOf(name.replace('.bad.ts', '.good.ts'))).toEqual([]);
  });

  it('cover every room that has a rule against something', () => {
    const covered = names.filter((name) => name.endsWith('.bad.ts')).map((name) => placeOf(readFileSync(join(fixtures, name), 'utf8')));
    const free = ['core/peers', 'core/push', 'sim', 'loadgen', 'scripts', 'test'];
    for (const { path } of rooms) {
      if (!free.includes(path)) expect(covered.filter((file) => file.startsWith(path))).not.toEqual([]);
    }
  });
});

it('reads every form of import', () => {
  const text = [
    "import { a } from './a.ts';",
    "import type { B } from './b.ts';",
    "import {\n  c,\n  d,\n} from './c.ts';",
    "import './e.ts';",
    "export * from './f.ts';",
    "export { g } from './g.ts';",
    "const h = await import('./h.ts');",
    "// import { no } from './no.ts';",
  ].join('\n');
  expect(
    importsOf(text)
      .map((found) => found.specifier)
      .sort(),
  ).toEqual(['a', 'b', 'c', 'e', 'f', 'g', 'h'].map((name) => `./${name}.ts`));
});

function problemsOf(name: string): string[] {
  const text = readFileSync(join(fixtures, name), 'utf8');
  return importProblems(placeOf(text), text);
}

/** The first line of a fixture says where it stands. */
function placeOf(text: string): string {
  return /^\/\/ at (\S+)/.exec(text)?.[1] ?? '';
}
