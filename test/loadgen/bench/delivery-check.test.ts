// Goal: each fault of delivery is found, and a run without one has none.
import { describe, expect, it } from 'vitest';
import { Arrival, DeliveryCheck } from '../../../loadgen/bench/delivery-check.ts';

const none = { lost: 0, doubled: 0, reordered: 0, contradicted: 0, receiptsMissing: 0 };
/** Both directions of one conversation: side 0 writes on lane 0, side 1 on lane 1. */
const lanes = 2;

/** Sends `seqs.length` messages on lane 0, accepted and shown to both at these seqs, with a receipt. */
function deliver(check: DeliveryCheck, seqs: readonly number[]): void {
  for (const [index, seq] of seqs.entries()) {
    check.sent[0]++;
    check.accepted(0, seq);
    check.arrives(0, 0, seq, index + 1);
    check.arrives(1, 0, seq, index + 1);
    check.delivered[0] = seq;
  }
}

describe('a conversation', () => {
  it('without a fault', () => {
    const check = new DeliveryCheck(lanes);
    deliver(check, [1, 2, 3]);
    check.sent[1]++;
    check.accepted(1, 4);
    expect(check.arrives(0, 1, 4, 1)).toBe(Arrival.shown);
    expect(check.arrives(1, 1, 4, 1)).toBe(Arrival.shown);
    check.delivered[1] = 4;
    expect(check.faults()).toEqual(none);
  });

  it('whose events come again under the same seq is in order: they are not shown again', () => {
    const check = new DeliveryCheck(lanes);
    deliver(check, [1, 2]);
    expect(check.arrives(1, 0, 2, 2)).toBe(Arrival.repeated);
    expect(check.faults()).toEqual(none);
  });

  it('with a hole shows nothing until it is filled', () => {
    const check = new DeliveryCheck(lanes);
    deliver(check, [1]);
    check.sent[0] += 2;
    check.accepted(0, 2);
    check.accepted(0, 3);
    expect(check.arrives(1, 0, 3, 3)).toBe(Arrival.hole);
    for (const side of [0, 1]) for (const seq of [2, 3]) expect(check.arrives(side, 0, seq, seq)).toBe(Arrival.shown);
    check.delivered[0] = 3;
    expect(check.faults()).toEqual(none);
  });
});

describe('lost', () => {
  it.each([0, 1])('at side %d', (side) => {
    const check = new DeliveryCheck(lanes);
    deliver(check, [1]);
    check.sent[0]++;
    check.accepted(0, 2);
    check.arrives(1 - side, 0, 2, 2);
    check.delivered[0] = 2;
    expect(check.faults()).toMatchObject({ lost: 1, doubled: 0, reordered: 0 });
  });

  it('when it was never accepted', () => {
    const check = new DeliveryCheck(lanes);
    check.sent[0] = 3;
    expect(check.faults()).toEqual({ ...none, lost: 3 });
  });

  it('when a later one took its place', () => {
    const check = new DeliveryCheck(lanes);
    check.sent[0] = 2;
    for (const side of [0, 1]) check.arrives(side, 0, 1, 2);
    expect(check.faults()).toMatchObject({ lost: 1, doubled: 0 });
  });
});

describe('doubled', () => {
  it('when a message is shown at two places', () => {
    const check = new DeliveryCheck(lanes);
    deliver(check, [1]);
    for (const side of [0, 1]) check.arrives(side, 0, 2, 1);
    expect(check.faults()).toMatchObject({ lost: 0, doubled: 2, reordered: 0 });
  });

  it('also behind a later one', () => {
    const check = new DeliveryCheck(lanes);
    deliver(check, [1, 2, 3]);
    check.arrives(1, 0, 4, 2);
    expect(check.faults()).toMatchObject({ doubled: 1, reordered: 0 });
  });

  it('also long after', () => {
    const check = new DeliveryCheck(lanes);
    deliver(
      check,
      Array.from({ length: 100 }, (_, index) => index + 1),
    );
    check.arrives(1, 0, 101, 1);
    expect(check.faults()).toMatchObject({ doubled: 1 });
  });

  it('when two messages are accepted at one place', () => {
    const check = new DeliveryCheck(lanes);
    check.accepted(0, 1);
    check.accepted(0, 1);
    expect(check.doubled).toBe(1);
  });
});

describe('reordered', () => {
  it('when a message is shown after a later one', () => {
    const check = new DeliveryCheck(lanes);
    check.sent[0] = 3;
    for (const side of [0, 1]) for (const [index, number] of [1, 3, 2].entries()) check.arrives(side, 0, index + 1, number);
    expect(check.faults()).toMatchObject({ lost: 0, doubled: 0, reordered: 2 });
  });

  it('when a message is accepted before an earlier one', () => {
    const check = new DeliveryCheck(lanes);
    check.accepted(0, 2);
    check.accepted(0, 1);
    expect(check.reordered).toBe(1);
  });
});

it.each([0, 1])('contradicted: shown elsewhere at side %d', (side) => {
  const check = new DeliveryCheck(2 * lanes);
  check.sent[0] = 1;
  check.accepted(0, 2);
  check.delivered[0] = 2;
  // Before it stands one of the other lane, which side `side` never sees.
  check.sent[1] = 1;
  check.accepted(1, 1);
  check.delivered[1] = 1;
  check.arrives(1 - side, 1, 1, 1);
  check.arrives(1 - side, 0, 2, 1);
  check.arrives(side, 0, 1, 1);
  expect(check.faults()).toMatchObject({ lost: 1, contradicted: 2 });
});

it('contradicted: shown elsewhere than accepted', () => {
  const check = new DeliveryCheck(lanes);
  check.sent[0] = 1;
  check.accepted(0, 5);
  for (const side of [0, 1]) check.arrives(side, 0, 1, 1);
  check.delivered[0] = 5;
  expect(check.faults()).toEqual({ ...none, contradicted: 1 });
});

it('a receipt that never came', () => {
  const check = new DeliveryCheck(lanes);
  deliver(check, [1, 2]);
  check.delivered[0] = 1;
  expect(check.faults()).toEqual({ ...none, receiptsMissing: 1 });
});
