/**
 * The machines' clock: ms since 1970 that never go back and never leap, whatever is done to the system's clock.
 *
 * Method: time goes on with the monotonic clock; a difference to the system's clock is taken back slowly, by at most a twentieth of the time
 * that passed. So intervals stay true to 5 % while somebody sets the clock (a leap would end leases, graces and warm-ups early, a standstill
 * would stop every timer). Only a difference above a minute is taken at once, forward: a machine that slept.
 */

/** What passes of each ms may be longer or shorter by this part. */
const slewPart = 20;
const leapMs = 60_000;

export class SteadyClock {
  #nowMs = 0;
  #monotonicMs = 0;
  #begun = false;

  /** `monotonicMs` from any start and `systemMs` since 1970, both read now. */
  read(monotonicMs: number, systemMs: number): number {
    if (!this.#begun) {
      this.#begun = true;
      this.#nowMs = systemMs;
      this.#monotonicMs = monotonicMs;
      return Math.floor(systemMs);
    }
    const passedMs = Math.max(0, monotonicMs - this.#monotonicMs);
    this.#monotonicMs = monotonicMs;
    const errorMs = systemMs - (this.#nowMs + passedMs);
    const slewMs = passedMs / slewPart;
    if (errorMs > leapMs) this.#nowMs = systemMs;
    else this.#nowMs += passedMs + Math.max(-slewMs, Math.min(slewMs, errorMs));
    return Math.floor(this.#nowMs);
  }
}
