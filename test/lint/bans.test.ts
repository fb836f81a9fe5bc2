// Goal: every ban of the lint configuration works where it must. Method: each ban has a fixture that must fail and a clean twin that
// must pass; both are linted as if they stood in each room the ban is for, and the exact rule is expected.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Finding, lintAsIf } from './biome.ts';

type Ban = { readonly fixture: string; readonly rule: string; readonly says: string; readonly rooms: readonly string[] };

const fixtures = join(import.meta.dirname, 'fixtures/bans');
const sansIo = ['core/protocol', 'core/model', 'core/engine/home', 'core/store/memory', 'core/store/cache', 'core/store/embedded/machines'];
const seeded = [...sansIo, 'sim', 'sim/faults'];
const everywhere = ['core/host', 'sim', 'loadgen', 'scripts', 'test/engine'];

const bans: readonly Ban[] = [
  ...globalBans(['Date', 'performance', 'setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask', 'crypto', 'globalThis'], seeded),
  ...globalBans(
    ['process', 'Buffer', 'Promise', 'console', 'Intl', 'WeakRef', 'FinalizationRegistry', 'TextEncoder', 'TextDecoder'],
    sansIo,
  ),
  { fixture: 'math-random', rule: 'plugin', says: 'noMathRandom', rooms: seeded },
  { fixture: 'math-alias', rule: 'plugin', says: 'noMathRandom', rooms: seeded },
  { fixture: 'async', rule: 'plugin', says: 'noAsync', rooms: sansIo },
  { fixture: 'async-method', rule: 'plugin', says: 'noAsync', rooms: sansIo },
  { fixture: 'async-arrow', rule: 'plugin', says: 'noAsync', rooms: sansIo },
  { fixture: 'await', rule: 'plugin', says: 'noAwait', rooms: sansIo },
  { fixture: 'for-await', rule: 'plugin', says: 'noAwait', rooms: sansIo },
  { fixture: 'console', rule: 'lint/suspicious/noConsole', says: '', rooms: ['core/host', 'core/gateway', 'sim'] },
  { fixture: 'floating-promise', rule: 'lint/nursery/noFloatingPromises', says: '', rooms: everywhere },
  { fixture: 'misused-promise', rule: 'lint/nursery/noMisusedPromises', says: '', rooms: everywhere },
  { fixture: 'explicit-any', rule: 'lint/suspicious/noExplicitAny', says: '', rooms: everywhere },
  { fixture: 'non-null', rule: 'lint/style/noNonNullAssertion', says: '', rooms: everywhere },
  { fixture: 'import-type', rule: 'lint/style/useImportType', says: '', rooms: everywhere },
  { fixture: 'default-export', rule: 'lint/style/noDefaultExport', says: '', rooms: everywhere },
  { fixture: 'enum', rule: 'lint/style/noEnum', says: '', rooms: everywhere },
  { fixture: 'ts-ignore', rule: 'lint/suspicious/noTsIgnore', says: '', rooms: everywhere },
  { fixture: 'focused-test', rule: 'lint/suspicious/noFocusedTests', says: '', rooms: ['test/engine'] },
  { fixture: 'skipped-test', rule: 'lint/suspicious/noSkippedTests', says: '', rooms: ['test/engine'] },
];

const findings = lintAsIf(layOut());

describe.each(bans)('$fixture ($rule $says)', ({ fixture, rule, says, rooms }) => {
  it('fails in every room it is for', () => {
    const fires = (finding: Finding): boolean => finding.rule === rule && finding.message.includes(says);
    expect(rooms.filter((room) => !findingsOf(room, fixture, 'bad').some(fires))).toEqual([]);
  });

  it('its clean twin passes there', () => {
    expect(rooms.flatMap((room) => findingsOf(room, fixture, 'good'))).toEqual([]);
  });
});

it('the port, one file, is a sans-IO room too', () => {
  const text = readFileSync(join(fixtures, 'date/bad.ts'), 'utf8');
  const found = lintAsIf(new Map([['core/store/port.ts', text]])).get('core/store/port.ts') ?? [];
  expect(found.map((finding) => finding.rule)).toContain('lint/style/noRestrictedGlobals');
});

it('hosts may read the clock, command lines may print', () => {
  const date = readFileSync(join(fixtures, 'date/bad.ts'), 'utf8');
  const print = readFileSync(join(fixtures, 'console/bad.ts'), 'utf8');
  const allowed = ['core/cli/a.ts', 'scripts/a.ts', 'loadgen/a.ts', 'sim/cli/a.ts', 'test/a.ts'];
  const files = new Map([...allowed.map((path): [string, string] => [path, print]), ['core/host/clock.ts', date]]);
  expect(Object.fromEntries(lintAsIf(files))).toEqual({});
});

it('every fixture is expected here, every denied global has one', () => {
  expect(readdirSync(fixtures).sort()).toEqual([...new Set(bans.map((ban) => ban.fixture))].sort());
  const config = JSON.parse(readFileSync(join(import.meta.dirname, '../../biome.json'), 'utf8')) as unknown;
  const denied = [...JSON.stringify(config).matchAll(/"deniedGlobals":(\{[^}]*\})/g)].flatMap((match) =>
    Object.keys(JSON.parse(match[1] ?? '{}') as object),
  );
  expect(denied.length).toBeGreaterThan(0);
  for (const name of denied) expect(bans.map((ban) => ban.says)).toContain(`variable ${name}.`);
});

function globalBans(names: readonly string[], rooms: readonly string[]): Ban[] {
  return names.map((name) => ({
    fixture: name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`).replace(/^-/, ''),
    rule: 'lint/style/noRestrictedGlobals',
    says: `variable ${name}.`,
    rooms,
  }));
}

function layOut(): Map<string, string> {
  const files = new Map<string, string>();
  for (const { fixture, rooms } of bans) {
    for (const room of rooms) {
      for (const twin of ['bad', 'good']) {
        files.set(pathIn(room, fixture, twin), readFileSync(join(fixtures, fixture, `${twin}.ts`), 'utf8'));
      }
    }
  }
  return files;
}

function pathIn(room: string, fixture: string, twin: string): string {
  const suffix = fixture.endsWith('-test') ? '.test' : '';
  return `${room}/${fixture}-${twin}${suffix}.ts`;
}

function findingsOf(room: string, fixture: string, twin: string): Finding[] {
  return findings.get(pathIn(room, fixture, twin)) ?? [];
}
