/**
 * The cache's place in Redis: chunks of a page by one MGET, each with a time to live.
 *
 * Method: a read has a deadline; failed and late ones open the circuit, which leaves a sick Redis alone. Writes and removals wait for nobody and
 * go only while it is well. What is under way is bounded: more is left out.
 */
import type { Cache } from '../cache-port.ts';
import { Circuit } from '../circuit.ts';
import { type CacheLimits, cacheLimits } from '../limits.ts';
import type { RedisClient } from './redis-client.ts';

export interface RedisCacheOptions {
  readonly client: RedisClient;
  readonly limits?: CacheLimits;
  /** Told of failures, for the log. */
  readonly report?: (what: string) => void;
}

/** For metrics. */
export class RedisCounts {
  reads = 0;
  writes = 0;
  removals = 0;
  /** Commands that failed. */
  errors = 0;
  /** Reads not answered in time. */
  timeouts = 0;
  /** Commands left out: the circuit is open, or too many are under way. */
  leftOut = 0;
}

type Read = (values: readonly (Uint8Array | null)[]) => void;

const nothing: readonly null[] = [];

export class RedisCache implements Cache {
  readonly counts = new RedisCounts();
  readonly circuit: Circuit;
  private readonly client: RedisClient;
  private readonly limits: CacheLimits;
  private readonly report: (what: string) => void;
  private underWay = 0;

  constructor({ client, limits = cacheLimits, report = () => {} }: RedisCacheOptions) {
    this.client = client;
    this.limits = limits;
    this.report = report;
    this.circuit = new Circuit(limits);
    // Without a listener ioredis prints by itself. It connects again by itself, too.
    client.on('error', (error: Error) => report(`connection: ${textOf(error)}`));
  }

  read(keys: readonly string[], done: Read): void {
    if (keys.length === 0 || !this.begins(this.hasRoom && this.circuit.mayAsk(performance.now()))) {
      queueMicrotask(() => done(nothing));
      return;
    }
    this.counts.reads += 1;
    let isOver = false;
    const end = (values: readonly (Uint8Array | null)[], isGood: boolean): void => {
      if (isOver) return;
      isOver = true;
      clearTimeout(timer);
      if (isGood) this.circuit.succeeded();
      else this.circuit.failed(performance.now());
      done(values);
    };
    const late = (): void => {
      if (isOver) return;
      this.counts.timeouts += 1;
      this.report(`no answer within ${this.limits.redisReadMs} ms`);
      end(nothing, false);
    };
    // Behind the sockets of this turn: after a stall of ours the answer may lie there, and Redis is not to blame.
    const timer = setTimeout(() => setImmediate(late), this.limits.redisReadMs);
    this.client.mgetBuffer(...keys).then(
      (values) => {
        this.underWay -= 1;
        end(values.map(bytesOf), true);
      },
      (error: unknown) => {
        this.failed('read', error);
        end(nothing, false);
      },
    );
  }

  write(key: string, value: Uint8Array): void {
    if (!this.begins(this.hasRoom && this.circuit.isWell)) return;
    this.counts.writes += 1;
    // A copy: the value is a view of what is written next.
    this.settle('write', this.client.set(key, Buffer.from(value), 'PX', this.limits.redisTtlMs));
  }

  remove(keys: readonly string[]): void {
    if (!this.begins(this.hasRoom && this.circuit.isWell)) return;
    this.counts.removals += 1;
    this.settle('removal', this.client.unlink(...keys));
  }

  close(): void {
    this.client.disconnect();
  }

  private get hasRoom(): boolean {
    return this.underWay < this.limits.redisUnderWayMax;
  }

  /** Is a command sent now? Then it counts as under way. */
  private begins(mayAsk: boolean): boolean {
    if (mayAsk) this.underWay += 1;
    else this.counts.leftOut += 1;
    return mayAsk;
  }

  private settle(what: string, command: Promise<unknown>): void {
    command.then(
      () => {
        this.underWay -= 1;
      },
      (error: unknown) => this.failed(what, error),
    );
  }

  private failed(what: string, error: unknown): void {
    this.underWay -= 1;
    this.counts.errors += 1;
    this.report(`${what}: ${textOf(error)}`);
  }
}

/** Plain bytes; what is no value of bytes is none. */
function bytesOf(value: Buffer | null): Uint8Array | null {
  return Buffer.isBuffer(value) ? new Uint8Array(value.buffer, value.byteOffset, value.length) : null;
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
