/** The planted faults of the embedded store still fit the sources. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { patched } from '../../../sim/mutants/apply.ts';
import { diskMutants } from '../../../sim/mutants/disk.ts';
import { top } from '../../_util/source-files.ts';

it.each(diskMutants.map((mutant) => [mutant.name, mutant] as const))('%s stands once in its file', (_name, mutant) => {
  const source = readFileSync(join(top, mutant.file), 'utf8');
  expect(patched(source, mutant)).not.toBe(source);
});
