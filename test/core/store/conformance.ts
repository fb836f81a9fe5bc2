/** What every store must do, run over each implementation: the port's contract as tests (DESIGN 7, F11, F13). */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ScanRequest, type Store, type StoreWrite, Table } from '../../../core/store/port.ts';
import { StoreUsageError } from '../../../core/store/write-rules.ts';
import { batchOf, bytesOf, close, compareAndSet, fenceKeyOf, get, keyIn, scan, valueAt, write } from './harness.ts';

export interface ConformanceTarget {
  readonly name: string;
  open(): Promise<Store>;
  /** Removes what `open` made. */
  dispose(): Promise<void>;
}

const f0 = bytesOf(1, 0);
const f1 = bytesOf(1, 1);
const f2 = bytesOf(1, 2);

export function conformance(target: ConformanceTarget): void {
  describe(`store conformance: ${target.name}`, () => {
    let store: Store;
    beforeEach(async () => {
      store = await target.open();
    });
    afterEach(async () => {
      await close(store);
      await target.dispose();
    });

    async function page(request: Partial<ScanRequest>): Promise<{ keys: number[][]; more: boolean }> {
      const whole = {
        table: Table.users,
        start: keyIn(1, 2, 16),
        end: keyIn(1, 2, 17),
        limit: 100,
        reverse: false,
        bytesMax: 1e6,
        ...request,
      };
      const result = await scan(store, whole);
      if (result.kind !== 'ok') throw new Error('the store is unavailable');
      return { keys: result.rows.map((row) => [...row.key.subarray(4)]), more: result.more };
    }

    it('claims an unused unit only while its fence does not exist', async () => {
      expect(await write(store, batchOf({ expected: f0, fence: f1 }))).toEqual({ kind: 'conditionFalse' });
      expect(await write(store, batchOf({ expected: null, fence: f0 }))).toEqual({ kind: 'ok' });
      expect(await write(store, batchOf({ expected: null, fence: f1 }))).toEqual({ kind: 'conditionFalse' });
      expect(await valueAt(store, Table.users, fenceKeyOf(1, 2))).toEqual(f0);
    });

    it('chains batches and applies nothing of a refused one', async () => {
      const key = keyIn(1, 2, 16, 1);
      expect(await write(store, batchOf({ expected: null, fence: f0, changes: [{ key, value: bytesOf(7) }] }))).toEqual({ kind: 'ok' });
      expect(await write(store, batchOf({ expected: f0, fence: f1, changes: [{ key, value: bytesOf(8) }] }))).toEqual({ kind: 'ok' });
      expect(await write(store, batchOf({ expected: f0, fence: f2, changes: [{ key, value: bytesOf(9) }] }))).toEqual({
        kind: 'conditionFalse',
      });
      expect(await valueAt(store, Table.users, key)).toEqual(bytesOf(8));
    });

    it('compares the whole fence, not a prefix of it', async () => {
      await write(store, batchOf({ expected: null, fence: bytesOf(1, 0, 5) }));
      expect(await write(store, batchOf({ expected: bytesOf(1, 0), fence: f1 }))).toEqual({ kind: 'conditionFalse' });
      expect(await write(store, batchOf({ expected: bytesOf(1, 0, 5, 0), fence: f1 }))).toEqual({ kind: 'conditionFalse' });
    });

    it('refuses a re-sent batch that was applied, and shows its fence', async () => {
      await write(store, batchOf({ expected: null, fence: f0 }));
      const batch = batchOf({ expected: f0, fence: f1, changes: [{ key: keyIn(1, 2, 16), value: bytesOf(3) }] });
      expect(await write(store, batch)).toEqual({ kind: 'ok' });
      expect(await write(store, batch)).toEqual({ kind: 'conditionFalse' });
      expect(await valueAt(store, Table.users, fenceKeyOf(1, 2))).toEqual(f1);
    });

    it('takes a chain of batches without waiting for answers', async () => {
      const outcomes = await Promise.all([
        write(store, batchOf({ expected: null, fence: f0 })),
        write(store, batchOf({ expected: f0, fence: f1 })),
        write(store, batchOf({ expected: f1, fence: f2 })),
      ]);
      expect(outcomes.map((outcome) => outcome.kind)).toEqual(['ok', 'ok', 'ok']);
      expect(await valueAt(store, Table.users, fenceKeyOf(1, 2))).toEqual(f2);
    });

    it('lets one of two claims at once win', async () => {
      const outcomes = await Promise.all([
        write(store, batchOf({ expected: null, fence: bytesOf(1, 0, 1) })),
        write(store, batchOf({ expected: null, fence: bytesOf(1, 0, 2) })),
      ]);
      expect(outcomes.map((outcome) => outcome.kind)).toEqual(['ok', 'conditionFalse']);
    });

    it('keeps units apart: partitions, slots, tables', async () => {
      const units = [{}, { slot: 3 }, { partition: 2 }, { table: Table.groups }, { partition: 899, slot: 255, table: Table.names }];
      for (const unit of units) expect(await write(store, batchOf({ ...unit, expected: null, fence: f0 }))).toEqual({ kind: 'ok' });
      expect(await write(store, batchOf({ slot: 3, expected: f0, fence: f1 }))).toEqual({ kind: 'ok' });
      expect(await write(store, batchOf({ expected: f0, fence: f2 }))).toEqual({ kind: 'ok' });
      expect(await valueAt(store, Table.groups, fenceKeyOf(1, 2))).toEqual(f0);
    });

    it('refuses what breaks the rules of a batch', () => {
      const done = (): void => {};
      const key = keyIn(1, 2, 16);
      const spec = { expected: null, fence: f0 };
      const twice = [
        { key, value: bytesOf(1) },
        { key, value: null },
      ];
      const many = Array.from({ length: 20 }, (_, index) => ({ key: keyIn(1, 2, 16, index % 19), value: bytesOf(index) }));
      const breaches: StoreWrite[] = [
        batchOf({ ...spec, changes: twice }),
        batchOf({ ...spec, changes: many }),
        batchOf({ ...spec, changes: [{ key: keyIn(1, 3, 16), value: bytesOf(1) }] }),
        batchOf({ ...spec, changes: [{ key: fenceKeyOf(1, 2), value: bytesOf(1) }] }),
        batchOf({ ...spec, fence: new Uint8Array(64) }),
        { ...batchOf(spec), opCount: 2 },
        { ...batchOf(spec), ops: batchOf(spec).ops.subarray(0, 12) },
        { ...batchOf(spec), fenceKey: keyIn(1, 2, 1) },
        { ...batchOf(spec), slot: 3 },
      ];
      for (const breach of breaches) expect(() => store.write(breach, done)).toThrow(StoreUsageError);
    });

    it('deletes, puts again, and deletes what does not exist', async () => {
      const key = keyIn(1, 2, 16, 5);
      await write(store, batchOf({ expected: null, fence: f0, changes: [{ key, value: bytesOf(1) }] }));
      await write(
        store,
        batchOf({
          expected: f0,
          fence: f1,
          changes: [
            { key, value: null },
            { key: keyIn(1, 2, 16, 9), value: null },
          ],
        }),
      );
      expect(await valueAt(store, Table.users, key)).toBeNull();
      expect((await page({})).keys).toEqual([]);
      await write(store, batchOf({ expected: f1, fence: f2, changes: [{ key, value: bytesOf(2) }] }));
      expect(await valueAt(store, Table.users, key)).toEqual(bytesOf(2));
    });

    it('keeps empty values apart from none, and copies what it keeps', async () => {
      const key = keyIn(1, 2, 16, 5);
      const batch = batchOf({ expected: null, fence: f0, changes: [{ key, value: bytesOf() }] });
      const written = write(store, batch);
      batch.ops.fill(255);
      expect(await written).toEqual({ kind: 'ok' });
      expect(await get(store, Table.users, key)).toEqual({ kind: 'ok', value: bytesOf() });
    });

    it('orders keys as unsigned bytes, a prefix first', async () => {
      const tails = [[128], [127], [255, 0], [255], [0], [], [0, 0], [1, 255], [2]];
      const changes = tails.map((tail) => ({ key: keyIn(1, 2, 16, ...tail), value: bytesOf(1) }));
      await write(store, batchOf({ expected: null, fence: f0, changes }));
      const sorted = [[], [0], [0, 0], [1, 255], [2], [127], [128], [255], [255, 0]];
      expect((await page({})).keys).toEqual(sorted);
      expect((await page({ reverse: true })).keys).toEqual([...sorted].reverse());
    });

    it('takes start, leaves out end', async () => {
      const changes = [1, 2, 3, 4].map((tail) => ({ key: keyIn(1, 2, 16, tail), value: bytesOf(tail) }));
      await write(store, batchOf({ expected: null, fence: f0, changes }));
      const bounds = { start: keyIn(1, 2, 16, 2), end: keyIn(1, 2, 16, 4) };
      expect((await page(bounds)).keys).toEqual([[2], [3]]);
      expect((await page({ ...bounds, reverse: true })).keys).toEqual([[3], [2]]);
      expect((await page({ start: keyIn(1, 2, 16, 4), end: keyIn(1, 2, 16, 2) })).keys).toEqual([]);
      expect((await page({ start: keyIn(1, 2, 16, 2), end: keyIn(1, 2, 16, 2) })).keys).toEqual([]);
    });

    it('stops at the limit and says whether there is more', async () => {
      const changes = [1, 2, 3].map((tail) => ({ key: keyIn(1, 2, 16, tail), value: bytesOf(tail) }));
      await write(store, batchOf({ expected: null, fence: f0, changes }));
      expect(await page({ limit: 2 })).toEqual({ keys: [[1], [2]], more: true });
      expect(await page({ limit: 3 })).toEqual({ keys: [[1], [2], [3]], more: false });
      expect(await page({ limit: 1, reverse: true })).toEqual({ keys: [[3]], more: true });
    });

    it('stops after the row that passes bytesMax, giving at least one', async () => {
      const changes = [1, 2, 3].map((tail) => ({ key: keyIn(1, 2, 16, tail), value: new Uint8Array(100) }));
      await write(store, batchOf({ expected: null, fence: f0, changes }));
      expect(await page({ bytesMax: 1 })).toEqual({ keys: [[1]], more: true });
      expect(await page({ bytesMax: 106 })).toEqual({ keys: [[1], [2]], more: true });
      expect(await page({ bytesMax: 400 })).toEqual({ keys: [[1], [2], [3]], more: false });
    });

    it('scans over the border of units', async () => {
      await write(store, batchOf({ expected: null, fence: f0, changes: [{ key: keyIn(1, 2, 16, 1), value: bytesOf(1) }] }));
      await write(store, batchOf({ slot: 3, expected: null, fence: f0, changes: [{ key: keyIn(1, 3, 16, 1), value: bytesOf(1) }] }));
      const result = await scan(store, {
        table: Table.users,
        start: keyIn(1, 2),
        end: keyIn(1, 4),
        limit: 10,
        reverse: false,
        bytesMax: 1e6,
      });
      expect(result.kind === 'ok' && result.rows.map((row) => [...row.key])).toEqual([
        [0, 1, 2, 0],
        [0, 1, 2, 16, 1],
        [0, 1, 3, 0],
        [0, 1, 3, 16, 1],
      ]);
    });

    it('sets cluster rows by comparison', async () => {
      const key = bytesOf(9, 9);
      expect(await compareAndSet(store, key, bytesOf(1), bytesOf(2))).toEqual({ kind: 'conditionFalse' });
      expect(await compareAndSet(store, key, null, bytesOf(1))).toEqual({ kind: 'ok' });
      const outcomes = await Promise.all([
        compareAndSet(store, key, bytesOf(1), bytesOf(2)),
        compareAndSet(store, key, bytesOf(1), bytesOf(3)),
      ]);
      expect(outcomes.map((outcome) => outcome.kind)).toEqual(['ok', 'conditionFalse']);
      expect(await valueAt(store, Table.cluster, key)).toEqual(bytesOf(2));
      const all = await scan(store, { table: Table.cluster, start: bytesOf(), end: bytesOf(255), limit: 9, reverse: false, bytesMax: 1e6 });
      expect(all).toEqual({ kind: 'ok', rows: [{ key, value: bytesOf(2) }], more: false });
    });

    it('answers only after the call returned', async () => {
      let returned = false;
      const early: boolean[] = [];
      const waits = [
        new Promise<void>((resolve) => {
          store.write(batchOf({ expected: null, fence: f0 }), () => {
            early.push(!returned);
            resolve();
          });
        }),
        new Promise<void>((resolve) => {
          store.get(Table.users, keyIn(1, 2, 16), () => {
            early.push(!returned);
            resolve();
          });
        }),
      ];
      returned = true;
      await Promise.all(waits);
      expect(early).toEqual([false, false]);
    });
  });
}
