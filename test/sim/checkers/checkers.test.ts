// Goal: every checker is silent on a run that keeps the promises and names the broken one on a run that does not. Method: hand-made
// histories; for each bad one exactly the checkers that must speak do.
import { describe, expect, it } from 'vitest';
import { allCheckers, checkHistory } from '../../../sim/checkers/all.ts';
import { violationText } from '../../../sim/checkers/checker.ts';
import { good, HistoryBuilder, opening, sender, sendIdOf } from './history-builder.ts';

const namesOf = (builder: HistoryBuilder): string[] => [...new Set(checkHistory(builder.entries).map((violation) => violation.checker))];

describe('good histories', () => {
  it('two messages, shown, acknowledged, read back', () => {
    expect(checkHistory(good().entries)).toEqual([]);
  });

  it('a retry told twice with the same seq, a device that starts again with its cursor, an edit', () => {
    const history = good().accepted('m1', 1).device('b', 2, 'all').cursor('b', 2);
    expect(namesOf(history)).toEqual([]);
  });

  it('an unfinished run demands nothing of the end', () => {
    expect(namesOf(opening())).toEqual([]);
  });
});

const bad: readonly (readonly [what: string, history: HistoryBuilder, checkers: readonly string[]])[] = [
  [
    'a page by an owner whose slot another claimed',
    opening().claim('n0', 2).served('n0').claim('n1', 3).served('n1').served('n0'),
    ['one owner serves'],
  ],
  ['a claim by an older assignment', opening().claim('n0', 2, 5).claim('n1', 3, 4), ['one owner serves']],
  [
    'a tab is told that a newer session of its own took its place',
    opening().add({ process: 'a', type: 'info', op: 'ended', code: 'superseded' }),
    ['newest session wins'],
  ],
  ['an accepted event is not in the log', opening().log('m1', 1).readback(), ['accepted means durable']],
  [
    'an accepted event moved',
    opening().log('m2', 1, 2).log('m1', 2, 1).readback(),
    ['accepted means durable', 'one order', 'exactly once', 'sender order'],
  ],
  ['two devices differ', opening().event('b', 2, 'm1', 1).event('b', 2, 'm3', 2, 3), ['one order', 'no phantom']],
  ['one timestamp for one, another for another', opening().event('b', 2, 'm1', 1, 1, { timestamp: 5 }), ['one order']],
  ['a hole is shown', opening().event('b', 2, 'm1', 1).event('b', 2, 'm2', 3, 2), ['no hole', 'exactly once']],
  ['an event is shown twice', opening().event('b', 2, 'm1', 1).event('b', 2, 'm1', 1), ['no hole']],
  ['the log has a hole', opening().log('m1', 1).log('m2', 3, 2), ['no hole', 'exactly once']],
  ['a cursor above what was shown', opening().device('b', 2, 'all').cursor('b', 2), ['no hole']],
  [
    'a device begins again behind a hole',
    opening().event('b', 2, 'm1', 1).device('b', 2, 'all').cursor('b', 0).event('b', 2, 'm2', 2),
    ['no hole'],
  ],
  [
    'a message stands twice under two identities',
    opening()
      .attempt('m1', 1, 'bbbbbbbbbbbbbbbb', 'c'.repeat(16))
      .log('m1', 1)
      .log('m2', 2)
      .log('m1', 3, 1, { senderId: 'bbbbbbbbbbbbbbbb', sendId: 'c'.repeat(16) }),
    ['exactly once'],
  ],
  [
    'one number gives two events',
    opening().attempt('m3', 2, sender, sendIdOf('m3')).event('b', 2, 'm1', 1).event('b', 2, 'm2', 2).event('b', 2, 'm3', 3, 2),
    ['exactly once'],
  ],
  [
    'a message written after another was accepted stands below it',
    opening().write('m3').attempt('m3', 3).accepted('m3', 1),
    ['one order', 'sender order'],
  ],
  ['numbers in the log go back', new HistoryBuilder().run().log('m2', 1, 2).log('m1', 2, 1), ['sender order', 'no phantom']],
  ['later text, lower number', new HistoryBuilder().run().write('m1').write('m2').attempt('m2', 1).attempt('m1', 2), ['sender order']],
  ['a device was missed', opening().event('b', 2, 'm1', 1).log('m1', 1).log('m2', 2).readback().rest(), ['nobody missed']],
  ['delivered without an ack', opening().receipt('a', 2, 1), ['receipts true']],
  ['read without reading', opening().event('b', 2, 'm1', 1).ack('b', 2, 1).receipt('a', 2, 1, 1), ['receipts true']],
  [
    'a watermark goes back',
    opening().event('b', 2, 'm1', 1).event('b', 2, 'm2', 2).ack('b', 2, 2).receipt('a', 2, 2).receipt('a', 2, 1),
    ['receipts true'],
  ],
  [
    'a confirmed ack is not in the store',
    opening().event('b', 2, 'm1', 1).ack('b', 2, 1).ack('b', 2, 1, 'ok').watermark(2, 0).log('m1', 1).log('m2', 2).readback(),
    ['receipts true'],
  ],
  [
    'receipts do not converge',
    opening().event('b', 2, 'm1', 1).event('b', 2, 'm2', 2).ack('b', 2, 2).log('m1', 1).log('m2', 2).watermark(2, 2).readback().rest(),
    ['receipts true'],
  ],
  [
    'what a device acknowledges never reaches the store',
    opening()
      .event('b', 2, 'm1', 1)
      .event('b', 2, 'm2', 2)
      .ack('b', 2, 1)
      .receipt('a', 2, 1)
      .ack('b', 2, 2)
      .log('m1', 1)
      .log('m2', 2)
      .watermark(2, 1)
      .readback()
      .rest(),
    ['receipts true'],
  ],
  ['rejected after accepted', opening().rejected('m1'), ['one outcome']],
  [
    'a rejected send stands in the log',
    new HistoryBuilder().run().write('m1').attempt('m1', 1).rejected('m1').log('m1', 1),
    ['one outcome'],
  ],
  [
    'a failed message stands in the log',
    new HistoryBuilder().run().write('m1').attempt('m1', 1).failed('m1').log('m1', 1),
    ['one outcome'],
  ],
  [
    'a message never gets its outcome',
    opening().write('m3').event('b', 2, 'm1', 1).event('b', 2, 'm2', 2).log('m1', 1).log('m2', 2).readback().rest(),
    ['one outcome'],
  ],
  ['nobody wrote it', opening().event('b', 2, 'x', 1), ['one order', 'exactly once', 'no phantom']],
  ['another text than was written', opening().log('m1', 1, 1, { text: 'forged' }), ['one order', 'no phantom']],
  [
    'a text of another user',
    new HistoryBuilder().run().write('m1').attempt('m1', 1).event('b', 2, 'm1', 1, 1, { author: 2 }),
    ['no phantom'],
  ],
  ['a bookmark over an entry the device does not know', opening().inbox(2, 2, 7).bookmark('b', 2, 7), ['bookmark']],
  [
    'a tab stores an entry that is older than what the bookmark covers',
    opening().inbox(2, 2, 7).known('b', 2, 2).bookmark('b', 2, 7).known('b', 2, 1),
    ['bookmark'],
  ],
  [
    'an inbox that is behind',
    opening().event('b', 2, 'm1', 1).event('b', 2, 'm2', 2).inbox(1, 2, 1).inbox(2, 1, 7).log('m1', 1).log('m2', 2).readback().rest(),
    ['nobody missed', 'unread true'],
  ],
  ['own messages count as unread', opening().log('m1', 1).log('m2', 2).badge('a', 1, 2, 0, 2).readback(), ['unread true']],
  ['sending reads', opening().inbox(2, 2, 7, 1), ['unread true']],
  ['on line all the time', opening().undelivered('a', 1, 2), ['undelivered true']],
  [
    'undelivered after delivered',
    opening().event('b', 2, 'm1', 1).event('b', 2, 'm2', 2).ack('b', 2, 2).session('b', 2, false).receipt('a', 2, 2).undelivered('a', 1, 2),
    ['undelivered true'],
  ],
  [
    'a deleted message keeps its text',
    opening()
      .change('d', 3, 1, 3)
      .log('m1', 1, 1, { changed: true })
      .log('m2', 2)
      .log('d', 3, 3, { kind: 3, messageNo: 2, text: '' })
      .readback(),
    ['deleted is gone'],
  ],
  [
    'an edit that was replaced keeps its text',
    opening()
      .change('e', 2, 1, 3)
      .change('f', 2, 1, 4)
      .log('m1', 1, 1, { changed: true, text: 'f' })
      .log('m2', 2)
      .log('e', 3, 3, { kind: 2, messageNo: 2 })
      .log('f', 4, 4, { kind: 2, messageNo: 2 })
      .readback(),
    ['deleted is gone'],
  ],
  [
    'an edit after the deletion',
    opening()
      .change('d', 3, 1, 3)
      .change('e', 2, 1, 4)
      .log('m1', 1, 1, { changed: true, text: 'e' })
      .log('m2', 2)
      .log('d', 3, 3, { kind: 3, messageNo: 2, text: '' })
      .log('e', 4, 4, { kind: 2, messageNo: 2 })
      .readback(),
    ['deleted is gone'],
  ],
  [
    'a device begins below what it had acknowledged',
    opening().event('b', 2, 'm1', 1).event('b', 2, 'm2', 2).ack('b', 2, 2).device('b', 2, 'all').cursor('b', 1).event('b', 2, 'm2', 2),
    ['said after stored'],
  ],
  ['an entry above what is durable', opening().inbox(1, 1, 1).known('b', 2, 2), ['bookmark']],
  [
    'a number used twice without a restored device',
    opening().add({ process: 'n0', type: 'info', op: 'answer', conversation: '1-2', sendId: sendIdOf('m2'), code: 'counterConflict' }),
    ['no needless conflict'],
  ],
  [
    'time goes back',
    new HistoryBuilder().run().write('m1').attempt('m1', 1).write('m2').attempt('m2', 2).log('m1', 1).log('m2', 2, 2, { timestamp: 3 }),
    ['time and numbers'],
  ],
];

