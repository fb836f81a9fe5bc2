// What parley doctor says of a clock, by three readings of two clocks.
import { expect, it } from 'vitest';
import { compareClocks } from '../../../../core/store/hbase/check-hbase.ts';

it.each([
  [1_000, 1_005, 1_010, 'ok', 'at most 10 ms'],
  [1_000, 900, 1_010, 'ok', 'at most 110 ms'],
  [1_000, 2_010, 1_010, 'ok', 'at most 1010 ms'],
  [5_000, 3_999, 5_010, 'warning', '1001 ms behind this one'],
  [5_000, 9_000, 5_010, 'warning', '3990 ms before this one'],
] as const)('before %d, the server %d, after %d: %s', (before, server, after, state, advice) => {
  expect(compareClocks(before, server, after)).toMatchObject({ check: 'hbase clock', state, advice: expect.stringContaining(advice) });
});
