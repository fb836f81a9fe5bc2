/** The words of small checking commands: values by kind, and what is wrong said in one line. */
import { expect, it } from 'vitest';
import { readWords } from '../../../sim/cli/words.ts';

const defaults = { cuts: 10, only: '', json: false };

it('reads numbers, texts and flags, and leaves the rest as it is', () => {
  expect(readWords([], defaults)).toEqual(defaults);
  expect(readWords(['--cuts', '12', '--only', 'a', '--json'], defaults)).toEqual({ cuts: 12, only: 'a', json: true });
});

it.each([
  [['--cuts', '0'], '--cuts takes a whole number above 0, not "0"'],
  [['--cuts', '1.5'], '--cuts takes a whole number above 0, not "1.5"'],
  [['--cuts', 'many'], '--cuts takes a whole number above 0, not "many"'],
  [['--frob'], "Unknown option '--frob'"],
  [['word'], 'Unexpected argument'],
])('says what is wrong with %j', (words, message) => {
  expect(readWords(words, defaults)).toEqual(expect.stringContaining(message));
});

it('knows when help is wanted', () => {
  expect(readWords(['--cuts', '1', '--help'], defaults)).toBeNull();
});
