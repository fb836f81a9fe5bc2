/**
 * redis-server for the rig and for tests: its configuration, and a free port.
 *
 * It forks nothing and keeps nothing: no snapshots, no log of commands; it is a cache. Its command line stays as it was, so that the rig knows
 * its process again.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';

export const howToGetRedis = 'apt-get install --no-install-recommends redis-server';
/** Room enough for tests; what does not fit is evicted. */
const memoryMax = '64mb';

export interface RedisSettings {
  /** Its own; made anew. */
  readonly directory: string;
  readonly port: number;
  /** Further lines of the configuration. */
  readonly lines?: readonly string[];
}

/** Writes the configuration and returns its path: the one argument of redis-server. */
export function writeRedisConfiguration({ directory, port, lines = [] }: RedisSettings): string {
  mkdirSync(directory, { recursive: true });
  const file = join(directory, 'redis.conf');
  const all = ['bind 127.0.0.1', `port ${port}`, `dir ${directory}`, 'daemonize no', 'set-proc-title no', ...lines];
  writeFileSync(file, `${all.join('\n')}\n`);
  return file;
}

/** Of a server of data; a sentinel has none. */
export const cacheLines: readonly string[] = ['save ""', 'appendonly no', `maxmemory ${memoryMax}`, 'maxmemory-policy allkeys-lru'];

/** A port that nobody listens on now. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
