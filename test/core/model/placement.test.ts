// Goal: ids lie where they lie for ever. Method: vectors computed with another implementation (Python mmh3 5), and the two functions
// against each other.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hashBytes, hashId } from '../../../core/model/hash.ts';
import { homeOf, partitionOf, slotOf } from '../../../core/model/partition.ts';
import { encodeUtf8 } from '../../../core/protocol/utf8.ts';
import { idVectors, nameVectors } from './placement-vectors.ts';

describe('hash', () => {
  it.each(idVectors)('of id %d', (id, hash, partition, slot) => {
    expect(hashId(id)).toBe(hash);
    expect(partitionOf(id)).toBe(partition);
    expect(slotOf(id)).toBe(slot);
  });

  it.each(nameVectors)('of bytes %j', (name, hash) => {
    expect(hashBytes(encodeUtf8(name))).toBe(hash);
  });

  it('of an id is that of its eight bytes, at any place in a buffer', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.nat(5), (id, before) => {
        const bytes = new Uint8Array(before + 9);
        new DataView(bytes.buffer).setBigUint64(before, BigInt(id));
        expect(hashBytes(bytes, before, before + 8)).toBe(hashId(id));
      }),
      { numRuns: 1000 },
    );
  });
});

describe('places', () => {
  it('are spread: 900,000 ids leave no partition far from its share', () => {
    const counts = new Array<number>(900).fill(0);
    for (let id = 1; id <= 900_000; id++) counts[partitionOf(id)]++;
    expect(Math.min(...counts)).toBeGreaterThan(850);
    expect(Math.max(...counts)).toBeLessThan(1150);
  });

  it('of a conversation: with the lower user', () => {
    expect(homeOf(3)).toBe(3);
  });
});
