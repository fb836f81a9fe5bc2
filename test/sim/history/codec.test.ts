// Goal: a history written is the history read, and a foreign or damaged file is refused with its line.
import { describe, expect, it } from 'vitest';
import { decodeEntry, encodeEntry, HistoryError, HistoryReader } from '../../../sim/history/codec.ts';
import { conversationKey, type HistoryEntry, hex64, membersOf } from '../../../sim/history/entry.ts';
import { good } from '../checkers/history-builder.ts';

describe('history codec', () => {
  it('reads back what it wrote, whatever the pieces', () => {
    const { entries } = good();
    const text = entries.map(encodeEntry).join('');
    for (const size of [1, 7, 1000, text.length]) {
      const reader = new HistoryReader();
      const read: HistoryEntry[] = [];
      for (let at = 0; at < text.length; at += size) reader.push(text.slice(at, at + size), (entry) => read.push(entry));
      expect(read).toEqual(entries);
      expect(reader.end()).toBe('');
    }
  });

  it('leaves a torn last line out', () => {
    const text = good().entries.map(encodeEntry).join('');
    const reader = new HistoryReader();
    let read = 0;
    reader.push(text.slice(0, -5), () => {
      read += 1;
    });
    expect(read).toBe(good().entries.length - 1);
    expect(reader.end()).not.toBe('');
  });

  const line = (changes: Record<string, unknown>): string =>
    JSON.stringify({ us: 1, clock: 0, process: 'a', type: 'invoke', op: 'ack', user: 1, conversation: '1-2', seq: 3, ...changes });

  it.each([
    ['no JSON', '{'],
    ['no object', '3'],
    ['an unknown op', line({ op: 'sing' })],
    ['an op of the prototype', line({ op: 'constructor' })],
    ['a type that the op has not', line({ type: 'fail' })],
    ['a field of another kind', line({ seq: '3' })],
    ['a field that is missing', line({ conversation: undefined })],
    ['no whole number', line({ seq: 1.5 })],
    ['a newer format', JSON.stringify({ us: 0, clock: 0, process: 'a', type: 'info', op: 'run', format: 2, errorUs: 0 })],
  ])('refuses %s', (_what, text) => {
    expect(() => decodeEntry(text, 9)).toThrow(HistoryError);
    expect(() => decodeEntry(text, 9)).toThrow(/line 9/);
  });

  it('refuses a file that does not begin with its run line', () => {
    expect(() => new HistoryReader().push(`${line({})}\n`, () => {})).toThrow(/line 1: a history begins with a run entry/);
  });

  it('keeps ids readable', () => {
    expect(hex64(0xffff_ffff, 1)).toBe('ffffffff00000001');
    expect(membersOf(conversationKey(3, 9_007_199_254_740_991))).toEqual([3, 9_007_199_254_740_991]);
  });
});
