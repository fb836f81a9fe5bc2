// Goal: whatever the cache gives, answers are the store's; and a good cache saves the store its reads.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sealWith } from '../../../../core/host/redis.ts';
import { CachingStore } from '../../../../core/store/cache/caching-store.ts';
import { createMemoryStore } from '../../../../core/store/memory-adapter.ts';
import { Table } from '../../../../core/store/port.ts';
import { batchOf, bytesOf, get, keyIn, scan, write } from '../harness.ts';
import { CountingStore } from './counting-store.ts';
import { LogWorld } from './log-world.ts';
import { type Lie, MapCache } from './map-cache.ts';

const seal = sealWith(bytesOf(1, 2, 3));

function build(): { store: CachingStore; behind: CountingStore; cache: MapCache; clock: { nowMs: number } } {
  const behind = new CountingStore(createMemoryStore());
  const cache = new MapCache();
  const clock = { nowMs: 0 };
  const store = new CachingStore({ store: behind, cache, seal, space: 'test', nowMs: () => clock.nowMs });
  return { store, behind, cache, clock };
}

/** The same page from the store behind the cache. */
function truth(world: LogWorld, behind: CountingStore, options: Parameters<LogWorld['request']>[0]): Promise<unknown> {
  const { log: _, ...request } = world.request(options);
  return scan(behind, request);
}

describe('the cache before a store', () => {
  it('answers a page that was read before, in both directions and in other cuts, as the store would', async () => {
    const { store, behind } = build();
    const world = new LogWorld(store);
    await world.append(200);
    await world.page({ limit: 200 });
    for (const options of [
      {},
      { newer: true },
      { first: 60, last: 70 },
      { first: 64, last: 130, newer: true, limit: 3 },
      { bytesMax: 100 },
    ]) {
      expect(await world.page(options)).toEqual(await truth(world, behind, options));
    }
    expect(behind.scans).toBe(1 + 5);
    expect(store.counts.hits).toBe(5);
  });

  it('goes on with what it has when events are appended, and takes the new ones in', async () => {
    const { store, behind } = build();
    const world = new LogWorld(store);
    await world.append(40);
    await world.page();
    await world.append(2);
    expect(await world.texts({ first: 30, last: 40 })).toHaveLength(11);
    expect(behind.scans).toBe(1);
    expect((await world.texts({ first: 41, newer: true })).length).toBe(2);
    expect(behind.scans).toBe(2);
    expect(await world.texts({ limit: 42 })).toHaveLength(42);
    expect(behind.scans).toBe(2);
  });

  it('never shows what an edit replaced, and takes it out of the cache', async () => {
    const { store, cache } = build();
    const world = new LogWorld(store);
    await world.append(10, 'secret');
    await world.page();
    const before = new Map(cache.values);
    await world.edit(4, 'harmless');
    expect(cache.values.size).toBe(0);
    // A late write of who read before puts the old values back.
    for (const [key, value] of before) cache.values.set(key, value);
    expect(await world.texts()).toContain('4 harmless');
    expect(store.counts.old).toBe(1);
  });

  it('trusts what an owner before wrote as far as the head says', async () => {
    const { store, behind, cache } = build();
    const world = new LogWorld(store);
    await world.append(10);
    await world.page();
    // Its successor edits, and its own cache does not get through to the shared one.
    const other = new CachingStore({ store: behind, cache: new MapCache(), seal, space: 'test', nowMs: () => 0 });
    const successor = new LogWorld(other, world);
    await successor.edit(3, 'changed');
    await successor.append(1);
    const third = new LogWorld(store, successor);
    expect(await third.texts()).toContain('3 changed');
    expect(cache.values.size).toBe(1);
    expect(behind.scans).toBe(2);
    expect(await third.texts()).toContain('3 changed');
    expect(behind.scans).toBe(2);
  });

  it('does not believe values of a head beyond the log: they are of another history', async () => {
    const { store, cache } = build();
    const world = new LogWorld(store);
    await world.append(10, 'of the lost history');
    await world.page();
    const restored = new CachingStore({ store: createMemoryStore(), cache, seal, space: 'test', nowMs: () => 0 });
    const again = new LogWorld(restored);
    await again.append(5, 'of the backup');
    expect(await again.texts({ limit: 1 })).toEqual(['5 of the backup']);
  });

  const lies: Readonly<Record<string, Lie>> = {
    nothing: () => null,
    garbage: () => bytesOf(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20),
    'no bytes': () => bytesOf(),
    'a flipped bit': (key, cache) => cache.values.get(key)?.map((byte, at) => (at === 9 ? byte ^ 1 : byte)) ?? null,
    'half a value': (key, cache) => cache.values.get(key)?.slice(0, 60) ?? null,
    'the first value ever': (key, cache) => cache.history.get(key)?.[0] ?? null,
    "another key's value": (key, cache) => [...cache.values].find(([other]) => other !== key)?.[1] ?? null,
    'a value sealed by another': (key, cache) => {
      const value = cache.values.get(key);
      if (value === undefined) return null;
      const body = value.slice(0, -16).map((byte) => (byte === 0x6d ? 0x4d : byte));
      return Uint8Array.of(...body, ...sealWith(bytesOf(9))(key, body));
    },
  };
  for (const [name, lie] of Object.entries(lies)) {
    it(`answers as the store would when it is given ${name}`, async () => {
      const { store, behind, cache } = build();
      const world = new LogWorld(store);
      await world.append(70);
      await world.page({ limit: 70 });
      await world.edit(5, 'changed');
      await world.page({ limit: 71 });
      cache.lie = lie;
      for (const options of [{}, { newer: true }, { first: 3, last: 8 }]) {
        expect(await world.page(options)).toEqual(await truth(world, behind, options));
      }
    });
  }

  it('answers as the store would for any history, any reads and any lies', async () => {
    const step = fc.oneof(
      { weight: 2, arbitrary: fc.record({ kind: fc.constant('append' as const), count: fc.integer({ min: 1, max: 90 }) }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('edit' as const), target: fc.nat() }) },
      {
        weight: 4,
        arbitrary: fc.record({
          kind: fc.constant('read' as const),
          from: fc.nat(),
          to: fc.nat(),
          limit: fc.integer({ min: 1, max: 100 }),
          newer: fc.boolean(),
          bytesMax: fc.integer({ min: 1, max: 3_000 }),
          lie: fc.constantFrom(null, null, ...Object.values(lies)),
        }),
      },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        const { store, behind, cache } = build();
        const world = new LogWorld(store);
        for (const at of steps) {
          if (at.kind === 'append') await world.append(at.count);
          else if (world.head === 0) continue;
          else if (at.kind === 'edit') await world.edit(1 + (at.target % world.head), `edited at ${world.head}`);
          else {
            const ends = [1 + (at.from % world.head), 1 + (at.to % world.head)];
            const options = { ...at, first: Math.min(...ends), last: Math.max(...ends) };
            cache.lie = at.lie;
            expect(await world.page(options)).toEqual(await truth(world, behind, options));
            cache.lie = null;
          }
        }
      }),
      { numRuns: 200 },
    );
  });
});

