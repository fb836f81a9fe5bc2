/**
 * States that stand as objects, and when they rest: of 200,000 conversations in memory few are used at any time. What is clean and was not used
 * for a while is packed into bytes, where the garbage collector does not look, and unpacked at its next use.
 *
 * Method: beyond `most` objects a clock hand lets rest what may and was not used since it last came by. It moves at the end of a step
 * only: within a step nobody's object is taken away.
 */

export interface MayRest {
  /** Used since the hand last came by. */
  used: boolean;
  /** It was forgotten: the place is free. */
  readonly dropped: boolean;
  /** Clean, and nobody else holds it. */
  readonly mayRest: boolean;
}

/** Looks of the hand a step, so that a burst is packed bit by bit. */
const looksMax = 256;

export class InUse<State extends MayRest> {
  private readonly most: number;
  private readonly states: State[] = [];
  private readonly rest: (state: State) => boolean;
  private hand = 0;

  /** @param rest packs a state and forgets the object; false: it has to stay */
  constructor(most: number, rest: (state: State) => boolean) {
    this.most = most;
    this.rest = rest;
  }

  add(state: State): void {
    this.states.push(state);
  }

  /** End of a step. */
  trim(): void {
    const { states } = this;
    const looks = Math.min(looksMax, 2 * states.length);
    for (let look = 0; look < looks && states.length > this.most; look++) {
      if (this.hand >= states.length) this.hand = 0;
      const state = states[this.hand];
      if (state.dropped || (!state.used && state.mayRest && this.rest(state))) {
        this.remove();
      } else {
        state.used = false;
        this.hand += 1;
      }
    }
  }

  /** The last one takes the place at the hand. */
  private remove(): void {
    const last = this.states.pop();
    if (last !== undefined && this.hand < this.states.length) this.states[this.hand] = last;
  }
}
