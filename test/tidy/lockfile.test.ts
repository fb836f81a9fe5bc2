// Goal: `npm ci` works on a fresh machine of any platform. Method: the lock file has an entry for each optional dependency it names and
// no address of a private registry.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { type Lock, missingOptionals, platformEntry } from '../../scripts/complete-lockfile.ts';
import { top } from '../_util/source-files.ts';

const text = readFileSync(join(top, 'package-lock.json'), 'utf8');

it('is complete (else: npm run build:code && node dist/scripts/complete-lockfile.js)', () => {
  expect(missingOptionals(JSON.parse(text) as Lock)).toEqual([]);
});

it('sees what is missing, and names its platform', () => {
  const lock: Lock = { packages: { 'node_modules/a': { version: '1.0.0', optionalDependencies: { '@a/linux-x64-musl': '1.0.0' } } } };
  expect(missingOptionals(lock)).toEqual([['node_modules/@a/linux-x64-musl', '1.0.0', false]]);
  expect(platformEntry('node_modules/@a/linux-x64-musl', '1.0.0', true)).toEqual({
    version: '1.0.0',
    cpu: ['x64'],
    dev: true,
    libc: ['musl'],
    optional: true,
    os: ['linux'],
  });
});

it('names no registry but the public one', () => {
  const hosts = [...text.matchAll(/"resolved": "https?:\/\/([^/"]+)/g)].map((match) => match[1]);
  expect(hosts.filter((host) => host !== 'registry.npmjs.org')).toEqual([]);
});
