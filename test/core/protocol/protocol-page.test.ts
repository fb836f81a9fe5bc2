// Goal: PROTOCOL.md says what the code does: its tables and examples are current, its hash vectors are those the tests check.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { frames } from '../../../core/protocol/schema.ts';
import { withProtocolTables } from '../../../scripts/protocol-tables.ts';
import { top } from '../../_util/source-files.ts';
import { idVectors, nameVectors } from '../model/placement-vectors.ts';

const page = readFileSync(join(top, 'PROTOCOL.md'), 'utf8');

it('tables and examples are current (else: npm run docs:protocol)', () => {
  expect(page).toBe(withProtocolTables(page));
});

it('shows every frame', () => {
  for (const frame of frames) expect(page).toContain(`#### \`${frame.name}\` (type ${frame.type})`);
});

it('shows the hash vectors that the tests check', () => {
  for (const vector of idVectors) expect(page).toContain(`| ${vector.join(' | ')} |`);
  for (const [name, hash] of nameVectors) expect(page).toContain(`| ${name === '' ? '(empty)' : name} | ${hash} |`);
});
