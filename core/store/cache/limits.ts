/** Bounds of the cache, in one place; `redis…` are those of the way to Redis. */
export const cacheLimits = {
  /** Events of a log that lie under one key: a page touches few keys, and an edit takes few events with it. */
  chunkEvents: 64,
  /** A longer chunk is not kept. */
  chunkBytesMax: 256 * 1024,
  /** Pages being read for which others may wait; further ones read for themselves. */
  pagesUnderWayMax: 10_000,
  /** Accounts and names remembered as not there, over all slots. */
  absentMax: 20_000,
  absentMs: 60_000,
  /** How long Redis keeps a chunk after it was last written. */
  redisTtlMs: 3_600_000,
  /** A read that takes longer is answered by the store. */
  redisReadMs: 50,
  /** Commands that Redis has not answered; more are left out. */
  redisUnderWayMax: 1_000,
  /** After so many failures in a row Redis is left alone: */
  redisFailuresMax: 5,
  /** …for so long, then twice as long each time, */
  redisRestMs: 500,
  /** …at most so long. */
  redisRestMsMax: 10_000,
};

export type CacheLimits = typeof cacheLimits;
