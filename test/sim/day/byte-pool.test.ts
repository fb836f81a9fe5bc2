/** Bytes and row values come back as they were put, also when arenas grow and cells move. */
import { expect, test } from 'vitest';
import { equalBytes } from '../../../core/model/byte-order.ts';
import { BytePool } from '../../../sim/day/byte-pool.ts';
import { ValueHeap } from '../../../sim/day/value-heap.ts';
import { RandomStream } from '../../../sim/random.ts';

const random = new RandomStream(1, 1, 0);

function bytesOf(length: number): Uint8Array {
  return Uint8Array.from({ length }, () => random.below(256));
}

test('what lies in the pool stays until it is given back', () => {
  const pool = new BytePool();
  const lying: { handle: number; bytes: Uint8Array }[] = [];
  for (let step = 0; step < 2_000; step += 1) {
    if (lying.length > 0 && random.permille(450)) {
      const [{ handle, bytes }] = lying.splice(random.below(lying.length), 1);
      expect(equalBytes(pool.view(handle, bytes.length), bytes)).toBe(true);
      pool.give(handle);
    } else {
      const bytes = bytesOf(random.pick([1, 40, 128, 129, 600, 3_000, 20_000]));
      lying.push({ handle: pool.put(bytes, bytes.length), bytes });
    }
  }
  expect(pool.used).toBe(lying.length);
  for (const { handle, bytes } of lying) expect(equalBytes(pool.view(handle, bytes.length), bytes)).toBe(true);
});

test('row values are rewritten in place or moved', () => {
  const heap = new ValueHeap();
  const references = new Array<number>(2_000).fill(0);
  const values: Uint8Array[] = [];
  for (let step = 0; step < 20_000; step += 1) {
    const index = random.below(references.length);
    const value = bytesOf(random.below(256));
    references[index] = heap.put(references[index], value, 0, value.length);
    values[index] = value;
  }
  for (const [index, value] of values.entries()) if (value !== undefined) expect(equalBytes(heap.get(references[index]), value)).toBe(true);
});
