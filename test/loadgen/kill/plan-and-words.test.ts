// Goal: kills follow the seed, words are understood or refused, mutants fit the sources, figures are what the checkers counted.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { help, parseKillArguments } from '../../../loadgen/kill/arguments.ts';
import { killMutants } from '../../../loadgen/kill/kill-mutants.ts';
import { planKills } from '../../../loadgen/kill/kill-plan.ts';
import { killLimits } from '../../../loadgen/kill/limits.ts';
import { Progress } from '../../../loadgen/kill/progress.ts';
import { RunFigures, resultOf } from '../../../loadgen/kill/result.ts';
import { allCheckers, CheckerSet } from '../../../sim/checkers/all.ts';
import { patched } from '../../../sim/mutants/apply.ts';
import { top } from '../../_util/source-files.ts';
import { HistoryBuilder } from '../../sim/checkers/history-builder.ts';

describe('the plan', () => {
  it('is the same for a seed, another for another', () => {
    expect(planKills(7, 50)).toEqual(planKills(7, 50));
    expect(planKills(8, 50)).not.toEqual(planKills(7, 50));
  });

  it('has kills of each kind, and begins with one under traffic', () => {
    const kinds = planKills(1, 50).map((kill) => kill.kind);
    for (const kind of ['traffic', 'burst', 'recovery'] as const) expect(kinds.filter((other) => other === kind).length).toBeGreaterThan(5);
    for (let seed = 0; seed < 50; seed++) expect(planKills(seed, 1)[0].kind).not.toBe('recovery');
  });
});

describe('the words', () => {
  it('have defaults', () => {
    expect(parseKillArguments([])).toMatchObject({ kills: 10, seed: 1, ratePerSecond: killLimits.rateDefault, json: false });
    expect(parseKillArguments(['--kills', '50', '--json'])).toMatchObject({ kills: 50, json: true });
    expect(parseKillArguments(['--help'])).toBe(null);
    expect(help).toContain('--history FILE');
  });

  it('are refused with the name of what is wrong', () => {
    expect(parseKillArguments(['--kills', '0'])).toContain('--kills');
    expect(parseKillArguments(['--rate', 'fast'])).toContain('--rate');
    expect(parseKillArguments(['--mutant', 'none'])).toContain('journal-write-behind');
    expect(parseKillArguments(['--kill', '3'])).toContain('--kill');
    expect(parseKillArguments(['3'])).toContain('3');
  });
});

it('each mutant fits the sources, and names checkers that exist', () => {
  const names = allCheckers.map((make) => make(() => {}).name);
  for (const mutant of killMutants) {
    const source = readFileSync(join(top, mutant.file), 'utf8');
    expect(patched(source, mutant), mutant.name).not.toBe(source);
    expect([...names, 'rest']).toEqual(expect.arrayContaining([...mutant.killedBy]));
  }
});

describe('the result', () => {
  const options = { kills: 1, seed: 1, ratePerSecond: 100, directory: '', history: '', entry: '', stallMsMax: 0, report: () => {} };

  const wholeFigures = (): RunFigures => {
    const figures = new RunFigures();
    figures.kills.traffic = 1;
    figures.writtenPerSecond = 100;
    figures.recoverMs.push(300, 100, 200);
    return figures;
  };

  const observed = (checkers = new CheckerSet(), unrest = '', problems: string[] = []) => {
    return { checkers, progress: new Progress(), problems, unrest, clock: { nowUs: 12_340_000 } };
  };

  const judged = (build: (history: HistoryBuilder) => void): CheckerSet => {
    const history = new HistoryBuilder().run();
    build(history);
    const checkers = new CheckerSet();
    for (const entry of history.entries) checkers.observe(entry);
    checkers.finish();
    return checkers;
  };

  it('holds when nothing was found', () => {
    const result = resultOf(wholeFigures(), observed(), options);
    expect(result).toMatchObject({ ok: true, recoverP50Ms: 200, recoverWorstMs: 300, violations: [], lost: 0, doubled: 0, reordered: 0 });
  });

  it('counts every lost message, also those that are not told one by one', () => {
    const checkers = judged((history) => {
      for (let seq = 1; seq <= 20; seq++) history.write(`m${seq}`).attempt(`m${seq}`, seq).accepted(`m${seq}`, seq);
      history.readback();
    });
    const result = resultOf(wholeFigures(), observed(checkers), options);
    expect(result).toMatchObject({ ok: false, lost: 20, doubled: 0 });
    expect(result.violations.length).toBeLessThan(20);
  });

  it('says what else does not hold', () => {
    const figures = wholeFigures();
    figures.writtenPerSecond = 50;
    const end = observed(new CheckerSet(), 'u0.d0.t0 has shown 1-2 up to 3 of 4', ['the server ended by itself: exit code 70']);
    const { ok, converged, violations } = resultOf(figures, end, { ...options, kills: 2 });
    expect(ok || converged).toBe(false);
    expect(violations.join('\n')).toMatch(/exit code 70\n.*up to 3 of 4\n1 of 2 kills.*\nonly 50 messages/);
  });
});
