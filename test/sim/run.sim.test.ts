// Goal: whatever happens to network, devices, node and store, every promise is kept, and the same seed is the same run. Method: random seeds
// over the whole simulator (fast-check prints the one that fails; `parley sim replay --seed S` explains it), and small scenarios that shrink.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkHistory } from '../../sim/checkers/all.ts';
import { violationText } from '../../sim/checkers/checker.ts';
import { encodeEntry, HistoryReader } from '../../sim/history/codec.ts';
import type { HistoryEntry } from '../../sim/history/entry.ts';
import { type RunResult, runScenario, runSeed } from '../../sim/run.ts';
import { scenarios } from './scenario-arbitrary.ts';

const troubles = (result: RunResult): string[] => [
  ...result.crashes,
  ...result.violations.map((violation) => violationText(violation)),
  ...(result.unsettled === '' ? [] : [`seed ${result.seed} did not come to rest: ${result.unsettled}`]),
];

describe('simulator', () => {
  it('keeps every promise in random worlds', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1_000_000, max: 2_000_000 }), (seed) => {
        expect(troubles(runSeed(seed, { messages: 60 }))).toEqual([]);
      }),
      { numRuns: 60, seed: 4 },
    );
  });

  it('gives the same run for the same seed, and another one for another', () => {
    for (let seed = 1; seed <= 10; seed += 1) {
      const first = runSeed(seed, { messages: 80 });
      const second = runSeed(seed, { messages: 80 });
      expect(second.traceHash).toBe(first.traceHash);
      expect(second.events).toBe(first.events);
      expect(runSeed(seed + 1000, { messages: 80 }).traceHash).not.toBe(first.traceHash);
    }
  });

  it('does the same with and without a listener', () => {
    const entries: HistoryEntry[] = [];
    const listened = runSeed(3, { messages: 80, onEntry: (entry) => entries.push(entry), onFire: () => {} });
    expect(listened.traceHash).toBe(runSeed(3, { messages: 80 }).traceHash);
    expect(entries.length).toBeGreaterThan(100);
  });

  it('writes a history that reads back and gives the same verdict', () => {
    const entries: HistoryEntry[] = [];
    runSeed(5, { messages: 80, onEntry: (entry) => entries.push(entry) });
    const read: HistoryEntry[] = [];
    new HistoryReader().push(entries.map(encodeEntry).join(''), (entry) => read.push(entry));
    expect(read).toEqual(entries);
    expect(checkHistory(read)).toEqual([]);
  });

  it('keeps every promise when faults and commands are left out, one by one', () => {
    fc.assert(
      fc.property(scenarios(60), (scenario) => {
        expect(troubles(runScenario(scenario))).toEqual([]);
      }),
      { numRuns: 30, seed: 4 },
    );
  });

  it('reaches the rare paths', () => {
    const sum: Record<string, number> = {};
    for (let seed = 1; seed <= 60; seed += 1) {
      for (const [name, value] of Object.entries(runSeed(seed).sometimes)) sum[name] = (sum[name] ?? 0) + value;
    }
    const wanted = [
      'unknownFoundApplied',
      'selfReclaims',
      'obligationsRedone',
      'resumesFromMemory',
      'resumesFromScan',
      'raisedMergedIntoResume',
      'counterConflict',
      'gap',
      'expired',
      'duplicateAnswered',
      'duplicateWaited',
      'rejected',
      'undelivered',
      'coldVerdicts',
      'pressed',
      'superseded',
      'rollbacks',
      'lateKilled',
      'appliedLate',
      'lostInCrash',
      'conversationsEvicted',
      'outbox adopted by another tab',
      'edits',
      'deletions',
    ];
    expect(wanted.filter((name) => (sum[name] ?? 0) === 0)).toEqual([]);
  });
});
