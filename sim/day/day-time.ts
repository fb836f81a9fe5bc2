/** The time of a day: ticks since it began, and the milliseconds since 1970 that the machines are told. */
import { restMs, rollCallMs, tickUs, windDownMs } from './limits.ts';

/** Midnight at the beginning of 2026, UTC. */
export const dayStartMs = 1_767_225_600_000;
export const ticksPerMs = 1_000 / tickUs;
export const dayMs = 24 * 3600_000;
/** Virtual time of everything: the day, its end, the roll call, rest. */
export const allMs = dayMs + windDownMs + rollCallMs + restMs;

export class DayTime {
  tick = 0;
  nowMs = dayStartMs;

  at(tick: number): void {
    this.tick = tick;
    this.nowMs = dayStartMs + Math.floor(tick / ticksPerMs);
  }

  /** First tick of that millisecond. */
  tickOfMs(ms: number): number {
    return Math.ceil((ms - dayStartMs) * ticksPerMs);
  }

  get msOfDay(): number {
    return this.nowMs - dayStartMs;
  }
}

export function ticksOfUs(us: number): number {
  return Math.ceil(us / tickUs);
}
