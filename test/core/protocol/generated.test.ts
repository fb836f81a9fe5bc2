// Goal: the committed generated files are what the schema says.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { generatedFiles } from '../../../scripts/generate-codec.ts';
import { top } from '../../_util/source-files.ts';

const folder = join(top, 'core/protocol/generated');

it.each([...generatedFiles()])('%s is current (else: npm run generate)', (name, text) => {
  expect(readFileSync(join(folder, name), 'utf8')).toBe(text);
});

it('no other file lies beside them', () => {
  expect(readdirSync(folder).sort()).toEqual([...generatedFiles().keys()].sort());
});
