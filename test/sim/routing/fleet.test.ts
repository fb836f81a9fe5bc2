// The routing report: counts nobody twice, and its figures are those of the plan.
import { describe, expect, it } from 'vitest';
import { Fleet, runFleet } from '../../../sim/routing/fleet.ts';
import { countUsers, partitionsOf, spreadOf } from '../../../sim/routing/users.ts';

describe('routing at scale', () => {
  it('counts every user once, evenly over partitions and slots', () => {
    const slots = countUsers(2_000_000);
    const partitions = partitionsOf(slots);
    expect(partitions.reduce((sum, count) => sum + count, 0)).toBe(2_000_000);
    // Mean 2,222 and 8.7: five standard deviations.
    expect(spreadOf(partitions)).toSatisfy((spread: { most: number; least: number }) => spread.most < 2_458 && spread.least > 1_987);
    expect(spreadOf(slots).most).toBeLessThan(35);
  });

  it('shows balance at each size, and movement near the least', () => {
    const report = runFleet(partitionsOf(countUsers(100_000)), [1, 7, 30], 30, 1);
    expect(report.balance.map(({ nodes, partitions }) => [nodes, partitions.least, partitions.most])).toEqual([
      [1, 900, 900],
      [7, 128, 129],
      [30, 30, 30],
    ]);
    for (const movement of [report.growth, report.restarts, report.shrinking]) {
      expect(movement.movedOverNeeded).toBeGreaterThanOrEqual(1);
      expect(movement.movedOverNeeded).toBeLessThan(1.2);
    }
  });

  it('counts a move beyond what was needed', () => {
    const fleet = new Fleet(new Uint32Array(900).fill(1));
    fleet.join(1);
    fleet.join(2);
    expect(fleet.movement()).toEqual({ changes: 1, movedOverNeeded: 1, worstExtra: 0 });
  });
});
