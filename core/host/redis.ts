/** A cache in Redis before a node's store: made from the configuration. Redis need not be there, now or later. */
import { createHmac } from 'node:crypto';
import { type Seal, sealBytes } from '../store/cache/cache-port.ts';
import { CachingStore } from '../store/cache/caching-store.ts';
import { type RedisAddress, readRedisAddress } from '../store/cache/redis/redis-address.ts';
import { RedisCache } from '../store/cache/redis/redis-cache.ts';
import { openRedisClient } from '../store/cache/redis/redis-client.ts';
import type { Store } from '../store/port.ts';
import type { Config } from './config.ts';
import { ConfigError } from './errors.ts';
import type { Log } from './log.ts';
import { readOrCreateCacheSecret, readOrCreateStoreId } from './store-identity.ts';
import { withoutRepeats } from './without-repeats.ts';

export interface CacheBefore {
  readonly store: CachingStore;
  readonly redis: RedisCache;
}

/** @throws ConfigError that says how the configuration should be */
export function redisAddress({ redis }: Config): RedisAddress {
  try {
    return readRedisAddress(redis);
  } catch (error) {
    if (error instanceof TypeError) throw new ConfigError(`PARLEY_REDIS: ${error.message}`);
    throw error;
  }
}

/** @throws StartError when the configuration is wrong, or the store cannot give its secret */
export async function openCache(store: Store, config: Config, log: Log): Promise<CacheBefore> {
  const address = redisAddress(config);
  const { high, low } = await readOrCreateStoreId(store);
  const seal = sealWith(await readOrCreateCacheSecret(store));
  const redis = new RedisCache({
    client: openRedisClient(address),
    report: withoutRepeats((what, repeated) => log.warn(repeated === 0 ? { cache: 'redis' } : { cache: 'redis', repeated }, what)),
  });
  const space = hex(high) + hex(low);
  return { redis, store: new CachingStore({ store, cache: redis, seal, space, nowMs: () => Date.now() }) };
}

/** The key is sealed with the value: one that was put under another key is as good as made up. */
export function sealWith(secret: Uint8Array): Seal {
  return (key, body) => createHmac('sha256', secret).update(key).update('\n').update(body).digest().subarray(0, sealBytes);
}

function hex(word: number): string {
  return word.toString(16).padStart(8, '0');
}
