/**
 * How far this node's clock is off the coordinator's, with certainty (DESIGN 6, "Clock guard").
 *
 * Method: when the coordinator's row changes between two reads, it was written between the first's issue and the second's answer (its clock
 * was read a little before). That gives an interval for the difference; the newest few are intersected. Only a difference that is beyond
 * the limit for sure counts.
 */

const samplesKept = 8;

export class ClockGuard {
  private readonly slackMs: number;
  private readonly lows: number[] = [];
  private readonly highs: number[] = [];

  /** @param slackMs longest time between the coordinator's look at its clock and the write's effect. */
  constructor(slackMs: number) {
    this.slackMs = slackMs;
  }

  /** The row holding `wallMs` was not there at `beforeMs` of our clock, and was at `seenMs`. */
  sample(wallMs: number, beforeMs: number, seenMs: number): void {
    if (this.lows.length === samplesKept) {
      this.lows.shift();
      this.highs.shift();
    }
    this.lows.push(beforeMs - this.slackMs - wallMs);
    this.highs.push(seenMs - wallMs);
  }

  /** Nothing is known of another coordinator's clock. */
  reset(): void {
    this.lows.length = 0;
    this.highs.length = 0;
  }

  /** Least distance, in ms, that the samples allow; 0: the clocks may agree. */
  offMs(): number {
    if (this.lows.length === 0) return 0;
    let low = Math.max(...this.lows);
    let high = Math.min(...this.highs);
    if (low > high) {
      // A clock was changed meanwhile: the newest sample counts.
      low = this.lows[this.lows.length - 1];
      high = this.highs[this.highs.length - 1];
    }
    return Math.max(0, low, -high);
  }
}
