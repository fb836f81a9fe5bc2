// Goal: the fuzz corpus finds nothing in the codec, is the same for a seed, and reaches every way a frame can be wrong.
import { expect, it } from 'vitest';
import { fuzzCodec } from '../../../loadgen/fuzz/codec-fuzz.ts';
import { Corpus, frameKinds } from '../../../loadgen/fuzz/corpus.ts';

it('every input gives a frame or a typed failure', () => {
  const result = fuzzCodec(1, 20_000);
  expect(result.examples).toEqual([]);
  expect(result.crashes).toBe(0);
  expect(result.taken).toBeGreaterThan(2_000);
  const reached = [
    'badBool',
    'badConversation',
    'badId',
    'badJson',
    'badTag',
    'badText',
    'badValue',
    'badVarint',
    'missingField',
    'tooLong',
    'trailingBytes',
    'truncated',
    'unknownType',
  ];
  expect(Object.keys(result.reasons).sort()).toEqual(reached);
});

it('a seed gives the same corpus again, another seed another', () => {
  const bytesOf = (seed: number): string => {
    const corpus = new Corpus(seed);
    return frameKinds.map((kind) => Buffer.from(corpus.frameOf(kind).bytes).toString('hex')).join(' ');
  };
  expect(bytesOf(7)).toBe(bytesOf(7));
  expect(bytesOf(7)).not.toBe(bytesOf(8));
});
