/**
 * What the node shows at /metrics (Prometheus text): process and event loop by prom-client's defaults, and everything the machines count.
 *
 * Method: the machines count in plain numbers; they are read when someone looks, never on the way of a message.
 */
import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { EngineLoop } from './engine-loop.ts';

export interface MetricsAnswer {
  readonly type: string;
  readonly text: string;
}

export function createMetrics(loop: EngineLoop, connectionsMax: number, storeStats: (() => object) | null): () => Promise<MetricsAnswer> {
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

function numberOf(source: object, name: string): number {
  const value = (source as Readonly<Record<string, unknown>>)[name];
  return typeof value === 'number' && Number.isFinite(value) ? value : 0;
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
