/**
 * The rate of sends of each user on this edge, over all sessions and HTTP requests of theirs.
 *
 * Method: a bucket is made at the first send and given back when it is full again: a user who is silent costs nothing, and one
 * who reconnects (each HTTP request does) finds the old bucket.
 */
import type { Limits } from '../../protocol/limits.ts';
import { DeadlineWheel } from './deadline-wheel.ts';
import { Rate } from './rate.ts';

export interface UserBucket {
  readonly user: number;
  fullAtMs: number;
  wheelNext: UserBucket | null;
  wheelPrevious: UserBucket | null;
  wheelBucket: number;
}

/** How exact buckets are given back. */
const grainMs = 1_000;
const bucketCount = 64;

export class UserBuckets {
  private readonly rate: Rate;
  private readonly buckets = new Map<number, UserBucket>();
  private readonly wheel: DeadlineWheel<UserBucket>;
  private nowMs = 0;

  constructor(limits: Limits) {
    this.rate = new Rate(limits.userSendsPerSecond, limits.userSendsBurst);
    this.wheel = new DeadlineWheel(grainMs, bucketCount, (bucket) => this.due(bucket));
  }

  get size(): number {
    return this.buckets.size;
  }

  /** Takes one send of `user`; 0: taken, else how long to wait. `known`: the bucket of an earlier take. */
  take(bucket: UserBucket, nowMs: number): number {
    const next = this.rate.take(bucket.fullAtMs, nowMs);
    if (next < 0) return this.rate.waitMs(bucket.fullAtMs, nowMs);
    bucket.fullAtMs = next;
    // Given back while a session still held it: it counts for all sessions again.
    if (bucket.wheelBucket < 0) this.wheel.schedule(bucket, next, nowMs);
    return 0;
  }

  /** The bucket of `user`. `known`: what the session holds; it may have been given back, and another one made, meanwhile. */
  of(user: number, known: UserBucket | null): UserBucket {
    if (known !== null && known.wheelBucket >= 0) return known;
    const found = this.buckets.get(user);
    if (found !== undefined) return found;
    const bucket = known ?? { user, fullAtMs: 0, wheelNext: null, wheelPrevious: null, wheelBucket: -1 };
    this.buckets.set(user, bucket);
    return bucket;
  }

  advance(nowMs: number): void {
    this.nowMs = nowMs;
    this.wheel.advance(nowMs);
  }

  nextWakeMs(): number {
    return this.wheel.nextWakeMs();
  }

  private due(bucket: UserBucket): void {
    if (bucket.fullAtMs <= this.nowMs) this.buckets.delete(bucket.user);
    else this.wheel.schedule(bucket, bucket.fullAtMs, this.nowMs);
  }
}
