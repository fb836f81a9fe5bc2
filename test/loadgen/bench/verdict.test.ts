// Goal: a run holds only when everything does; each reason is said by name.
import { describe, expect, it } from 'vitest';
import type { RunFigures } from '../../../loadgen/bench/run-plan.ts';
import { complaints, faultsOf, isDisturbed, limitOf } from '../../../loadgen/bench/verdict.ts';

const good: RunFigures = {
  offeredPerSecond: 1_000,
  messagesPerSecond: 999,
  acceptedP50Ms: 1,
  acceptedP99Ms: 2,
  shownP50Ms: 1,
  shownP99Ms: 100,
  shownMaxMs: 200,
  worstStallMs: 5,
  worstSecondP99Ms: 3,
  worstSecondAt: 1,
  generatorLateP99Ms: 1,
  serverCpuUsPerMessage: 60,
  serverMainCpuUsPerMessage: 50,
  generatorCpuUsPerMessage: 20,
  serverUtilization: 0.6,
  generatorUtilization: 0.2,
  serverCoreOthers: 0,
  generatorCoreOthers: 0,
  messages: 1_000,
  rssIdleBytes: 1,
  rssStartBytes: 1,
  rssBytes: 1,
  rssBytesPerSecond: 0,
  homeSlots: 1,
  lost: 0,
  doubled: 0,
  reordered: 0,
  contradicted: 0,
  receiptsMissing: 0,
  lostConnections: 0,
  retries: { gap: 3 },
  sendRepeats: 0,
  ackRepeats: 0,
  acksUnconfirmed: 9,
  held: 1,
  repeatedEvents: 1,
  fetches: 0,
  lagging: 0,
  oddities: {},
  loginSeconds: 1,
  drainSeconds: 1,
};

it('holds', () => {
  expect(complaints(good, 100)).toEqual([]);
});

describe('does not hold', () => {
  it.each([
    [{ lost: 1 }, '1 messages lost'],
    [{ doubled: 2 }, '2 messages doubled'],
    [{ reordered: 3 }, '3 messages out of order'],
    [{ contradicted: 1 }, 'accepted'],
    [{ receiptsMissing: 1 }, 'receipts'],
    [{ lostConnections: 1 }, 'connections'],
    [{ oddities: { rejected: 4 } }, 'unexpected: rejected (4)'],
    [{ messagesPerSecond: 979 }, '979 of 1000'],
    [{ shownP99Ms: 100.1 }, '100.1 ms, above 100'],
  ])('%j', (changes, said) => {
    expect(complaints({ ...good, ...changes }, 100).join()).toContain(said);
  });

  it('but what is only slow is no fault', () => {
    expect(faultsOf({ ...good, messagesPerSecond: 1, shownP99Ms: 5_000 })).toEqual([]);
  });
});

it('is limited by the one with less room', () => {
  expect([limitOf(good), limitOf({ ...good, generatorUtilization: 0.7 })]).toEqual(['server', 'generator']);
});

it('is disturbed when others work on either core', () => {
  const disturbed = [good, { ...good, serverCoreOthers: 0.16 }, { ...good, generatorCoreOthers: 0.5 }, { ...good, serverCoreOthers: 0.1 }];
  expect(disturbed.map(isDisturbed)).toEqual([false, true, true, false]);
});
