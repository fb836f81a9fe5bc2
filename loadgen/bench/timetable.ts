/**
 * When each message is due, and in which conversation: fixed before the run, whatever the server does (open model).
 *
 * Method: keyed draws. Gaps are exponential (many independent people), so message n has the same instant, conversation and direction in
 * every run with the same seed, rate and number of conversations. Instants are whole microseconds from the run's start.
 */
import { mix } from '../../sim/random.ts';

const gapKey = 0x67617021;
const laneKey = 0x6c616e65;

export class Timetable {
  /** Number of the next message, from 0. */
  next = 0;
  /** When it is due. */
  dueUs: number;
  private readonly seed: number;
  private readonly gapUs: number;
  private readonly lanes: number;
  /** Not rounded, so that rounding does not change the rate. */
  private exactUs = 0;

  /** @param lanes (conversation, direction) pairs to choose from. */
  constructor(seed: number, ratePerSecond: number, lanes: number) {
    this.seed = seed;
    this.gapUs = 1_000_000 / ratePerSecond;
    this.lanes = lanes;
    this.dueUs = 0;
    this.plan();
  }

  /** Lane of the next message. */
  lane(): number {
    return (mix(mix(this.seed ^ laneKey, this.next), 1) >>> 0) % this.lanes;
  }

  advance(): void {
    this.next++;
    this.plan();
  }

  private plan(): void {
    const draw = ((mix(mix(this.seed ^ gapKey, this.next), 2) >>> 0) + 0.5) / 2 ** 32;
    this.exactUs -= Math.log(draw) * this.gapUs;
    this.dueUs = Math.round(this.exactUs);
  }
}
