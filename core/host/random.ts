/** Random words from the operating system, for the machines that ask for them. */
import { randomFillSync } from 'node:crypto';

const pool = new Uint32Array(1024);
let used = pool.length;

/** 32 random bits. Filled by the pool, as a call to the system costs a microsecond. */
export function random32(): number {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const word = pool[used];
  // A word is given once, also to someone who reads memory later.
  pool[used++] = 0;
  return word;
}

/** An id for a new user: 1 … 2^52. The range above is kept for service accounts, whose logs so lie with the humans'. */
export function randomUserId(): number {
  return (random32() >>> 12) * 2 ** 32 + random32() + 1;
}
