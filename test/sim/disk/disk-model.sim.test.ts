/** The embedded store on the simulated disk: a reduced count of what `npm run test:disk` does. */
import { expect, it } from 'vitest';
import { runDiskModel } from '../../../sim/disk/disk-model.ts';

it('loses nothing and shows nothing torn over 500 cuts of process and power', () => {
  const result = runDiskModel(500);
  expect(result.findings).toEqual([]);
  expect(result.cuts).toBeGreaterThanOrEqual(500);
  expect(result.acked).toBeGreaterThan(10_000);
  expect(result.reported).toBeGreaterThan(0);
});

// Seeds that show a fault when its cure is taken out: a scan that went on over an index opened anew; an index replayed below a checkpoint
// that was on the disk after all.
it.each([20_090, 21_571])('keeps seed %i healed', (seed) => {
  expect(runDiskModel(1, seed).findings).toEqual([]);
});
