/** Random words from the operating system, drawn many at a time: a call to it costs a microsecond. */
import { randomFillSync } from 'node:crypto';

const pool = new Uint32Array(4096);
let used = pool.length;

export function random32(): number {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  return pool[used++];
}

export function fillRandom(words: Uint32Array): Uint32Array {
  for (let at = 0; at < words.length; at++) words[at] = random32();
  return words;
}

/** 1 … 2^53 - 1. */
export function randomId53(): number {
  return (random32() >>> 11) * 0x1_0000_0000 + random32() || 1;
}
