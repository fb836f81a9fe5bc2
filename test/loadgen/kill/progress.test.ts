// Goal: rest is told only when nothing is open, and a recovery only by what the next server accepted.
import { expect, it } from 'vitest';
import { Progress } from '../../../loadgen/kill/progress.ts';
import { HistoryBuilder } from '../../sim/checkers/history-builder.ts';

function progressAfter(build: (history: HistoryBuilder) => void): Progress {
  const history = new HistoryBuilder();
  build(history);
  const progress = new Progress();
  for (const entry of history.entries) progress.observe(entry);
  return progress;
}

const begun = (history: HistoryBuilder): HistoryBuilder => history.device('a', 1).session('a', 1).device('b', 2).session('b', 2);

it('an open send, an event not shown, an acknowledgement not confirmed, a receipt not seen: each is unrest', () => {
  expect(progressAfter(begun).unrest(1)).toBe('1 sends have no outcome');
  expect(progressAfter(begun).unrest(0)).toBe('');
  const written = (history: HistoryBuilder): HistoryBuilder => begun(history).write('m1').outcome('m1', 1).event('a', 1, 'm1', 1);
  expect(progressAfter(written).unrest(0)).toBe('b has shown 1-2 up to 0 of 1');
  const shown = (history: HistoryBuilder): HistoryBuilder => written(history).event('b', 2, 'm1', 1).ack('b', 2, 1);
  expect(progressAfter(shown).unrest(0)).toContain('delivered 0, read 0 is confirmed');
  const confirmed = (history: HistoryBuilder): HistoryBuilder => shown(history).ack('b', 2, 1, 'ok');
  expect(progressAfter(confirmed).unrest(0)).toBe('');
  const onScreen = (history: HistoryBuilder) => {
    const entry = { process: 'a', type: 'info', op: 'show', conversation: '1-2' };
    return confirmed(history).add(entry);
  };
  expect(progressAfter(onScreen).unrest(0)).toContain('a sees user 2 in 1-2 at delivered 0');
  expect(progressAfter((history) => onScreen(history).receipt('a', 2, 1)).unrest(0)).toBe('');
});

it('a client that is gone owes nothing', () => {
  const gone = progressAfter((history) =>
    begun(history).outcome('m1', 1).event('a', 1, 'm1', 1).add({ process: 'b', type: 'info', op: 'gone' }),
  );
  expect(gone.unrest(0)).toBe('');
});

it('what the killed server accepted is no recovery', () => {
  const progress = progressAfter(begun);
  progress.expectRecovery();
  const after = new HistoryBuilder().outcome('m1', 1).session('a', 1, false).session('b', 2, false).outcome('m2', 2);
  for (const entry of after.entries) progress.observe(entry);
  expect(progress.recoveredUs).toBe(0);
  for (const entry of new HistoryBuilder().session('a', 1).outcome('m3', 3).outcome('m4', 4).entries) progress.observe(entry);
  expect(progress.recoveredUs).toBe(2000);
  expect(progress.accepted).toBe(4);
});
