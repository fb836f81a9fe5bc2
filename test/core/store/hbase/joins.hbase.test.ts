// Goal: batches of several slots of a region go to a real HBase in one call, and each gets its own answer whatever becomes of that call.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { HBaseClient } from '../../../../core/hbase/index.ts';
import { HBaseStore } from '../../../../core/store/hbase/hbase-store.ts';
import { initTables, tableName } from '../../../../core/store/hbase/tables.ts';
import { Table } from '../../../../core/store/port.ts';
import { onHBase } from '../../../_util/on-hbase.ts';
import { batchOf, bytesOf, close, fenceKeyOf, keyIn, valueAt, write } from '../harness.ts';

onHBase('joined batches on a real HBase', ({ masters }) => {
  const prefix = `joins${process.pid}`;
  const client = new HBaseClient({ masters });
  let store: HBaseStore;

  beforeAll(async () => {
    await initTables(client, { prefix, regions: 1, compression: 'NONE' });
  }, 60_000);
  afterAll(async () => {
    await Promise.all(Object.values(Table).map((table) => client.admin.deleteTable(tableName(prefix, table))));
    client.close();
  }, 60_000);
  afterEach(() => close(store));

  /** Slots of a partition with fences (1, 0); the store knows their region and their fences. */
  async function claimed(partition: number, slots: number): Promise<void> {
    store = new HBaseStore({ client: { masters }, prefix });
    for (let slot = 0; slot < slots; slot += 1) {
      expect(await write(store, batchOf({ partition, slot, expected: null, fence: bytesOf(1, 0) }))).toEqual({ kind: 'ok' });
    }
  }

  function next(partition: number, slot: number, from = 0) {
    const changes = [{ key: keyIn(partition, slot, 16, 1), value: bytesOf(slot, 7) }];
    return write(store, batchOf({ partition, slot, expected: bytesOf(1, from), fence: bytesOf(1, from + 1), changes }));
  }

  describe('of one region', () => {
    it('go in one call, and each row is there', async () => {
      await claimed(1, 10);
      const before = store.stats().calls;
      const outcomes = await Promise.all(Array.from({ length: 10 }, (_, slot) => next(1, slot)));
      expect(outcomes).toEqual(Array(10).fill({ kind: 'ok' }));
      expect(store.stats().calls - before).toBe(1);
      for (let slot = 0; slot < 10; slot += 1) {
        expect(await valueAt(store, Table.users, keyIn(1, slot, 16, 1))).toEqual(bytesOf(slot, 7));
        expect(await valueAt(store, Table.users, fenceKeyOf(1, slot))).toEqual(bytesOf(1, 1));
      }
    });

    it('one that was fenced off is refused; its companions are not', async () => {
      await claimed(2, 5);
      const other = new HBaseStore({ client: { masters }, prefix });
      await write(other, batchOf({ partition: 2, slot: 3, expected: bytesOf(1, 0), fence: bytesOf(9, 9) }));
      await close(other);
      const outcomes = await Promise.all(Array.from({ length: 5 }, (_, slot) => next(2, slot)));
      expect(outcomes.map(({ kind }) => kind)).toEqual(['ok', 'ok', 'ok', 'conditionFalse', 'ok']);
      expect(store.stats().refusedTogether).toBe(1);
      expect(await valueAt(store, Table.users, keyIn(2, 3, 16, 1))).toBeNull();
    });
  });

  it('a region that splits between slots of a call: all are applied, by each in its new region', async () => {
    await claimed(3, 6);
    const users = tableName(prefix, Table.users);
    const [region] = await client.admin.regions(users);
    await client.admin.split(region, fenceKeyOf(3, 3).slice(0, 3));
    // The store still believes that it is one region.
    const outcomes = await Promise.all(Array.from({ length: 6 }, (_, slot) => next(3, slot)));
    expect(outcomes.map(({ kind }) => kind)).toEqual(Array(6).fill('ok'));
    expect(store.stats().refusedTogether).toBe(1);
    const before = store.stats().calls;
    expect(await Promise.all(Array.from({ length: 6 }, (_, slot) => next(3, slot, 1)))).toEqual(Array(6).fill({ kind: 'ok' }));
    expect(store.stats().calls - before).toBe(2);
  }, 60_000);
});
