/**
 * What a run measures: latencies of the messages that were due within the measured window, progress, and the worst pause.
 *
 * Method: a message belongs to the window in which it was *due*; it may arrive later. Throughput counts what was shown within the window. A
 * pause is the longest time without any message shown while the window ran.
 */
import { Histogram } from './histogram.ts';

export class Measures {
  /** When the timetable began: `nowUs` of its instant 0. */
  startedUs = 0;
  /** Of the window; both 0: it is not open yet. */
  windowStartUs = 0;
  windowEndUs = 0;
  readonly acceptedUs = new Histogram();
  readonly shownUs = new Histogram();
  /** How late messages left this process, against the plan. */
  readonly lateUs = new Histogram();
  /** Messages due in the window. */
  plannedCount = 0;
  /** Shown while the window ran, whenever they were due. */
  shownInWindow = 0;
  shownTotal = 0;
  acceptedTotal = 0;
  repeatedEvents = 0;
  /** Longest time without a message shown, in the window. */
  pauseUsMax = 0;
  readonly retryCodes = new Map<string, number>();
  /** Since the last call of `takeSecond`. */
  private readonly secondUs = new Histogram();
  private lastShownUs = 0;

  openWindow(startUs: number, endUs: number): void {
    this.windowStartUs = startUs;
    this.windowEndUs = endUs;
    this.lastShownUs = startUs;
  }

  planned(dueUs: number, nowUs: number): void {
    if (!this.inWindow(dueUs)) return;
    this.plannedCount++;
    this.lateUs.record(nowUs - dueUs);
  }

  accepted(dueUs: number, nowUs: number): void {
    this.acceptedTotal++;
    if (this.inWindow(dueUs)) this.acceptedUs.record(nowUs - dueUs);
  }

  shown(dueUs: number, nowUs: number): void {
    this.shownTotal++;
    this.secondUs.record(nowUs - dueUs);
    if (this.inWindow(dueUs)) this.shownUs.record(nowUs - dueUs);
    if (!this.inWindow(nowUs)) return;
    this.shownInWindow++;
    if (nowUs - this.lastShownUs > this.pauseUsMax) this.pauseUsMax = nowUs - this.lastShownUs;
    this.lastShownUs = nowUs;
  }

  /** What was shown since the last call. */
  takeSecond(): { count: number; p99Us: number; maxUs: number } {
    const { count, max } = this.secondUs;
    const p99Us = this.secondUs.quantile(0.99);
    this.secondUs.reset();
    return { count, p99Us, maxUs: max };
  }

  private inWindow(us: number): boolean {
    return us >= this.windowStartUs && us < this.windowEndUs;
  }
}
