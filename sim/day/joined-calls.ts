/**
 * How many store calls a node would make if one were under way at a time and the next took every batch that waits (DESIGN 7, HBase: batches of
 * several slots join in one call). It is only counted: batches go alone.
 */
import { ticksOfUs } from './day-time.ts';
import { writeUsMax, writeUsMin } from './limits.ts';
import type { Work } from './work.ts';

const callTicks = ticksOfUs((writeUsMin + writeUsMax) / 2);

export class JoinedCalls {
  readonly #work: Work;
  /** The call under way ends then; another waits. */
  #ends = 0;
  #waits = false;

  constructor(work: Work) {
    this.#work = work;
  }

  batch(tick: number): void {
    if (this.#waits && tick >= this.#ends) {
      this.#ends += callTicks;
      this.#waits = false;
    }
    if (tick >= this.#ends) {
      this.#ends = tick + callTicks;
      this.#work.joinedCalls += 1;
    } else if (!this.#waits) {
      this.#waits = true;
      this.#work.joinedCalls += 1;
    }
  }
}
