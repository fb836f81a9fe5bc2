// Goal: an acknowledgement is repeated until it is confirmed, and no longer.
import { expect, it } from 'vitest';
import { defaultLimits } from '../../../core/protocol/limits.ts';
import { Acks } from '../../../loadgen/bench/acks.ts';

const late = defaultLimits.ackRepeatMs + 2;

it('repeats what was not confirmed in time', () => {
  const repeated: number[] = [];
  const acks = new Acks(4, (side) => {
    repeated.push(side);
    acks.sent(side, 7, 2 * late);
  });
  acks.sent(1, 5, 0);
  acks.sent(2, 7, 0);
  acks.sent(3, 9, 0);
  acks.confirmed(1, 5);
  acks.confirmed(2, 6);
  acks.sent(3, 10, late);
  acks.tick(late);
  expect([repeated, acks.openCount()]).toEqual([[2], 2]);
  acks.confirmed(2, 7);
  acks.confirmed(3, 10);
  acks.tick(4 * late);
  expect([repeated, acks.openCount(), acks.repeats]).toEqual([[2], 0, 1]);
});
