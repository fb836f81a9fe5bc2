// Goal: the benchmark's senders keep the rules of the protocol: the window, retries, gaps, repeats.
import { expect, it } from 'vitest';
import { defaultLimits } from '../../../core/protocol/limits.ts';
import { Outbox } from '../../../loadgen/bench/outbox.ts';

const { windowSends, sendRepeatMs, retryAfterMs } = defaultLimits;

function outboxOf(lanes: number): { outbox: Outbox; sent: string[] } {
  const sent: string[] = [];
  return { outbox: new Outbox(lanes, (lane, number, dueUs) => sent.push(`${lane}/${number}@${dueUs}`)), sent };
}

it('numbers each lane for itself and sends at once', () => {
  const { outbox, sent } = outboxOf(2);
  outbox.due(0, 10, 0);
  outbox.due(1, 11, 0);
  outbox.due(0, 12, 0);
  expect(sent).toEqual(['0/1@10', '1/1@11', '0/2@12']);
});

it('holds back number n until every one ≤ n − W has its outcome', () => {
  const { outbox, sent } = outboxOf(1);
  for (let due = 1; due <= windowSends + 3; due++) outbox.due(0, due, 0);
  expect(sent).toHaveLength(windowSends);
  expect([outbox.open, outbox.waiting, outbox.held]).toEqual([windowSends, 3, 3]);
  outbox.accepted(0, 2, 1);
  expect(sent).toHaveLength(windowSends);
  outbox.accepted(0, 1, 1);
  expect(sent.slice(windowSends)).toEqual([`0/${windowSends + 1}@${windowSends + 1}`, `0/${windowSends + 2}@${windowSends + 2}`]);
  outbox.accepted(0, 3, 1);
  expect([sent.length, outbox.waiting, outbox.open]).toEqual([windowSends + 3, 0, windowSends]);
  // Nothing is overtaken while others wait.
  outbox.due(0, 99, 1);
  expect([outbox.waiting, sent.length]).toEqual([1, windowSends + 3]);
});

it('knows an outcome it has already', () => {
  const { outbox } = outboxOf(1);
  outbox.due(0, 1, 0);
  expect(outbox.accepted(0, 1, 0)).toBe(true);
  expect(outbox.accepted(0, 1, 0)).toBe(false);
  expect(outbox.accepted(0, 2, 0)).toBe(false);
  expect(outbox.open).toBe(0);
});

it('sends the same again after the time that `retry` says, unless it was answered meanwhile', () => {
  const { outbox, sent } = outboxOf(2);
  outbox.due(0, 1, 0);
  outbox.due(1, 2, 0);
  outbox.retry(0, 1, 1, false, 300, 100);
  outbox.retry(1, 1, 2, false, 0, 100);
  outbox.tick(100 + retryAfterMs);
  expect(sent.slice(2)).toEqual(['1/1@2']);
  outbox.accepted(0, 1, 390);
  outbox.tick(1_000);
  expect(sent).toHaveLength(3);
});

it('fills a gap in order: what stands behind it follows the one that was missing', () => {
  const { outbox, sent } = outboxOf(1);
  for (const due of [1, 2, 3]) outbox.due(0, due, 0);
  outbox.retry(0, 3, 3, true, 0, 10);
  outbox.retry(0, 2, 2, true, 0, 10);
  outbox.retry(0, 1, 1, false, 200, 10);
  outbox.tick(209);
  expect(sent).toHaveLength(3);
  outbox.tick(210);
  expect(sent.slice(3)).toEqual(['0/1@1', '0/2@2', '0/3@3']);
});

it('fills a gap when the one before it was accepted', () => {
  const { outbox, sent } = outboxOf(1);
  for (const due of [1, 2]) outbox.due(0, due, 0);
  outbox.retry(0, 2, 2, true, 0, 10);
  outbox.accepted(0, 1, 11);
  expect(sent.slice(2)).toEqual(['0/2@2']);
});

it('repeats what got no answer, again and again, and nothing else', () => {
  const { outbox, sent } = outboxOf(5_000);
  for (let lane = 0; lane < 5_000; lane++) outbox.due(lane, lane, lane);
  for (let lane = 0; lane < 5_000; lane++) if (lane !== 70 && lane !== 4_000) outbox.accepted(lane, 1, 5_000);
  sent.length = 0;
  outbox.tick(69 + sendRepeatMs);
  expect(sent).toEqual([]);
  outbox.tick(4_000 + sendRepeatMs);
  expect(sent).toEqual(['70/1@70', '4000/1@4000']);
  outbox.tick(4_000 + 2 * sendRepeatMs);
  expect([sent.length, outbox.repeats]).toEqual([4, 4]);
});

it('remembers in order however many are open', () => {
  const { outbox, sent } = outboxOf(4_000);
  // Some are done before the rest comes: what is kept then begins in the middle.
  for (let lane = 0; lane < 1_000; lane++) outbox.due(lane, lane, 0);
  for (let lane = 0; lane < 600; lane++) outbox.accepted(lane, 1, 0);
  outbox.tick(1);
  for (let lane = 1_000; lane < 4_000; lane++) outbox.due(lane, lane, 0);
  sent.length = 0;
  outbox.tick(sendRepeatMs);
  expect(sent).toEqual(Array.from({ length: 3_400 }, (_, index) => `${index + 600}/1@${index + 600}`));
});
