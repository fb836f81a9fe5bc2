// Goal: the cache on real Redis servers, alone, in a cluster and under a sentinel, and what becomes of reads when they are killed, stopped,
// emptied or filled with lies. Method: one conversation over the memory store behind it; every page is compared with what was written.
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { sealWith } from '../../../../core/host/redis.ts';
import { CachingStore } from '../../../../core/store/cache/caching-store.ts';
import { cacheLimits } from '../../../../core/store/cache/limits.ts';
import { readRedisAddress } from '../../../../core/store/cache/redis/redis-address.ts';
import { RedisCache } from '../../../../core/store/cache/redis/redis-cache.ts';
import { openRedisClient } from '../../../../core/store/cache/redis/redis-client.ts';
import { createMemoryStore } from '../../../../core/store/memory-adapter.ts';
import { RedisServer, requireRedis, startCluster, startWatched } from '../../../_util/redis-servers.ts';
import { close } from '../harness.ts';
import { CountingStore } from './counting-store.ts';
import { LogWorld } from './log-world.ts';

const seal = sealWith(Uint8Array.of(1, 2, 3));
const msMax = 20_000;
let program = '';
let ends: (() => Promise<void>)[] = [];

beforeEach((context) => {
  program = requireRedis(context);
});
afterEach(async () => {
  for (const end of ends.reverse()) await end();
  ends = [];
});

interface Setting {
  readonly behind: CountingStore;
  readonly redis: RedisCache;
  readonly store: CachingStore;
  readonly world: LogWorld;
}

function connect(url: string): Setting {
  const behind = new CountingStore(createMemoryStore());
  const redis = new RedisCache({ client: openRedisClient(readRedisAddress(url)) });
  const store = new CachingStore({ store: behind, cache: redis, seal, space: 'test', nowMs: () => Date.now() });
  ends.push(() => close(store));
  return { behind, redis, store, world: new LogWorld(store) };
}

async function alone(): Promise<Setting & { readonly server: RedisServer }> {
  const server = await RedisServer.start(program);
  ends.push(() => server.end());
  return { ...connect(server.url), server };
}

/** Reads until the cache answers. */
async function untilHit({ store, world }: Setting): Promise<void> {
  const { hits } = store.counts;
  const end = performance.now() + msMax;
  while (store.counts.hits === hits) {
    if (performance.now() > end) throw new Error('the cache does not answer');
    await world.page();
    await delay(10);
  }
}

/** A page's texts must be exactly what was written. */
async function expectTruth({ world }: Setting): Promise<void> {
  expect(await world.texts({ limit: 200, newer: true })).toEqual(Array.from({ length: world.head }, (_, index) => `${index + 1} message`));
}

it('misses, then hits, for other readers as well', async () => {
  const setting = await alone();
  const { world, behind } = setting;
  await world.append(60);
  await untilHit(setting);
  const { scans } = behind;
  await expectTruth(setting);
  const other = new LogWorld(setting.store, world);
  expect(await other.texts({ first: 11, last: 20 })).toHaveLength(10);
  expect(behind.scans - scans).toBeLessThanOrEqual(1);
});

it('keys lie in their partition and end by themselves', async () => {
  const setting = await alone();
  await setting.world.append(3);
  await untilHit(setting);
  await setting.server.using(async (client) => {
    const keys = await client.keys('*');
    expect(keys).toEqual(['parley:test:{p1}:7-9:0']);
    const ms = await client.pttl(keys[0]);
    expect(ms).toBeGreaterThan(cacheLimits.redisTtlMs - 60_000);
    expect(ms).toBeLessThanOrEqual(cacheLimits.redisTtlMs);
  });
});

it('an edit takes the old text out of Redis', async () => {
  const setting = await alone();
  const { world, server } = setting;
  await world.append(3, 'secret');
  await untilHit(setting);
  await world.edit(2, 'harmless');
  await server.when(async (client) => (await client.keys('*')).length === 0);
  expect(await world.texts()).toEqual(['4 edit of 2', '3 secret', '2 harmless', '1 secret']);
});

it('reads go on when Redis is killed, and are fast again when it is back', async () => {
  const setting = await alone();
  await setting.world.append(50);
  await untilHit(setting);
  await setting.server.kill();
  for (let count = 0; count < 200; count += 1) await expectTruth(setting);
  expect(setting.redis.circuit.isWell).toBe(false);
  await setting.server.start();
  await untilHit(setting);
  await expectTruth(setting);
});

