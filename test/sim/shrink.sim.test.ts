// Goal: a failing scenario becomes small and goes on failing in the same way, and its file gives the same run. Method: worlds in which nothing
// can be accepted, because a limit is zero: what is left must be one message.
import { describe, expect, it } from 'vitest';
import { type RunResult, runScenario } from '../../sim/run.ts';
import { drawScenario, type Scenario } from '../../sim/scenario.ts';
import { readSaved, SavedError, writeSaved } from '../../sim/shrink/saved.ts';
import { shrink } from '../../sim/shrink/shrink.ts';
import { firstDifference } from '../../sim/trace-diff.ts';
import { isSame, troubleOf } from '../../sim/verdict.ts';

const failing = (seed: number): Scenario => {
  const scenario = drawScenario(seed, 25);
  return { ...scenario, limits: { ...scenario.limits, obligationsPerSlotMax: 0 } };
};

describe('shrink', () => {
  it.each([3, 4])('leaves one message and no fault of seed %i', (seed) => {
    const scenario = failing(seed);
    const shrunk = shrink(scenario);
    expect(shrunk?.trouble).toMatchObject({ kind: 'liveness' });
    expect(shrunk?.scenario.commands.length).toBe(1);
    expect(shrunk?.scenario.faults).toEqual([]);
    expect(shrunk?.scenario.limits).toEqual({ obligationsPerSlotMax: 0 });
    expect(shrunk?.scenario.users.filter((devices) => devices.length > 0).length).toBeLessThanOrEqual(2);
  });

  it('says so when nothing fails', () => {
    expect(shrink(drawScenario(3, 10))).toBeUndefined();
  });

  it('stops when it has run often enough', () => {
    expect(shrink(failing(3), 5)?.runs).toBeLessThanOrEqual(5);
  });
});

describe('saved scenarios', () => {
  it('give the same run', () => {
    const scenario = drawScenario(9, 30);
    const read = readSaved(writeSaved(scenario, 'nothing'));
    expect(read.scenario).toEqual(JSON.parse(JSON.stringify(scenario)));
    expect(runScenario(read.scenario).traceHash).toBe(runScenario(scenario).traceHash);
  });

  it.each(['', '{', 'null', '{"format":2}', '{"format":1,"scenario":{"seed":1}}'])('refuse %j', (text) => {
    expect(() => readSaved(text)).toThrow(SavedError);
  });
});

describe('verdict', () => {
  const calm = { violations: [], crashes: [], unsettled: '' };
  const verdictOf = (result: Partial<RunResult>) => troubleOf({ ...calm, ...result } as RunResult);
  const broken = (checker: string, message: string) => ({ checker, message, witness: [] });

  it('tells crash, safety and liveness apart, in this order', () => {
    expect(verdictOf({})).toBeUndefined();
    expect(verdictOf({ unsettled: 'x' })).toEqual({ kind: 'liveness', checkers: ['rest'] });
    expect(verdictOf({ violations: [broken('nobody missed', 'at rest a is behind')] })?.kind).toBe('liveness');
    expect(verdictOf({ violations: [broken('one order', 'two')], unsettled: 'x' })).toEqual({ kind: 'safety', checkers: ['one order'] });
    expect(verdictOf({ violations: [broken('one order', 'two')], crashes: ['x'] })?.kind).toBe('crash');
  });

  it('calls two the same only if a checker saw both', () => {
    const first = { kind: 'safety', checkers: ['one order', 'no hole'] } as const;
    expect(isSame({ kind: 'safety', checkers: ['no hole'] }, first)).toBe(true);
    expect(isSame({ kind: 'safety', checkers: ['bookmark'] }, first)).toBe(false);
    expect(isSame({ kind: 'liveness', checkers: ['no hole'] }, first)).toBe(false);
    expect(isSame(undefined, first)).toBe(false);
  });
});

describe('first difference', () => {
  it('is none between two equal runs', () => {
    expect(firstDifference(drawScenario(5, 20))).toBe('');
  });

  it('names the first event that differs', () => {
    let reads = 0;
    // Each run sees another world.
    const leaking = {
      ...drawScenario(5, 20),
      get turnUsMax() {
        reads += 1;
        return reads * 100;
      },
    };
    expect(firstDifference(leaking)).toMatch(/^event \d+ was at [\d.]+ ms \w+ \d+, code \d+, number .*, then at /);
  });
});