describe('equal reads at once', () => {
  it('are one read of the store', async () => {
    const { store, behind } = build();
    const world = new LogWorld(store);
    await world.append(10);
    behind.holds = true;
    const pages = Promise.all(Array.from({ length: 50 }, () => world.texts()));
    await new Promise((resolve) => setImmediate(resolve));
    behind.release();
    expect(new Set((await pages).map((texts) => texts.join()))).toHaveProperty('size', 1);
    expect(behind.scans).toBe(1);
    expect(store.counts.joined).toBe(49);
  });

  it('are two when an edit came in between', async () => {
    const { store, behind } = build();
    const world = new LogWorld(store);
    await world.append(10);
    behind.holds = true;
    const before = world.texts({ last: 10 });
    await new Promise((resolve) => setImmediate(resolve));
    // The first read finds the state of now, however late its answer comes.
    await world.edit(4, 'changed');
    const after = world.texts({ last: 10 });
    await new Promise((resolve) => setImmediate(resolve));
    behind.release();
    expect(await after).toContain('4 changed');
    expect(await before).toHaveLength(10);
    expect([behind.scans, store.counts.joined]).toEqual([2, 0]);
  });
});

describe('what is not there', () => {
  const name = keyIn(1, 2, 0x10, 1, 2, 3);

  it('is remembered until it is written here, the slot is claimed, or time is over', async () => {
    const { store, behind, clock } = build();
    const ask = (): Promise<unknown> => get(store, Table.names, name);
    await ask();
    await ask();
    expect(behind.gets).toBe(1);
    await write(store, batchOf({ table: Table.names, expected: null, fence: bytesOf(1) }));
    await ask();
    expect(behind.gets).toBe(2);
    clock.nowMs += 60_001;
    await ask();
    expect(behind.gets).toBe(3);
    await write(
      store,
      batchOf({ table: Table.names, expected: bytesOf(1), fence: bytesOf(2), changes: [{ key: name, value: bytesOf(7) }] }),
    );
    expect(await ask()).toEqual({ kind: 'ok', value: bytesOf(7) });
    expect(await ask()).toEqual({ kind: 'ok', value: bytesOf(7) });
    expect(behind.gets).toBe(5);
  });

  it('is not remembered from a read that a write overtook', async () => {
    const { store, behind } = build();
    await write(store, batchOf({ table: Table.names, expected: null, fence: bytesOf(1) }));
    behind.holds = true;
    const early = get(store, Table.names, name);
    behind.release();
    const written = write(
      store,
      batchOf({ table: Table.names, expected: bytesOf(1), fence: bytesOf(2), changes: [{ key: name, value: bytesOf(7) }] }),
    );
    await early;
    await written;
    behind.holds = false;
    expect(await get(store, Table.names, name)).toEqual({ kind: 'ok', value: bytesOf(7) });
  });

  it('is asked for once by many at once', async () => {
    const { store, behind } = build();
    behind.holds = true;
    const asked = Promise.all(Array.from({ length: 20 }, () => get(store, Table.names, name)));
    behind.release();
    await asked;
    expect(behind.gets).toBe(1);
  });

  it('is remembered of accounts and names alone', async () => {
    const { store, behind } = build();
    for (const key of [keyIn(1, 2, 0x11, 1), keyIn(1, 2, 0), keyIn(1, 2, 0x20, 1)]) {
      await get(store, Table.users, key);
      await get(store, Table.users, key);
    }
    expect(behind.gets).toBe(6);
  });
});
