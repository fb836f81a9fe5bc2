/** A process's clock: the very one of production, over a system's clock that may be wrong. */
import { SteadyClock } from '../core/model/steady-clock.ts';
import { systemMs } from './clock.ts';
import type { Scheduler } from './scheduler.ts';

const wakeAgainUs = 200;

export class NodeClock {
  readonly #scheduler: Scheduler;
  #steady = new SteadyClock();
  /** How wrong the system's clock is. */
  offMs = 0;

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler;
  }

  /** A new process: it takes the system's time as it is. */
  restart(): void {
    this.#steady = new SteadyClock();
  }

  nowMs(): number {
    return this.#steady.read(this.#scheduler.nowUs / 1000, this.systemMs());
  }

  systemMs(): number {
    return systemMs(this.#scheduler.nowUs) + this.offMs;
  }

  /** The full millisecond at which the clock says `wakeMs`, if it is not put right meanwhile; else the next try is soon. */
  usAt(wakeMs: number): number {
    const { nowUs } = this.#scheduler;
    const planUs = nowUs + (Math.ceil(wakeMs) - this.nowMs()) * 1000 - (nowUs % 1000);
    return planUs > nowUs ? planUs : nowUs + wakeAgainUs;
  }
}
