// Goal: what a page shows is a range of the log without a hole, with edits and deletions in place, whatever order things come in.
import { expect, it } from 'vitest';
import { errorOfCode } from '../../../core/client/errors.ts';
import { MessageList } from '../../../core/client/message-list.ts';
import { ErrorCode } from '../../../core/protocol/generated/codes.ts';
import { type EventStruct, newEventStruct } from '../../../core/protocol/generated/structs.ts';
import { encodeUtf8 } from '../../../core/protocol/utf8.ts';

const me = 1;
const peer = 2;

function event(seq: number, more: Partial<EventStruct> = {}): EventStruct {
  return { ...newEventStruct(), seq, messageNo: seq, timestamp: seq, kind: 1, author: peer, body: encodeUtf8(`e${seq}`), ...more };
}

const edit = (seq: number, target: number, text: string) => event(seq, { kind: 2, target, body: encodeUtf8(text) });
const deletion = (seq: number, target: number) => event(seq, { kind: 3, target, body: new Uint8Array(0) });
const seqs = (list: MessageList) => list.all.map((message) => message.seq);

it('joins pages that touch, and keeps others apart', () => {
  const list = new MessageList(me, false);
  list.takeLive(event(10));
  expect(list.takePage([event(3), event(4)]).map((message) => message.seq)).toEqual([3, 4]);
  expect(seqs(list)).toEqual([10]);
  list.takePage([event(8), event(9)]);
  list.takePage([event(9), event(10), event(11)]);
  list.takeLive(event(11));
  list.takeLive(event(12));
  expect(seqs(list)).toEqual([8, 9, 10, 11, 12]);
});

it('begins anew behind a gap', () => {
  const list = new MessageList(me, false);
  list.takeLive(event(1));
  list.takeLive(event(50));
  expect(seqs(list)).toEqual([50]);
});

it('applies the newest change of a message, live or from a page', () => {
  const list = new MessageList(me, false);
  list.takePage([event(2), event(3, { editSeq: 5, body: encodeUtf8('second') }), edit(4, 3, 'first'), edit(5, 3, 'second')]);
  expect(list.all.map((message) => [message.text, message.edited])).toEqual([
    ['e2', false],
    ['second', true],
  ]);
  list.takeLive(deletion(6, 3));
  list.takePage([edit(4, 3, 'first'), edit(5, 3, 'second')]);
  expect(list.all.at(-1)).toMatchObject({ text: '', deleted: true });
});

it('an own message keeps its key from pending to read, whichever word comes first', () => {
  for (const eventFirst of [false, true]) {
    const list = new MessageList(me, false);
    list.addPending(7, 'mine', 0, 99);
    const [{ key }] = list.all;
    list.outgoing(7, 'sent', 0);
    expect(list.all[0]).toMatchObject({ key, seq: 0, state: 'sent' });
    // The session tells the outcome before the event that shows it, also when the event brought it.
    list.outgoing(7, 'accepted', 1);
    if (eventFirst) expect(list.all[0]).toMatchObject({ key, seq: 1, state: 'accepted' });
    list.takeLive(event(1, { author: me }));
    expect(list.all).toHaveLength(1);
    expect(list.all[0]).toMatchObject({ key, seq: 1, text: 'e1', state: 'accepted' });
    list.raise({ delivered: 1, read: 0 });
    expect(list.all[0]).toMatchObject({ key, state: 'delivered' });
    list.raise({ delivered: 1, read: 1 });
    expect(list.all[0]).toMatchObject({ key, state: 'read' });
  }
});

it('a failed message stays until it is discarded', () => {
  const list = new MessageList(me, false);
  list.addPending(7, 'mine', 0, 99);
  list.failed(7, errorOfCode(ErrorCode.blocked));
  expect(list.all[0]).toMatchObject({ state: 'failed', error: { code: 'blocked' } });
  list.discard(list.all[0].key);
  expect(list.all).toEqual([]);
});

it('advice that the peer is off line ends with delivery', () => {
  const list = new MessageList(me, false);
  list.takeLive(event(1, { author: me }));
  list.offline(1);
  expect(list.all[0].peerOffline).toBe(true);
  list.raise({ delivered: 1, read: 0 });
  expect(list.all[0].peerOffline).toBe(false);
});

it('a new array only after a change', () => {
  const list = new MessageList(me, false);
  list.takeLive(event(1));
  const before = list.all;
  expect(list.all).toBe(before);
  list.takeLive(event(2));
  expect(list.all).not.toBe(before);
});
