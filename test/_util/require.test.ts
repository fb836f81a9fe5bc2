// Goal: a missing tool is told loudly and skips the test, and fails it when PARLEY_REQUIRE_ALL=1.
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it, vi } from 'vitest';
import { findChromium } from './chromium.ts';
import { findProgram, requireOrFail } from './require.ts';

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

const context = {
  skip: (note?: boolean | string): never => {
    throw new Error(`skipped: ${String(note)}`);
  },
};

it('skips, and says what is missing and how to get it', () => {
  vi.stubEnv('PARLEY_REQUIRE_ALL', '');
  const said = vi.spyOn(console, 'warn').mockReturnValue();
  expect(() => requireOrFail(context, 'Chromium', 'apt-get install chromium')).toThrow('skipped: Chromium is missing');
  expect(said).toHaveBeenCalledWith('SKIPPED: Chromium is missing. To get it: apt-get install chromium');
});

it('fails when everything is required', () => {
  vi.stubEnv('PARLEY_REQUIRE_ALL', '1');
  expect(() => requireOrFail(context, 'Chromium', 'apt-get install chromium')).toThrow(/^Chromium is missing.*not skipped/);
});

it('finds programs in PATH, and Chromium where the variable says', () => {
  const directory = mkdtempSync(join(tmpdir(), 'parley-path-'));
  try {
    const program = join(directory, 'chromium');
    writeFileSync(program, '');
    vi.stubEnv('PATH', directory);
    vi.stubEnv('PARLEY_CHROMIUM', '');
    expect(findProgram('chromium')).toBeUndefined();
    expect(findChromium()).toBeUndefined();
    chmodSync(program, 0o755);
    expect(findProgram('chromium')).toBe(program);
    expect(findChromium()).toBe(program);
    vi.stubEnv('PARLEY_CHROMIUM', join(directory, 'other'));
    expect(findChromium()).toBeUndefined();
  } finally {
    rmSync(directory, { recursive: true });
  }
});
