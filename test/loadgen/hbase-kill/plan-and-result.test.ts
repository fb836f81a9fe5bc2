// Goal: faults follow the seed and the wanted kinds, waits are counted from the fault on, a result says what does not hold, mutants fit the sources.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type FaultKind, faultKinds, parseFaults, planFaults } from '../../../loadgen/hbase-kill/fault-plan.ts';
import { hbaseKillMutants } from '../../../loadgen/hbase-kill/hbase-kill-mutants.ts';
import { Figures, type Found, resultOf } from '../../../loadgen/hbase-kill/result.ts';
import { Waits } from '../../../loadgen/hbase-kill/waits.ts';
import { Progress } from '../../../loadgen/kill/progress.ts';
import { allCheckers, CheckerSet } from '../../../sim/checkers/all.ts';
import type { HistoryEntry } from '../../../sim/history/entry.ts';
import { patched } from '../../../sim/mutants/apply.ts';
import { top } from '../../_util/source-files.ts';

const all = Object.keys(faultKinds) as FaultKind[];

describe('the plan', () => {
  it('is the same for a seed, another for another', () => {
    expect(planFaults(7, 40, all)).toEqual(planFaults(7, 40, all));
    expect(planFaults(8, 40, all)).not.toEqual(planFaults(7, 40, all));
  });

  it('kills a region server every second time, and has each other kind once a round', () => {
    const kinds = planFaults(3, 36, all).map(({ kind }) => kind);
    expect(kinds.filter((_, at) => at % 2 === 0)).toEqual(Array(18).fill('server'));
    const others = kinds.filter((_, at) => at % 2 === 1);
    const wanted = all.filter((kind) => kind !== 'server').sort();
    expect([...others.slice(0, wanted.length)].sort()).toEqual(wanted);
    expect([...others.slice(wanted.length)].sort()).toEqual(wanted);
  });

  it('has no other kinds than those wanted', () => {
    expect(new Set(planFaults(1, 10, ['node', 'move']).map(({ kind }) => kind))).toEqual(new Set(['node', 'move']));
    expect(planFaults(1, 3, ['server']).map(({ kind }) => kind)).toEqual(['server', 'server', 'server']);
  });

  it('brings some of the killed back at once, some later', () => {
    const downs = planFaults(1, 40, ['server']).map(({ downMs }) => downMs > 0);
    for (const isLater of [true, false]) expect(downs.filter((each) => each === isLater).length).toBeGreaterThan(8);
  });
});

it('the words of --faults are kinds, or the one that is none is named', () => {
  const common = ['server', 'node', 'master', 'zookeeper', 'pause', 'move', 'zombie'];
  expect(parseFaults('', 3)).toEqual(common);
  expect(parseFaults(all.join(), 3)).toEqual(all);
  expect(parseFaults('zombie,server', 0)).toEqual(['zombie', 'server']);
  expect(parseFaults('server,flood', 0)).toBe('flood');
  expect(parseFaults('datanode', 0)).toBe('datanode');
  expect(parseFaults('toString', 0)).toBe('toString');
});

describe('waits', () => {
  const send = (type: 'invoke' | 'ok' | 'fail' | 'info', message: string, ms: number, code = ''): HistoryEntry =>
    ({ us: ms * 1000, clock: 0, process: 'a', op: 'send', type, message, code, conversation: '1-2' }) as unknown as HistoryEntry;
  const waitsAfter = (...entries: HistoryEntry[]): Waits => {
    const waits = new Waits();
    for (const entry of entries) waits.observe(entry);
    return waits;
  };

  it('count from the fault on, over or not', () => {
    const waits = waitsAfter(send('invoke', 'm1', 0), send('invoke', 'm2', 500));
    waits.begin(1_000_000);
    expect(waits.oldestMs(1_000_000)).toBe(1_000);
    waits.observe(send('ok', 'm1', 4_000));
    expect(waits.longestMs(4_000_000)).toBe(3_000);
    expect(waits.oldestMs(4_000_000)).toBe(3_500);
    expect(waits.longestMs(5_000_000)).toBe(4_000);
    waits.begin(6_000_000);
    expect(waits.longestMs(6_000_000)).toBe(0);
  });

  it('end with any outcome, and begin again with a device that came back', () => {
    for (const type of ['ok', 'fail', 'info'] as const)
      expect(waitsAfter(send('invoke', 'm1', 0), send(type, 'm1', 10)).oldestMs(1_000_000)).toBe(0);
    const back = waitsAfter(send('invoke', 'm1', 0), send('info', 'm1', 10, 'lost'), send('info', 'm1', 400, 'restored'));
    expect(back.oldestMs(1_000_000)).toBe(600);
  });
});

describe('the result', () => {
  const found = (change: (figures: Figures, observed: { unrest: string; problems: string[] }) => void = () => {}): Found => {
    const figures = new Figures();
    figures.kills.server = 2;
    figures.writtenPerSecond = 550;
    figures.recoverMs.push({ kind: 'server', ms: 300 }, { kind: 'node', ms: 100 }, { kind: 'server', ms: 200 });
    const observed = {
      checkers: new CheckerSet(),
      progress: new Progress(),
      problems: [] as string[],
      unrest: '',
      clock: { nowUs: 12_340_000 },
    };
    change(figures, observed);
    return {
      figures,
      observed,
      options: { kills: 2, ratePerSecond: 550, seed: 1 },
      hbase: { moves: 1, splits: 0, copies: 0 },
      nodes: null,
    };
  };

  it('holds when nothing was found, with times by kind', () => {
    expect(resultOf(found())).toMatchObject({
      ok: true,
      kills: { server: 2 },
      recoverP50Ms: 200,
      recoverWorstMs: 300,
      recover: { server: { p50Ms: 300, worstMs: 300 }, node: { p50Ms: 100, worstMs: 100 } },
      violations: [],
      seconds: 12.3,
    });
  });

  it('says what does not hold', () => {
    const { ok, converged, violations } = resultOf(
      found((figures, observed) => {
        figures.kills.server = 1;
        figures.writtenPerSecond = 300;
        observed.unrest = '3 sends have no outcome';
        observed.problems.push('server-1 goes on serving');
      }),
    );
    expect(ok || converged).toBe(false);
    expect(violations.join('\n')).toMatch(/goes on serving\n.*no outcome\n1 of 2 kills.*\nonly 300 messages/);
  });
});

it('each mutant fits the sources, and names checkers that exist', () => {
  const names = allCheckers.map((make) => make(() => {}).name);
  for (const mutant of hbaseKillMutants) {
    const source = readFileSync(join(top, mutant.file), 'utf8');
    expect(patched(source, mutant), mutant.name).not.toBe(source);
    expect(names).toEqual(expect.arrayContaining([...mutant.killedBy]));
  }
});