it('was never there: reads are those of the store', async () => {
  const server = await RedisServer.start(program);
  await server.end();
  const setting = connect(server.url);
  await setting.world.append(50);
  for (let count = 0; count < 50; count += 1) await expectTruth(setting);
  expect(setting.behind.scans).toBe(50);
});

it('a Redis that stands still costs few reads their time, then none', async () => {
  const setting = await alone();
  await setting.world.append(50);
  await untilHit(setting);
  setting.server.pause();
  ends.push(async () => setting.server.goOn());
  const slow: number[] = [];
  for (let count = 0; count < 100; count += 1) {
    const begun = performance.now();
    await expectTruth(setting);
    if (performance.now() - begun >= cacheLimits.redisReadMs) slow.push(count);
  }
  expect(slow.length).toBeGreaterThanOrEqual(cacheLimits.redisFailuresMax);
  expect(slow.length).toBeLessThanOrEqual(cacheLimits.redisFailuresMax + 3);
  expect(setting.redis.counts.timeouts).toBeGreaterThan(0);
  setting.server.goOn();
  await untilHit(setting);
  await expectTruth(setting);
});

it('emptied again and again under reads', async () => {
  const setting = await alone();
  await setting.world.append(50);
  // Reads before the connection stands count as errors.
  await untilHit(setting);
  const { errors } = setting.redis.counts;
  await setting.server.using(async (client) => {
    for (let count = 0; count < 100; count += 1) {
      await Promise.all([client.flushall(), expectTruth(setting), expectTruth(setting)]);
      await setting.world.append(1);
    }
  });
  expect(setting.redis.counts.errors).toBe(errors);
});

it('lies of a second connection are misses', async () => {
  const setting = await alone();
  const { world, server, store } = setting;
  await world.append(40, 'old');
  await untilHit(setting);
  await server.using(async (client) => {
    const key = 'parley:test:{p1}:7-9:0';
    const stale = await client.getBuffer(key);
    if (stale === null) throw new Error('no value');
    await world.edit(5, 'new');
    const newest = await world.texts();
    const foreign = sealWith(Uint8Array.of(9))(key, stale.subarray(0, -16));
    const values: (string | Buffer)[] = [stale, 'garbage', '', stale.subarray(0, 100), Buffer.concat([stale.subarray(0, -16), foreign])];
    for (const value of values) {
      await client.set(key, value);
      expect(await world.texts()).toEqual(newest);
    }
    // A key of another kind: its reads fail.
    await client.del(key);
    await client.lpush(key, 'x');
    for (let count = 0; count < 10; count += 1) expect(await world.texts()).toEqual(newest);
  });
  expect(store.counts.false).toBeGreaterThanOrEqual(3);
  expect(store.counts.old).toBeGreaterThanOrEqual(1);
});

it('a full Redis that refuses writes is a miss', async () => {
  const setting = await alone();
  await setting.server.using(async (client) => {
    await client.config('SET', 'maxmemory-policy', 'noeviction');
    await client.config('SET', 'maxmemory', '1');
  });
  await setting.world.append(10);
  for (let count = 0; count < 5; count += 1) await expectTruth(setting);
  expect(setting.redis.counts.errors).toBeGreaterThan(0);
});

it('a cluster of three: each partition in one node, and reads go on without one of them', async () => {
  const servers = await startCluster(program);
  for (const server of servers) ends.push(() => server.end());
  const setting = connect(servers.map(({ url }) => url).join(','));
  await setting.world.append(100);
  await setting.world.page({ limit: 100 });
  await untilHit(setting);
  await expectTruth(setting);
  const keys = await Promise.all(servers.map((server) => server.using((client) => client.keys('*'))));
  expect(keys.map((list) => list.length).sort()).toEqual([0, 0, 2]);
  const holder = servers[keys.findIndex((list) => list.length > 0)];
  await holder.kill();
  for (let count = 0; count < 20; count += 1) await expectTruth(setting);
  await holder.start();
  await untilHit(setting);
  await expectTruth(setting);
});

it('a sentinel: its master dies, another takes over', async () => {
  const { master, replica, sentinel } = await startWatched(program, 'cache');
  for (const server of [master, replica, sentinel]) ends.push(() => server.end());
  const setting = connect(`redis+sentinel://127.0.0.1:${sentinel.port}/cache`);
  await setting.world.append(50);
  await untilHit(setting);
  await master.kill();
  await expectTruth(setting);
  await untilHit(setting);
  await expectTruth(setting);
  expect(await replica.using((client) => client.info('replication'))).toContain('role:master');
});
