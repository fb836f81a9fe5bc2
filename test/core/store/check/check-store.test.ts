/** The store check: a sound store passes; each kind of breach is found and named. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Part, writeConversationPart, writeEventKey, writeWatermarkKey } from '../../../../core/model/keys.ts';
import { writeFence, writeHead, writeWatermark } from '../../../../core/model/values.ts';
import { FrameWriter } from '../../../../core/protocol/writer.ts';
import { checkStore, statStore } from '../../../../core/store/check/check-store.ts';
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

const fence = bytes((w) => writeFence(w, { epoch: 2, claimHigh: 1, claimLow: 2, batch: 1, released: false }));
const head = (lastSeq: number): RowChange => ({
  key: bytes((w) => writeConversationPart(w, 1, 2, 7, 8, Part.head)),
  value: bytes((w) => writeHead(w, { lastSeq, lastMessageNo: lastSeq, lastTimestamp: 5, blockedBy: 0 })),
});
const event = (seq: number, version = 1): RowChange => ({
  key: bytes((w) => writeEventKey(w, 1, 2, 7, 8, seq)),
  value: Uint8Array.of(version),
});
const watermark = (read: number): RowChange => ({
  key: bytes((w) => writeWatermarkKey(w, 1, 2, 7, 8, 7)),
  value: bytes((w) => writeWatermark(w, 1, read)),
});

async function problemsOf(changes: RowChange[]): Promise<readonly string[]> {
  expect(await write(store, batchOf({ expected: null, fence, changes }))).toEqual({ kind: 'ok' });
  await close(store);
  return (await checkStore(target.directory)).problems;
}

it('passes a sound conversation and counts its rows', async () => {
  expect(await problemsOf([head(3), watermark(3), event(3), event(2), event(1)])).toEqual([]);
  const { space } = await statStore(target.directory);
  expect(space['users/event']?.rows).toBe(3);
  expect(space['users/fence']?.rows).toBe(1);
});

it.each<[string, RowChange[], RegExp]>([
  ['a hole', [head(3), event(3), event(1)], /event 1 where 2 must be/],
  ['a head behind its log', [head(2), event(3), event(2), event(1)], /event 3 where 2 must be \(head says 2\)/],
  ['a cut log', [head(3), event(3), event(2)], /events 1 to 1 are missing/],
  ['a watermark above the head', [head(1), watermark(2), event(1)], /watermark 1\/2 above the head's 1/],
  ['an unknown value version', [head(1), event(1, 9)], /value of version 9; this program knows 1/],
  ['no head', [event(1)], /conversation without a head/],
])('finds %s', async (_name, changes, problem) => {
  expect((await problemsOf(changes)).join('\n')).toMatch(problem);
});

it('does not make a store of a directory that is none', async () => {
  await close(store);
  await expect(checkStore(`${target.directory}/lock`)).rejects.toThrow();
});
