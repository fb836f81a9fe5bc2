// Goal: tests start real Redis servers of their own, alone, as a cluster or under a sentinel, and treat them badly. Method: redis-server as a
// child of the test's process on a free port; the configuration is the rig's. Without the program the test says so (require.ts).
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import type { TestContext } from 'vitest';
import { cacheLines, freePort, howToGetRedis, writeRedisConfiguration } from '../rig/redis.ts';
import { findProgram, requireOrFail } from './require.ts';

const readyMsMax = 10_000;
const pollMs = 20;

/** The path of redis-server, or the test is skipped or fails. */
export function requireRedis(context: Pick<TestContext, 'skip'>): string {
  return findProgram('redis-server') ?? requireOrFail(context, 'redis-server', howToGetRedis);
}

export class RedisServer {
  readonly port: number;
  private readonly program: string;
  private readonly directory = mkdtempSync(join(tmpdir(), 'parley-redis-'));
  private readonly lines: readonly string[];
  private readonly isSentinel: boolean;
  private child: ChildProcess | null = null;
  /** No server outlives the tests. */
  private readonly killNow = (): void => {
    this.child?.kill('SIGKILL');
  };

  private constructor(program: string, port: number, lines: readonly string[], isSentinel: boolean) {
    this.program = program;
    this.port = port;
    this.lines = lines;
    this.isSentinel = isSentinel;
  }

  static async start(program: string, lines: readonly string[] = cacheLines, isSentinel = false): Promise<RedisServer> {
    const server = new RedisServer(program, await freePort(), lines, isSentinel);
    await server.start();
    return server;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** Also again, on the same port. */
  async start(): Promise<void> {
    const file = writeRedisConfiguration({ directory: this.directory, port: this.port, lines: this.lines });
    this.child = spawn(this.program, this.isSentinel ? [file, '--sentinel'] : [file], { stdio: 'ignore' });
    process.once('exit', this.killNow);
    await this.when((client) => client.ping().then((answer) => answer === 'PONG'));
  }

  pause(): void {
    this.child?.kill('SIGSTOP');
  }

  goOn(): void {
    this.child?.kill('SIGCONT');
  }

  async kill(): Promise<void> {
    const { child } = this;
    this.child = null;
    process.off('exit', this.killNow);
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }

  /** Ends it and removes its directory. */
  async end(): Promise<void> {
    await this.kill();
    rmSync(this.directory, { recursive: true, force: true });
  }

  /** A connection of the test's own. */
  async using<T>(work: (client: Redis) => Promise<T>): Promise<T> {
    const client = new Redis({ port: this.port, host: '127.0.0.1', maxRetriesPerRequest: 0, retryStrategy: null });
    client.on('error', () => {});
    try {
      return await work(client);
    } finally {
      client.disconnect();
    }
  }

  /** Waits until it says yes. */
  async when(question: (client: Redis) => Promise<boolean>): Promise<void> {
    const end = performance.now() + readyMsMax;
    while (!(await this.using(question).catch(() => false))) {
      if (performance.now() > end) throw new Error(`the Redis at ${this.port} is not ready after ${readyMsMax / 1_000} s`);
      await delay(pollMs);
    }
  }
}

/** Three masters that share all slots. */
export async function startCluster(program: string): Promise<RedisServer[]> {
  const lines = [...cacheLines, 'cluster-enabled yes', 'cluster-node-timeout 2000', 'cluster-require-full-coverage no'];
  const servers = await Promise.all([0, 1, 2].map(() => RedisServer.start(program, lines)));
  const borders = [0, 5_461, 10_923, 16_384];
  for (const [index, server] of servers.entries()) {
    await server.using((client) => client.cluster('ADDSLOTSRANGE', borders[index], borders[index + 1] - 1));
    await servers[0].using((client) => client.cluster('MEET', '127.0.0.1', server.port));
  }
  for (const server of servers) await server.when(async (client) => (await client.cluster('INFO')).includes('cluster_state:ok'));
  for (const server of servers) await server.when(async (client) => (await client.cluster('INFO')).includes('cluster_known_nodes:3'));
  return servers;
}

export interface Watched {
  readonly master: RedisServer;
  readonly replica: RedisServer;
  readonly sentinel: RedisServer;
}

export async function startWatched(program: string, name: string): Promise<Watched> {
  const master = await RedisServer.start(program);
  const replica = await RedisServer.start(program, [...cacheLines, `replicaof 127.0.0.1 ${master.port}`, 'repl-diskless-sync-delay 0']);
  await replica.when(async (client) => (await client.info('replication')).includes('master_link_status:up'));
  const lines = [`monitor ${name} 127.0.0.1 ${master.port} 1`, `down-after-milliseconds ${name} 500`, `failover-timeout ${name} 3000`];
  const sentinel = await RedisServer.start(
    program,
    lines.map((line) => `sentinel ${line}`),
    true,
  );
  await sentinel.when(async (client) => String(await client.call('SENTINEL', 'replicas', name)).includes(String(replica.port)));
  return { master, replica, sentinel };
}
