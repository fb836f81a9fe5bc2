/**
 * When slots want the clock: gathers that may wait a little, and calls that are made again.
 *
 * Method: the delay of lazy gathers is one constant, so the order of arrival is that of their due times; retries are few.
 */
import type { Claim } from './claim.ts';
import type { Release } from './release.ts';
import type { SlotState } from './slot-state.ts';

/** Who waits for the outcome of a write, and makes it again. */
export type Target = SlotState | Claim | Release;

export class SlotTimers {
  private lazy: { slot: SlotState; dueAt: number }[] = [];
  private lazyHead = 0;
  private retries: { target: Target; at: number }[] = [];

  /** The slot's gather goes at `slot.dueAt`. */
  addLazy(slot: SlotState): void {
    this.lazy.push({ slot, dueAt: slot.dueAt });
  }

  addRetry(target: Target, at: number): void {
    this.retries.push({ target, at });
  }

  nextWakeMs(): number {
    let wake = this.lazyHead < this.lazy.length ? this.lazy[this.lazyHead].dueAt : Number.POSITIVE_INFINITY;
    for (const retry of this.retries) wake = Math.min(wake, retry.at);
    return wake;
  }

  tick(now: number, flush: (slot: SlotState) => void, again: (target: Target) => void): void {
    while (this.lazyHead < this.lazy.length && this.lazy[this.lazyHead].dueAt <= now) {
      const { slot, dueAt } = this.lazy[this.lazyHead++];
      if (slot.dueAt <= dueAt) flush(slot);
    }
    if (this.lazyHead > 1024 && this.lazyHead * 2 > this.lazy.length) {
      this.lazy = this.lazy.slice(this.lazyHead);
      this.lazyHead = 0;
    }
    if (!this.retries.some((retry) => retry.at <= now)) return;
    const due = this.retries.filter((retry) => retry.at <= now);
    this.retries = this.retries.filter((retry) => retry.at > now);
    for (const { target } of due) again(target);
  }
}
