/** States of conversations by their two ids, where there are few. */
import { PairIndex } from '../../model/pair-index.ts';

interface Pair {
  readonly a: number;
  readonly b: number;
}

export class PairMap<State extends Pair> {
  private readonly index = new PairIndex();
  private readonly states: State[] = [];

  get(a: number, b: number): State | undefined {
    const number = this.index.find(a, b);
    return number < 0 ? undefined : this.states[number];
  }

  /** Takes the place of one with the same ids. */
  set(state: State): void {
    const known = this.index.find(state.a, state.b);
    this.states[known < 0 ? this.index.add(state.a, state.b) : known] = state;
  }

  delete(state: State): void {
    const number = this.index.find(state.a, state.b);
    if (number >= 0) this.index.delete(number);
  }

  all(): State[] {
    return this.index.numbers().map((number) => this.states[number]);
  }
}
