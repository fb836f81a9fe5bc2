/** The store check: a sound store passes; each kind of breach is found and named. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import {
  Part,
  writeConversationPart,
  writeEventKey,
  writeIdempotencyKey,
  writeInboxKey,
  writeSenderKey,
  writeTagKey,
  writeWatermarkKey,
} from '../../../../core/model/keys.ts';
import { SenderOutcomes } from '../../../../core/model/sender-outcomes.ts';
import {
  valueVersion,
  writeEntryValue,
  writeEventValue,
  writeFence,
  writeHead,
  writeKeptKey,
  writeSender,
  writeWatermark,
} from '../../../../core/model/values.ts';
import { newEntryStruct, newEventStruct } from '../../../../core/protocol/generated/structs.ts';
import { FrameWriter } from '../../../../core/protocol/writer.ts';
import { checkStore, NoStoreError, statStore } from '../../../../core/store/check/check-store.ts';
import type { EmbeddedStore } from '../../../../core/store/embedded/embedded-store.ts';
import { EmbeddedTarget } from '../embedded-target.ts';
import { batchOf, close, type RowChange, write } from '../harness.ts';

const target = new EmbeddedTarget();
let store: EmbeddedStore;
beforeEach(async () => {
  store = await target.open();
});
afterEach(() => target.dispose());

function bytes(fill: (w: FrameWriter) => void): Uint8Array {
  const writer = new FrameWriter();
  fill(writer);
  return writer.bytes.slice(0, writer.length);
}

const fence = bytes((w) => writeFence(w, { epoch: 2, claimHigh: 1, claimLow: 2, batch: 1, released: false, assignment: 0 }));
const head = (lastSeq: number, lastTimestamp = 5): RowChange => ({
  key: bytes((w) => writeConversationPart(w, 1, 2, 7, 8, Part.head)),
  value: bytes((w) =>
    writeHead(w, { lastSeq, lastMessageNo: lastSeq, lowerMessageNo: lastSeq, lastTimestamp, blockedBy: 0, changedSeq: 0 }),
  ),
});
const event = (seq: number, told: Partial<ReturnType<typeof newEventStruct>> = {}): RowChange => ({
  key: bytes((w) => writeEventKey(w, 1, 2, 7, 8, seq)),
  value: bytes((w) =>
    writeEventValue(w, { ...newEventStruct(), seq, messageNo: seq, authorNo: seq, timestamp: 5, kind: 1, author: 7, ...told }),
  ),
});
const eventOf = (seq: number, value: Uint8Array): RowChange => ({ key: event(seq).key, value });
const watermark = (read: number): RowChange => ({
  key: bytes((w) => writeWatermarkKey(w, 1, 2, 7, 8, 7)),
  value: bytes((w) => writeWatermark(w, 1, read)),
});
const keptKey = (seq: number): RowChange => ({
  key: bytes((w) => writeIdempotencyKey(w, 1, 2, 7, 8, 7, Uint8Array.of(65))),
  value: bytes((w) => writeKeptKey(w, { seq, timestamp: 5 })),
});
const sender = (seq: number): RowChange => ({
  key: bytes((w) => writeSenderKey(w, 1, 2, 7, 8, 7, 0, 1)),
  value: bytes((w) => {
    const outcomes = new SenderOutcomes(8);
    outcomes.push(0, 1, 0, 0, seq);
    writeSender(w, outcomes);
  }),
});
const inbox = (batch: number, readSeq = 1): RowChange => ({
  key: bytes((w) => writeInboxKey(w, 1, 2, 7, 7, 8)),
  value: bytes((w) =>
    writeEntryValue(w, { ...newEntryStruct(), conversationA: 7, conversationB: 8, lastSeq: 1, readSeq, epoch: 2, batch }),
  ),
});
const unknownRow: RowChange = { key: bytes((w) => writeTagKey(w, 1, 2, 0x77)), value: Uint8Array.of(valueVersion) };

async function problemsOf(changes: RowChange[]): Promise<readonly string[]> {
  expect(await write(store, batchOf({ expected: null, fence, changes }))).toEqual({ kind: 'ok' });
  await close(store);
  return (await checkStore(target.directory)).problems;
}

it('passes a sound conversation and counts its rows', async () => {
  expect(await problemsOf([inbox(1), head(3), watermark(3), sender(3), event(3), event(2), event(1), keptKey(1)])).toEqual([]);
  const { space, rows, conversations } = await statStore(target.directory);
  expect(space['users/event']?.rows).toBe(3);
  expect(space['users/fence']?.rows).toBe(1);
  expect({ rows, conversations }).toEqual({ rows: 9, conversations: 1 });
});

it.each<[string, RowChange[], RegExp]>([
  ['a hole', [head(3), event(3), event(1)], /event 1 where 2 must be/],
  ['a head behind its log', [head(2), event(3), event(2), event(1)], /event 3 where 2 must be \(head says 2\)/],
  ['a cut log', [head(3), event(3), event(2)], /events 1 to 1 are missing/],
  ['a watermark above the head', [head(1), watermark(2), event(1)], /watermark 1\/2 above the head's 1/],
  ['a kept outcome above the head', [head(1), sender(2), event(1)], /the seq of send 1 is 2, above the head's 1/],
  ['a kept key above the head', [head(1), event(1), keptKey(2)], /the seq of an idempotency key is 2, above the head's 1/],
  ['an event under a wrong key', [head(1), event(1, { seq: 2 })], /event 1 calls itself 2/],
  ['time that goes back', [head(2), event(2), event(1, { timestamp: 6 })], /event 1 is later than event 2/],
  ['a head of another time', [head(1, 4), event(1)], /head and event 1 differ in time/],
  ['a skipped message number', [head(2), event(2), event(1, { messageNo: 0 })], /event 1 has message number 0, event 2 has 2/],
  ['an inbox entry of a batch that never was', [inbox(2), head(1), event(1)], /inbox entry of batch 2\/2, after the fence's 2\/1/],
  ['an inbox entry read too far', [inbox(1, 2), head(1), event(1)], /inbox entry read up to 2, above its last seq 1/],
  ['an event that is cut', [head(1), eventOf(1, event(1).value?.subarray(0, 4) ?? new Uint8Array())], /event: /],
  ['an unknown value version', [head(1), eventOf(1, Uint8Array.of(9))], /value of version 9; this program knows 2/],
  ['an unknown kind of row', [unknownRow], /a kind of row that this program does not know/],
  ['no head', [event(1)], /conversation without a head/],
])('finds %s', async (_name, changes, problem) => {
  expect((await problemsOf(changes)).join('\n')).toMatch(problem);
});

it('tells what opening the directory repaired', async () => {
  await problemsOf([head(1), event(1)]);
  await rm(join(target.directory, 'index'), { recursive: true });
  const { ok, notes, rows } = await checkStore(target.directory);
  expect({ ok, rows }).toEqual({ ok: true, rows: 3 });
  expect(notes.join()).toMatch(/index rebuilt from the journal/);
});

it('names a missing identity as damage, not as no store', async () => {
  await problemsOf([head(1), event(1)]);
  await rm(join(target.directory, 'identity'));
  expect(await checkStore(target.directory)).toMatchObject({ ok: false, problems: [expect.stringMatching(/identity is missing/)] });
});

it('does not make a store of a directory that is none', async () => {
  await close(store);
  await expect(checkStore(join(target.directory, 'lock'))).rejects.toThrow(NoStoreError);
  await expect(checkStore(join(target.directory, 'nothing'))).rejects.toThrow(/does not exist/);
});
