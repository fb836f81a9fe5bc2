// Goal: what once failed never fails again. Method: every scenario saved under regressions/ (by `parley sim shrink`) is replayed.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { explain } from '../../sim/cli/seed-report.ts';
import { runScenario } from '../../sim/run.ts';
import { readSaved } from '../../sim/shrink/saved.ts';

const folder = join(import.meta.dirname, 'regressions');
const files = readdirSync(folder).filter((name) => name.endsWith('.json'));

describe('saved scenarios', () => {
  it.each(files)('%s keeps every promise', (name) => {
    const { scenario } = readSaved(readFileSync(join(folder, name), 'utf8'));
    const result = runScenario(scenario);
    expect(explain(result, result.traceHash)).toBe('');
  });

  it('are there', () => {
    expect(files.length).toBeGreaterThan(0);
  });
});
