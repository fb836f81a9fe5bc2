/**
 * What the node shows at /metrics (Prometheus text): process and event loop by prom-client's defaults, and everything the machines count.
 *
 * Method: the machines count in plain numbers; they are read when someone looks, never on the way of a message.
 */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { EngineLoop } from './engine-loop.ts';
import type { CacheBefore } from './redis.ts';

/** Ages of what the cache answers with: a chunk lives for an hour after it was last written. */
const ageSecondsBuckets = [1, 10, 60, 300, 900, 1_800, 3_600, 7_200];

export interface MetricsAnswer {
  readonly type: string;
  readonly text: string;
}

export interface MetricsOptions {
  readonly connectionsMax: number;
  readonly storeStats: (() => object) | null;
  readonly cache: CacheBefore | null;
  /** Sends that found the store down and wait. */
  readonly failedRequests: (() => number) | null;
}

export function createMetrics(loop: EngineLoop, options: MetricsOptions): () => Promise<MetricsAnswer> {
  const { connectionsMax, storeStats, cache, failedRequests } = options;
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: 'parley_' });
  gauge(registry, 'parley_connections', 'open connections', () => loop.connectionCount);
  gauge(registry, 'parley_connections_max', 'most connections this process takes', () => connectionsMax);
  gauge(registry, 'parley_poll_sequences', 'long-poll sequences', () => loop.polls.size);
  gauge(registry, 'parley_stopping', '1 while the node drains', () => (loop.stopping ? 1 : 0));
  counters(registry, 'parley_gateway', 'doors', () => ({
    messages_sent: loop.connections.messagesSent,
    bytes_sent: loop.connections.bytesSent,
    turns: loop.turns,
  }));
  counters(registry, 'parley_edge', 'edge machine', () => loop.edge.counters);
  counters(registry, 'parley_owner', 'owner machine', () => loop.owner.counters);
  if (storeStats !== null) storeGauges(registry, storeStats);
  if (cache !== null) cacheMetrics(registry, cache);
  if (failedRequests !== null) gauge(registry, 'parley_failed_requests', 'sends that found the store down and wait', failedRequests);
  return async () => ({ type: registry.contentType, text: await registry.metrics() });
}

function gauge(registry: Registry, name: string, help: string, read: () => number): void {
  new Gauge({
    name,
    help,
    registers: [registry],
    collect() {
      this.set(read());
    },
  });
}

/** A counter for each number of an object whose members are known at the start. */
function counters(registry: Registry, prefix: string, of: string, read: () => object): void {
  for (const name of Object.keys(read())) {
    new Counter({
      name: `${prefix}_${snakeCase(name)}_total`,
      help: `${of}: ${name}`,
      registers: [registry],
      collect() {
        this.reset();
        this.inc(numberOf(read(), name));
      },
    });
  }
}

function storeGauges(registry: Registry, read: () => object): void {
  for (const [name, value] of Object.entries(read())) {
    if (typeof value === 'number') gauge(registry, `parley_store_${snakeCase(name)}`, `store: ${name}`, () => numberOf(read(), name));
  }
}

function cacheMetrics(registry: Registry, { store, redis }: CacheBefore): void {
  counters(registry, 'parley_cache', 'cache of recent conversations', () => store.counts);
  counters(registry, 'parley_redis', 'commands to Redis', () => redis.counts);
  gauge(registry, 'parley_redis_well', '0 while Redis is left alone because it did not answer', () => (redis.circuit.isWell ? 1 : 0));
  const help = 'time since a chunk of a conversation that answers was read from the store';
  const ages = new Histogram({ name: 'parley_cache_age_seconds', help, buckets: ageSecondsBuckets, registers: [registry] });
  store.observeAgeMs = (ageMs) => ages.observe(ageMs / 1_000);
}

function numberOf(source: object, name: string): number {
  const value = (source as Readonly<Record<string, unknown>>)[name];
  return typeof value === 'number' && Number.isFinite(value) ? value : 0;
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
