/**
 * An operation on a row's region, until it is answered: attempts, waits, and one deadline for all of it.
 *
 * A retry follows the error's next step. An attempt with an unknown outcome is repeated only if the operation is idempotent (its cells have
 * explicit timestamps, or it only reads); else it ends the operation. What is thrown at the end says `unknown` if any attempt was.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { backOffMs } from './back-off.ts';
import type { Connections } from './connections.ts';
import { HBaseError } from './errors.ts';
import type { Answer, Call } from './frames.ts';
import type { HBaseLimits } from './limits.ts';
import type { Locator, OpenLocation } from './locator.ts';

export interface RegionOperation<Result> {
  readonly table: string;
  readonly row: Uint8Array;
  /** The region of the greatest key below `row`, for scans that go backward. */
  readonly before?: boolean;
  readonly call: (location: OpenLocation) => Call;
  readonly read: (answer: Answer, location: OpenLocation) => Result;
  readonly idempotent: boolean;
}

export class Caller {
  readonly locator: Locator;
  readonly connections: Connections;
  readonly limits: HBaseLimits;
  private readonly random: () => number;

  constructor(locator: Locator, connections: Connections, limits: HBaseLimits, random: () => number) {
    this.locator = locator;
    this.connections = connections;
    this.limits = limits;
    this.random = random;
  }

  /** @throws HBaseError */
  onRegion<Result>(operation: RegionOperation<Result>): Promise<Result> {
    return this.retry(operation.idempotent, async (leftMs) => {
      const location = await this.locator.locate(operation.table, operation.row, operation.before);
      try {
        const timeoutMs = Math.min(leftMs, this.limits.callMsMax);
        const answer = await this.connections.call(location.server, 'ClientService', operation.call(location), timeoutMs);
        return operation.read(answer, location);
      } catch (error) {
        if (error instanceof HBaseError && error.nextStep !== 'final' && error.nextStep !== 'backOff') this.locator.fail(location, error);
        throw error;
      }
    });
  }

  /** Runs `attempt` until it succeeds, fails for good, or the time is over. */
  async retry<Result>(
    idempotent: boolean,
    attempt: (leftMs: number) => Promise<Result>,
    msMax: number = this.limits.operationMsMax,
  ): Promise<Result> {
    const endMs = performance.now() + msMax;
    let applied: 'no' | 'unknown' = 'no';
    for (let made = 1; ; made += 1) {
      try {
        return await attempt(Math.max(1, endMs - performance.now()));
      } catch (error) {
        if (!(error instanceof HBaseError)) throw error;
        if (error.applied === 'unknown') applied = 'unknown';
        // The first attempt elsewhere comes at once: the region may just have moved.
        const waitMs = made === 1 && error.nextStep !== 'backOff' ? 0 : backOffMs(made, error.overloaded, this.random(), this.limits);
        const isOver = performance.now() + waitMs >= endMs;
        if (error.nextStep === 'final' || isOver || (applied === 'unknown' && !idempotent)) throw withApplied(error, applied);
        if (waitMs > 0) await delay(waitMs);
      }
    }
  }
}

function withApplied(error: HBaseError, applied: 'no' | 'unknown'): HBaseError {
  if (error.applied === applied) return error;
  const { nextStep, javaClass, overloaded, movedTo } = error;
  return new HBaseError(error.message, { nextStep, applied, javaClass, overloaded, movedTo });
}
