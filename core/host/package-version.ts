/** The version in package.json, beside which this file lies in the sources and in dist/. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export function packageVersion(): string {
  const here = dirname(fileURLToPath(import.meta.url));
  const top = import.meta.url.endsWith('.ts') ? join(here, '../..') : join(here, '../../..');
  const { version } = JSON.parse(readFileSync(join(top, 'package.json'), 'utf8')) as { version: string };
  return version;
}
