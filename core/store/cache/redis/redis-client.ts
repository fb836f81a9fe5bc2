/** A connection to one Redis, to the master of sentinels, or to a cluster, by ioredis; it comes back by itself and queues nothing meanwhile. */
import { Cluster, Redis } from 'ioredis';
import type { RedisAddress } from './redis-address.ts';

export type RedisClient = Redis | Cluster;

const connectMs = 2_000;
/** Nothing came for so long though something was asked: the connection is dead. */
const silentMs = 10_000;
const retryMsMin = 100;
const retryMsMax = 2_000;

export function openRedisClient(address: RedisAddress): RedisClient {
  const { kind, hosts, tls, username, password, db, name } = address;
  const common = {
    connectTimeout: connectMs,
    socketTimeout: silentMs,
    // What cannot be sent now is answered by the store at once.
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    // Version 2 of the protocol is spoken by every Redis and every proxy.
    protocol: 2 as const,
    // No further commands at connect that an access list may forbid.
    disableClientInfo: true,
    connectionName: 'parley',
    ...(username === '' ? {} : { username }),
    ...(password === '' ? {} : { password }),
    ...(tls ? { tls: {} } : {}),
  };
  const single = { ...common, db, enableOfflineQueue: false, retryStrategy };
  switch (kind) {
    case 'single':
      return new Redis({ ...single, host: hosts[0].host, port: hosts[0].port });
    case 'sentinel':
      return new Redis({
        ...single,
        sentinels: [...hosts],
        name,
        enableTLSForSentinelMode: tls,
        sentinelRetryStrategy: retryStrategy,
        // A master that became a replica says so; then the sentinels are asked again.
        reconnectOnError: (error) => error.message.startsWith('READONLY'),
      });
    case 'cluster':
      return new Cluster([...hosts], {
        redisOptions: common,
        enableOfflineQueue: false,
        clusterRetryStrategy: retryStrategy,
        slotsRefreshTimeout: connectMs,
        slotsRefreshInterval: 10_000,
      });
    default: {
      const never: never = kind;
      throw new Error(`kind ${String(never)}`);
    }
  }
}

function retryStrategy(times: number): number {
  return Math.min(retryMsMin * 2 ** Math.min(times, 10), retryMsMax) * (0.5 + Math.random() / 2);
}
