/** Malformed and hostile JSON text, from the same stream of random words as the frames. */
import { frameToJson, type JsonObject } from '../../core/protocol/index.ts';
import { frames } from '../../core/protocol/schema.ts';
import type { Corpus } from './corpus.ts';
import { randomFrame } from './random-frame.ts';

const clientFrames = frames.filter((frame) => frame.from === 'client');
const deep = 8_000;
const values: readonly unknown[] = [
  null,
  true,
  -1,
  1.5,
  2 ** 53,
  1e308,
  '',
  '\ud800',
  [],
  {},
  [[]],
  { a: { b: [] } },
  '18446744073709551616',
  '9-3',
  'g0',
];

/** Text that a server must refuse, or may take when only a value is odd. */
export function jsonText(corpus: Corpus): string {
  const { random } = corpus;
  const text = JSON.stringify(frameToJson(randomFrame(corpus.pick(clientFrames), random)));
  switch (random.below(9)) {
    case 0:
      return text.slice(0, random.below(text.length));
    case 1:
      return '['.repeat(random.between(1, deep));
    case 2:
      return `${'['.repeat(deep)}${']'.repeat(deep)}`;
    case 3:
      return `${'{"a":'.repeat(deep / 4)}1${'}'.repeat(deep / 4)}`;
    case 4:
      return JSON.stringify(withOddMember(JSON.parse(text) as JsonObject, corpus));
    case 5:
      return `{"type":"__proto__","__proto__":${text}}`;
    case 6:
      return Buffer.from(corpus.noise(300)).toString('latin1');
    case 7:
      return JSON.stringify(corpus.pick(values));
    default:
      return `[${text},${text},${JSON.stringify(corpus.pick(values))}]`;
  }
}

/** One member is of another type, or missing. */
function withOddMember(frame: JsonObject, corpus: Corpus): Record<string, unknown> {
  const name = corpus.pick(Object.keys(frame));
  return { ...frame, [name]: corpus.random.permille(200) ? undefined : corpus.pick(values) };
}
