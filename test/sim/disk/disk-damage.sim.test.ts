/** Index files damaged by hand: a reduced count of what `npm run test:disk-damage` does. */
import { expect, it } from 'vitest';
import { runDamage } from '../../../sim/disk/damage.ts';

it('rebuilds, reports by name or serves the same rows over 25 damages', async () => {
  const result = await runDamage(25, 1);
  expect(result.findings).toEqual([]);
  expect(result.unharmed + result.rebuilt + result.refused).toBe(25);
  expect(result.refused).toBeGreaterThan(0);
  expect(result.rebuilt).toBeGreaterThan(0);
});
