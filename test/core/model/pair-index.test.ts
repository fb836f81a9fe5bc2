// A pair keeps its number while it is in, and no two pairs share one.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { PairIndex } from '../../../core/model/pair-index.ts';

it('finds what is in, and only that, whatever came and went', () => {
  // Few ids, so that pairs come again, and large ones, so that both halves count.
  const id = fc.oneof(fc.integer({ min: 1, max: 12 }), fc.constantFrom(2 ** 32, 2 ** 32 + 1, 2 ** 53 - 1, 2 ** 40 + 5));
  fc.assert(
    fc.property(fc.array(fc.tuple(id, id, fc.boolean()), { maxLength: 400, size: 'max' }), (steps) => {
      const index = new PairIndex();
      const model = new Map<string, number>();
      for (const [a, b, remove] of steps) {
        const name = `${a} ${b}`;
        const known = model.get(name);
        expect(index.find(a, b)).toBe(known ?? -1);
        if (known === undefined) {
          const number = index.add(a, b);
          expect([...model.values()]).not.toContain(number);
          model.set(name, number);
        } else if (remove) {
          index.delete(known);
          model.delete(name);
        }
        expect(index.size).toBe(model.size);
      }
      for (const [name, number] of model) expect(`${index.a(number)} ${index.b(number)}`).toBe(name);
      expect(new Set(index.numbers())).toEqual(new Set(model.values()));
    }),
    { numRuns: 60, seed: 1 },
  );
});

it('has a hand that comes by every pair', () => {
  const index = new PairIndex();
  for (let pair = 1; pair <= 500; pair++) index.add(pair, pair + 1);
  const seen = new Set<number>();
  for (let step = 0; step < 1_024; step++) seen.add(index.advanceHand());
  seen.delete(-1);
  expect(seen.size).toBe(500);
});
