// Goal: the benchmark's words mean what its help says, and wrong ones are answered with what is right.
import { describe, expect, it } from 'vitest';
import { help, parseBenchArguments } from '../../../loadgen/bench/arguments.ts';

describe('the words', () => {
  it('have defaults', () => {
    expect(parseBenchArguments([])).toEqual({
      plan: {
        transport: 'websocket',
        connections: 1_000,
        conversations: 500,
        ratePerSecond: 12_000,
        warmUpSeconds: 5,
        seconds: 20,
        bodyBytes: 100,
        seed: 1,
      },
      search: false,
      p99MsMax: 100,
      pin: true,
      json: false,
      nodeFlags: [],
    });
  });

  it('are taken', () => {
    const words = '--rate 5 --seconds 600 --warm-up 0 --connections 50 --conversations 900 --body 64 --p99 20 --transport stream';
    expect(parseBenchArguments([...words.split(' '), '--seed', '9', '--no-pin', '--json', '--node-flags=--a  --b=c'])).toMatchObject({
      plan: {
        transport: 'stream',
        connections: 50,
        conversations: 900,
        ratePerSecond: 5,
        warmUpSeconds: 0,
        seconds: 600,
        bodyBytes: 64,
        seed: 9,
      },
      p99MsMax: 20,
      pin: false,
      json: true,
      nodeFlags: ['--a', '--b=c'],
    });
  });

  it('make the runs of a search shorter', () => {
    expect(parseBenchArguments(['--search'])).toMatchObject({ search: true, plan: { warmUpSeconds: 3, seconds: 8 } });
  });

  it('ask for help', () => {
    expect(parseBenchArguments(['--rate', 'x', '-h'])).toBeNull();
    for (const word of ['--rate', '--search', '--no-pin', '--transport', 'exit code 2']) expect(help).toContain(word);
  });
});

describe('wrong words', () => {
  it.each([
    [['--rate', 'fast'], '--rate is a whole number from 1 to 1000000, not "fast"'],
    [['--rate', '0'], '--rate'],
    [['--rate', '1.5'], '--rate'],
    [['--rate', '-3'], '--rate'],
    [['--seconds', '99999'], '--seconds is a whole number from 1 to 3600'],
    [['--connections', '100000'], '--connections is a whole number from 2 to'],
    [['--connections', '10', '--conversations', '41'], '--conversations is a whole number from 1 to 40'],
    [['--body', '3'], '--body'],
    [['--transport', 'pigeon'], '--transport is stream or websocket, not "pigeon"'],
    [['--bogus'], '--bogus'],
    [['more'], 'more'],
  ])('%j', (words, said) => {
    expect(parseBenchArguments(words)).toContain(said);
  });
});
