/**
 * Token buckets in one number each: the instant at which the bucket is full again ("full at").
 *
 * Method: generic cell rate algorithm. Each take moves the instant by the cost of one; what lies further ahead of now than
 * the burst is over the rate.
 */

export class Rate {
  private readonly costMs: number;
  private readonly burstMs: number;

  constructor(perSecond: number, burst: number) {
    this.costMs = 1000 / perSecond;
    this.burstMs = burst * this.costMs;
  }

  /** Takes one: the new "full at", or -1 when the bucket is empty. */
  take(fullAtMs: number, nowMs: number): number {
    const next = Math.max(fullAtMs, nowMs) + this.costMs;
    return next - nowMs > this.burstMs ? -1 : next;
  }

  /** How long until one can be taken, in whole ms. */
  waitMs(fullAtMs: number, nowMs: number): number {
    return Math.max(1, Math.ceil(Math.max(fullAtMs, nowMs) + this.costMs - this.burstMs - nowMs));
  }
}
