/** Whether a Redis is fit to be Parley's cache, and what to do where it is not: for `parley doctor`. Nothing is written. */
import { Cluster, type Redis } from 'ioredis';
import type { Check } from '../../doctor-check.ts';
import { cacheLimits } from '../limits.ts';
import { describeRedis, type RedisAddress } from './redis-address.ts';
import { openRedisClient, type RedisClient } from './redis-client.ts';

/** UNLINK came with it. */
const versionMajorMin = 4;
const pings = 9;
/** A tenth of a read's deadline. */
const pingMsMax = cacheLimits.redisReadMs / 10;

/** Checks in the order in which one stands on the other; after a failure the rest is left out. */
export async function checkRedis(address: RedisAddress, patienceMs: number): Promise<Check[]> {
  const client = openRedisClient(address);
  let lastError = '';
  client.on('error', (error: Error) => {
    lastError = error.message;
  });
  try {
    if (!(await isReady(client, patienceMs))) {
      const why = lastError === '' ? `no answer within ${patienceMs / 1000} s` : lastError;
      const advice = `${describeRedis(address)}: ${why}. Is Redis up, are address and password right? A node runs without it, slower`;
      return [{ check: 'redis', state: 'failed', advice }];
    }
    const checks: Check[] = [];
    for (const node of client instanceof Cluster ? client.nodes('master') : [client]) checks.push(...(await checkNode(node, address)));
    return checks;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return [{ check: 'redis', state: 'failed', advice: `${describeRedis(address)}: ${why}` }];
  } finally {
    client.disconnect();
  }
}

function isReady(client: RedisClient, patienceMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    if (client.status === 'ready') resolve(true);
    const timer = setTimeout(() => resolve(false), patienceMs);
    client.once('ready', () => {
      clearTimeout(timer);
      resolve(true);
    });
  });
}

async function checkNode(node: Redis, address: RedisAddress): Promise<Check[]> {
  const info = fieldsOf(await node.info());
  const where = `${node.options.host ?? ''}:${node.options.port ?? ''}`;
  return [checkVersion(info, where, address), checkKind(info, address), await checkTime(node), checkMemory(info)];
}

function fieldsOf(info: string): ReadonlyMap<string, string> {
  const lines = info.split(/\r?\n/).filter((line) => line.includes(':'));
  return new Map(lines.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)]));
}

function checkVersion(info: ReadonlyMap<string, string>, where: string, { kind }: RedisAddress): Check {
  const version = info.get('redis_version') ?? 'of an unknown version';
  const isOld = Number(version.split('.')[0]) < versionMajorMin;
  const seen = kind === 'single' ? `Redis ${version}` : `Redis ${version} at ${where}`;
  if (isOld) return { check: 'redis version', state: 'failed', advice: `${seen}: ${versionMajorMin} or later is needed` };
  return { check: 'redis version', state: 'ok', advice: seen };
}

function checkKind(info: ReadonlyMap<string, string>, { kind }: RedisAddress): Check {
  const check = 'redis kind';
  const mode = info.get('redis_mode') ?? 'standalone';
  if (mode === 'sentinel') return { check, state: 'failed', advice: 'this is a sentinel: write redis+sentinel://host:port,host:port/name' };
  if (mode === 'cluster' && kind !== 'cluster')
    return { check, state: 'failed', advice: 'this is a node of a cluster: give two or more of its nodes, redis://a,redis://b' };
  if (info.get('role') === 'slave')
    return { check, state: 'failed', advice: 'this is a replica, which takes no writes: give its master, or its sentinels' };
  return { check, state: 'ok', advice: kind };
}

async function checkTime(node: Redis): Promise<Check> {
  const times: number[] = [];
  for (let count = 0; count < pings; count += 1) {
    const begun = performance.now();
    await node.ping();
    times.push(performance.now() - begun);
  }
  const median = times.sort((left, right) => left - right)[Math.floor(pings / 2)];
  const seen = `answers in ${median.toFixed(2)} ms (median of ${pings})`;
  if (median <= pingMsMax) return { check: 'redis time', state: 'ok', advice: seen };
  const advice = `${seen}: a cache belongs into the same data center; reads wait ${cacheLimits.redisReadMs} ms at most`;
  return { check: 'redis time', state: 'warning', advice };
}

function checkMemory(info: ReadonlyMap<string, string>): Check {
  const check = 'redis memory';
  const max = Number(info.get('maxmemory') ?? 0);
  const policy = info.get('maxmemory_policy') ?? 'noeviction';
  const how = 'set maxmemory and maxmemory-policy allkeys-lru (or volatile-lru)';
  if (max === 0) return { check, state: 'warning', advice: `no maxmemory: it grows until the machine is full; ${how}` };
  if (policy === 'noeviction')
    return { check, state: 'warning', advice: `maxmemory-policy noeviction: once full it refuses writes; ${how}` };
  return { check, state: 'ok', advice: `${Math.round(max / 2 ** 20)} MiB, ${policy}; persistence is not needed` };
}
