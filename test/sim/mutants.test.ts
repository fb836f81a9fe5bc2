// Goal: no mutant goes stale unnoticed. Method: each patch stands exactly once in the sources of today, each name is used once, and whoever is
// said to kill a mutant exists.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { allCheckers } from '../../sim/checkers/all.ts';
import { engineMutants } from '../../sim/mutants/all.ts';
import { patched, projectRoot } from '../../sim/mutants/apply.ts';

const killers = new Set([...allCheckers.map((make) => make(() => {}).name), 'rest', 'throw', 'twice']);

describe('mutants', () => {
  it.each(engineMutants.map((mutant) => [mutant.name, mutant] as const))('%s fits', (_name, mutant) => {
    const source = readFileSync(join(projectRoot(), mutant.file), 'utf8');
    expect(patched(source, mutant)).not.toBe(source);
    expect(mutant.killedBy.filter((name) => !killers.has(name))).toEqual([]);
    if (mutant.scenario !== undefined) expect(existsSync(join(projectRoot(), mutant.scenario))).toBe(true);
  });

  it('have names of their own', () => {
    expect(new Set(engineMutants.map(({ name }) => name)).size).toBe(engineMutants.length);
  });
});