describe('bad histories', () => {
  for (const [what, history, checkers] of bad) {
    it(what, () => {
      expect(namesOf(history).sort()).toEqual([...checkers].sort());
    });
  }

  it('every checker speaks in at least one of them', () => {
    const spoken = new Set(bad.flatMap(([, , checkers]) => checkers));
    const names = allCheckers.map((make) => make(() => {}).name);
    expect(names.filter((name) => !spoken.has(name))).toEqual([]);
  });

  it('says what is wrong in words, with the entries that show it', () => {
    const [violation] = checkHistory(opening().log('m1', 1).readback().entries);
    expect(violationText(violation)).toBe(
      [
        'accepted means durable: send 00000000000000m2 was accepted at seq 2 of 1-2, but the log read back does not hold it',
        '    13.000 ms  n0 answers: send 00000000000000m2 into 1-2 is accepted at seq 2',
      ].join('\n'),
    );
  });
});

describe('what is not a violation', () => {
  it('bookmark: held at that age or newer', () => {
    expect(namesOf(opening().inbox(1, 2, 1).inbox(2, 1, 7).known('b', 2, 2).bookmark('b', 2, 7))).toEqual([]);
    expect(namesOf(opening().inbox(2, 1, 7).known('b', 2, 1).bookmark('b', 2, 7))).toEqual([]);
    expect(namesOf(opening().inbox(2, 1, 8).bookmark('b', 2, 7))).toEqual([]);
  });

  it('receipts: what was said in an earlier life, or before the cursor was given up, is not said again', () => {
    const ended = opening().event('b', 2, 'm1', 1).event('b', 2, 'm2', 2).ack('b', 2, 2);
    const rest = (history: HistoryBuilder): HistoryBuilder =>
      history.log('m1', 1).log('m2', 2).receipt('a', 2, 1).watermark(2, 1).readback().rest();
    expect(namesOf(rest(ended))).toEqual(['receipts true']);
    const again = opening().event('b', 2, 'm1', 1).event('b', 2, 'm2', 2).ack('b', 2, 2).device('b', 2, 'all').cursor('b', 2);
    expect(namesOf(rest(again))).toEqual([]);
  });

  it('a message edited twice, then deleted: no text is left', () => {
    const changed = opening().change('e', 2, 1, 3).change('f', 2, 1, 4);
    const rows = changed
      .log('m1', 1, 1, { changed: true, text: 'f' })
      .log('m2', 2)
      .log('e', 3, 3, { kind: 2, messageNo: 2, text: '', changed: true });
    expect(namesOf(rows.log('f', 4, 4, { kind: 2, messageNo: 2 }).readback())).toEqual([]);
  });

  it('a backup of a device knows less than was said', () => {
    const history = opening().event('b', 2, 'm1', 1).event('b', 2, 'm2', 2).ack('b', 2, 2).device('b', 2, 'backup').cursor('b', 1);
    expect(namesOf(history)).toEqual([]);
  });

  it('an end for another reason, a claim by the same assignment', () => {
    expect(namesOf(opening().add({ process: 'a', type: 'info', op: 'ended', code: 'tokenExpired' }))).toEqual([]);
    expect(namesOf(opening().claim('n0', 2, 5).claim('n1', 3, 5))).toEqual([]);
  });

  it('undelivered: the session came later, or went away', () => {
    const late = new HistoryBuilder().run().write('m1').attempt('m1', 1).session('b', 2).accepted('m1', 1).undelivered('a', 1, 1);
    expect(namesOf(late)).toEqual([]);
    expect(namesOf(opening().session('b', 2, false).undelivered('a', 1, 2))).toEqual([]);
  });

  it('clocks: an instant within the error bound contradicts nothing', () => {
    const history = new HistoryBuilder()
      .run(5_000_000)
      .write('m2')
      .attempt('m2', 2)
      .accepted('m2', 2)
      .write('m1')
      .attempt('m1', 1, 'b'.repeat(16))
      .accepted('m1', 1);
    expect(namesOf(history)).toEqual([]);
  });

  it('after a restore: what stood above the old head may be gone or new', () => {
    const history = opening()
      .add({ process: 'store', type: 'info', op: 'restore', conversation: '1-2', head: 1 })
      .add({ process: 'a', type: 'info', op: 'reset', conversation: '*', fromSeq: 1 })
      .write('m3')
      .attempt('m3', 3)
      .accepted('m3', 2)
      .event('a', 1, 'm1', 1)
      .event('a', 1, 'm3', 2, 3)
      .log('m1', 1)
      .log('m3', 2, 3)
      .readback();
    expect(namesOf(history)).toEqual([]);
  });
});
