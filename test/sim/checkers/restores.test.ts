// Goal: a restore of the server's store, or of a device, excuses what follows from it and nothing else. Method: hand-made histories in which one
// thing is excused, and beside each one that differs only in what the excuse does not cover.
import { describe, expect, it } from 'vitest';
import { checkHistory } from '../../../sim/checkers/all.ts';
import { conversation, HistoryBuilder, opening, sender, sendIdOf } from './history-builder.ts';

const newStoreId = '2'.repeat(16);
const second = 'b'.repeat(16);

const namesOf = (builder: HistoryBuilder): string[] => [...new Set(checkHistory(builder.entries).map((violation) => violation.checker))];

/** Both messages are accepted and shown; then the store is put back to where it ends at `head`. */
function putBack(head: number): HistoryBuilder {
  const history = opening().event('b', 2, 'm1', 1).event('b', 2, 'm2', 2).ack('b', 2, 2).receipt('a', 2, 2);
  return history.add({ process: 'store', type: 'info', op: 'restore', conversation, head, storeId: newStoreId });
}

/** The tabs notice it and show again what is left. */
function noticed(head: number): HistoryBuilder {
  const history = putBack(head);
  for (const process of ['a', 'b']) history.add({ process, type: 'info', op: 'reset', conversation: '*', fromSeq: 1 });
  history.event('a', 1, 'm1', 1).event('b', 2, 'm1', 1);
  return history;
}

describe('after a restore of the server’s store', () => {
  it('what stood above the head is undone, and its places are given again', () => {
    const history = noticed(1).write('m3').attempt('m3', 2).accepted('m3', 2).outcome('m3', 2).event('a', 1, 'm3', 2, 2);
    expect(namesOf(history.event('b', 2, 'm3', 2, 2).ack('b', 2, 2).log('m1', 1).log('m3', 2, 2).watermark(2, 2).readback())).toEqual([]);
  });

  it('what stood at the head or below is still promised', () => {
    expect(namesOf(noticed(1).log('m3', 1, 2).readback())).toContain('accepted means durable');
  });

  it('a tab that has not noticed shows the old log; one that has does not', () => {
    expect(namesOf(putBack(1).accepted('m3', 2).event('b', 2, 'm2', 3, 2))).toEqual([]);
    expect(namesOf(noticed(1).write('m3').attempt('m3', 2).accepted('m3', 2).event('b', 2, 'm2', 2))).toContain('one order');
  });

  it('at rest every tab must have noticed', () => {
    const end = (history: HistoryBuilder): HistoryBuilder => history.log('m1', 1).watermark(2, 0).readback().rest();
    expect(namesOf(end(putBack(1)))).toContain('nobody missed');
    expect(namesOf(end(noticed(1).add({ process: 'a', type: 'info', op: 'show', conversation })))).toEqual([]);
  });

  it('an acknowledgement of before counts up to the head', () => {
    const told = (delivered: number): HistoryBuilder => noticed(1).accepted('m3', 2).receipt('a', 2, delivered);
    expect(namesOf(told(1))).toEqual([]);
    expect(namesOf(told(2))).toEqual(['receipts true']);
  });

  it('an acknowledgement of a tab that has not noticed counts for nothing above the head', () => {
    expect(namesOf(putBack(1).ack('b', 2, 2).watermark(2, 2))).toEqual(['receipts true']);
  });

  it('what the inboxes of the older state hold is due again under a bookmark', () => {
    const inbox = {
      process: 'store',
      type: 'info',
      op: 'inbox',
      user: 2,
      conversation,
      lastSeq: 1,
      read: 0,
      unread: 1,
      epoch: 2,
      batch: 1,
    };
    const mark = { process: 'b', type: 'ok', op: 'bookmark', user: 2, epoch: 3, batch: 0 };
    const old = { process: 'b', type: 'ok', op: 'entry', user: 2, conversation, lastSeq: 1, storeId: '1'.repeat(16) };
    expect(
      namesOf(
        noticed(1)
          .add(inbox)
          .add({ ...mark, storeId: '1'.repeat(16) }),
      ),
    ).toEqual([]);
    expect(
      namesOf(
        noticed(1)
          .add(inbox)
          .add(old)
          .add({ ...mark, storeId: newStoreId }),
      ),
    ).toEqual(['bookmark']);
    expect(
      namesOf(
        noticed(1)
          .add(inbox)
          .add({ ...old, storeId: newStoreId })
          .add({ ...mark, storeId: newStoreId }),
      ),
    ).toEqual([]);
  });

  it('what was written before the last move may stand late, what was written since may not', () => {
    const moved = (): HistoryBuilder =>
      noticed(0).write('m5').write('m6').attempt('m6', 1, second).attempt('m2', 2, second, 'c'.repeat(16)).attempt('m5', 3, second);
    expect(namesOf(moved())).toEqual([]);
    expect(namesOf(moved().write('m7').write('m8').attempt('m8', 4, second).attempt('m7', 5, second))).toEqual(['sender order']);
  });
});

describe('after an older state of a device came back', () => {
  const restored = (sendId: string) => ({ process: 'a', type: 'info', op: 'send', conversation, message: 'm1', code: 'restored', sendId });
  const [third, fourth] = ['c'.repeat(16), 'd'.repeat(16)];
  /** m1 moved to a second identity and is accepted under it; then the older state comes back, and m1 is accepted under one more. */
  const twice = (known: string): HistoryBuilder =>
    new HistoryBuilder()
      .run()
      .device('a', 1)
      .write('m1')
      .attempt('m1', 1)
      .attempt('m1', 1, second, third)
      .device('a', 1, 'backup')
      .add(restored(known))
      .attempt('m1', 1, 'e'.repeat(16), fourth)
      .log('m1', 1, 1, { senderId: second, sendId: third })
      .log('m1', 2, 1, { senderId: 'e'.repeat(16), sendId: fourth });

  it('a message may stand twice if that state did not know the identity it had meanwhile', () => {
    expect(namesOf(twice(sendIdOf('m1')))).toEqual([]);
  });

  it('it may not if that state knew it', () => {
    expect(namesOf(twice(third))).toEqual(['exactly once']);
  });

  it('a message ends differently only under another identity', () => {
    const again = (): HistoryBuilder =>
      new HistoryBuilder()
        .run()
        .device('a', 1)
        .write('m1')
        .attempt('m1', 1)
        .failed('m1')
        .device('a', 1, 'backup')
        .add(restored(sendIdOf('m1')));
    expect(namesOf(again().outcome('m1', 1))).toEqual(['one outcome']);
    expect(
      namesOf(
        again()
          .attempt('m1', 2, sender, third)
          .add({ ...accepted, sendId: third }),
      ),
    ).toEqual([]);
  });

  it('only that device may meet a conflict', () => {
    const conflict = { process: 'n0', type: 'info', op: 'answer', conversation, sendId: sendIdOf('m1'), code: 'counterConflict' };
    const other = new HistoryBuilder().run().device('a', 1).device('a2', 1, 'backup').write('m1').attempt('m1', 1);
    expect(namesOf(other.add(conflict))).toEqual(['no needless conflict']);
    expect(namesOf(new HistoryBuilder().run().device('a', 1, 'backup').write('m1').attempt('m1', 1).add(conflict))).toEqual([]);
  });
});

const accepted = { process: 'a', type: 'ok', op: 'send', conversation, message: 'm1', seq: 1 };
