// Goal: people understand a witness. Method: every operation of the format becomes one sentence, and ids with a name are replaced by it.
import { describe, expect, it } from 'vitest';
import type { HistoryEntry } from '../../../sim/history/entry.ts';
import { entryText, withNames } from '../../../sim/history/words.ts';
import { runSeed } from '../../../sim/run.ts';
import { good } from '../checkers/history-builder.ts';

describe('words', () => {
  it('says who wrote what, what was told and what was shown', () => {
    const texts = good().entries.map((entry) => entryText(entry));
    expect(texts).toContain('7.000 ms  a : user 1 writes m1 "m1" in 1-2');
    expect(texts).toContain('8.000 ms  a sends m1 into 1-2 as number 1 of sender aaaaaaaaaaaaaaaa (send 00000000000000m1)');
    expect(texts).toContain('10.000 ms  a is told that m1 in 1-2 is accepted at seq 1');
    expect(texts.some((text) => text.includes('b shows at seq 1 of 1-2: message 1 "m1" of user 1'))).toBe(true);
    expect(texts.some((text) => text.includes('says for user 2: 1-2 is here up to seq 2'))).toBe(true);
  });

  it('has a sentence for every operation of a run', () => {
    const entries = new Map<string, HistoryEntry>();
    for (const seed of [1, 3, 7]) runSeed(seed, { messages: 60, onEntry: (entry) => entries.set(`${entry.op} ${entry.type}`, entry) });
    expect(entries.size).toBeGreaterThan(20);
    for (const entry of entries.values()) expect(entryText(entry)).not.toMatch(/undefined|NaN|\[object/);
  });

  it('knows users and sends by their names', () => {
    const names = new Map([
      ['5189918370405074', 'user0'],
      ['6424601103468091', 'user1'],
      ['27b093090fd28843', 'of m22'],
    ]);
    expect(withNames('send 27b093090fd28843 into 5189918370405074-6424601103468091 at seq 12', names)).toBe(
      'send of m22 into user0-user1 at seq 12',
    );
    expect(withNames('timestamp 1790000008361', names)).toBe('timestamp 1790000008361');
  });
});
