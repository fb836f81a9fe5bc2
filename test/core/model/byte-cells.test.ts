// Cells give back what was put, whatever was freed before; freed ones are used again.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ByteCells } from '../../../core/model/byte-cells.ts';
import { FrameReader } from '../../../core/protocol/reader.ts';

const reader = new FrameReader();

function read(cells: ByteCells, cell: number): Uint8Array {
  cells.open(cell, reader);
  return reader.bytes.slice(reader.position, reader.end);
}

it('keeps runs of any length up to its largest cell, among others that come and go', () => {
  const run = fc.uint8Array({ minLength: 0, maxLength: 1022 });
  fc.assert(
    fc.property(fc.array(fc.oneof(run, fc.nat({ max: 20 })), { minLength: 1, maxLength: 300, size: 'max' }), (steps) => {
      const cells = new ByteCells();
      const held: [cell: number, bytes: Uint8Array][] = [];
      for (const step of steps) {
        if (typeof step !== 'number') held.push([cells.put(step, 0, step.length), step]);
        else for (const [cell] of held.splice(step % (held.length + 1), 1)) cells.free(cell);
        expect(cells.count).toBe(held.length);
      }
      for (const [cell, bytes] of held) expect(read(cells, cell)).toEqual(bytes);
    }),
    { numRuns: 60, seed: 1 },
  );
});

it('takes no more memory for what comes and goes', () => {
  const cells = new ByteCells();
  const bytes = new Uint8Array(100).fill(7);
  for (let round = 0; round < 50; round++) {
    const held = Array.from({ length: 1_000 }, () => cells.put(bytes, 0, 100));
    for (const cell of held) cells.free(cell);
  }
  expect(cells.byteLength).toBeLessThanOrEqual(3 * 65_536);
});

it('refuses what is longer than any cell', () => {
  const cells = new ByteCells();
  expect(cells.put(new Uint8Array(1_023), 0, 1_023)).toBe(-1);
  expect(cells.count).toBe(0);
});
