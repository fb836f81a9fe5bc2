// Goal: the list of checks, the README's table and the commands of package.json agree, and CI fits its time.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Check, checks, ciMinutesMax, commandOf } from '../../scripts/checks.ts';
import { withChecksTable } from '../../scripts/checks-table.ts';
import { onNode } from '../../scripts/on-node.ts';
import { runShell } from '../../scripts/shell.ts';
import { sourceFiles, top } from '../_util/source-files.ts';

const scripts = (JSON.parse(readFileSync(join(top, 'package.json'), 'utf8')) as { scripts: Record<string, string> }).scripts;

describe('the list of checks', () => {
  it('is the table of the README (else: npm run docs)', () => {
    const readme = readFileSync(join(top, 'README.md'), 'utf8');
    expect(readme).toBe(withChecksTable(readme));
  });

  it('has a command for each enabled check', () => {
    expect(checks.filter((check) => check.enabled && !isBuilt(check)).map((check) => check.name)).toEqual([]);
  });

  it('enables each check whose command exists (else: enabled: true in scripts/checks.ts)', () => {
    expect(checks.filter((check) => !check.enabled && check.notYet === undefined && isBuilt(check)).map((check) => check.name)).toEqual([]);
  });

  it('fits into CI', () => {
    expect(checks.reduce((sum, check) => sum + check.ciMinutes, 0)).toBeLessThanOrEqual(ciMinutesMax);
  });

  it('has a count for CI and for the full run wherever the command takes one', () => {
    for (const check of checks) {
      const ci = check.onlyInFull === true ? '' : commandOf(check, 'ci');
      expect(ci + commandOf(check, 'full'), check.name).not.toContain('{count}');
      expect(check.fullCount ?? 0, check.name).toBeGreaterThanOrEqual(check.ciCount ?? 0);
    }
  });
});

describe('the table', () => {
  it('needs its marks', () => {
    expect(() => withChecksTable('# Parley')).toThrow('checks:begin');
  });

  it('replaces what stands between them only', () => {
    const table = withChecksTable('a\n<!-- checks:begin -->\nold\n<!-- checks:end -->\nb\n');
    expect(table.startsWith('a\n<!-- checks:begin -->\n| command |')).toBe(true);
    expect(table.endsWith('|\n<!-- checks:end -->\nb\n')).toBe(true);
    expect(table).not.toContain('old');
  });
});

describe('running a command', () => {
  it('tells how it ended and keeps what it printed', async () => {
    expect(await runShell('echo a; exit 3', 10_000, true)).toMatchObject({ exitCode: 3, ending: 'exit code 3', stdout: 'a\n' });
  });

  it('kills it with its children at the limit', async () => {
    const run = await runShell('sleep 60 & sleep 60', 300, true);
    expect(run).toMatchObject({ exitCode: null, ending: expect.stringContaining('over its limit') });
    expect(run.seconds).toBeLessThan(30);
  });

  it('uses the Node at hand for its own version', () => {
    const own = process.versions.node.split('.')[0] ?? '';
    expect(onNode(own, ['node', 'a.js'])).toEqual(['node', 'a.js']);
    expect(onNode('99', ['node', 'a.js']).slice(-4)).toEqual(['--package=node@99', '--', 'node', 'a.js']);
  });
});

/** An npm script exists in package.json; a command of `parley sim`, and what compares its hashes, when the simulator's command line does. */
function isBuilt(check: Check): boolean {
  const script = /npm (?:run --silent )?([\w:-]+)/.exec(check.command)?.[1];
  const needsSimulator = /parley sim|test:nodes/.test(check.command);
  if (needsSimulator && sourceFiles(/^sim\/cli/).length === 0) return false;
  return script === undefined || scripts[script] !== undefined;
}
