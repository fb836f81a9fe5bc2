/**
 * A map from conversation (two ids) to its state: open addressing over one array of states, which hold their own key.
 *
 * Method: linear probing, at most two thirds full; deletion shifts the followers back. The built-in Map would need a string or a
 * nested map a conversation; with 200,000 of them loaded that is memory and time on the path of every message.
 */

interface Pair {
  readonly a: number;
  readonly b: number;
}

export class PairMap<State extends Pair> {
  private slots: (State | undefined)[] = new Array(64).fill(undefined);
  private mask = 63;
  size = 0;
  private hand = 0;

  get(a: number, b: number): State | undefined {
    let at = this.home(a, b);
    for (;;) {
      const state = this.slots[at];
      if (state === undefined || (state.a === a && state.b === b)) return state;
      at = (at + 1) & this.mask;
    }
  }

  add(state: State): void {
    if ((this.size + 1) * 3 > this.slots.length * 2) this.grow();
    this.place(state);
    this.size += 1;
  }

  delete(state: State): void {
    let hole = this.home(state.a, state.b);
    while (this.slots[hole] !== state) {
      if (this.slots[hole] === undefined) return;
      hole = (hole + 1) & this.mask;
    }
    this.slots[hole] = undefined;
    this.size -= 1;
    // Followers of the probe chain that would not be found behind the hole move into it.
    for (let at = (hole + 1) & this.mask; this.slots[at] !== undefined; at = (at + 1) & this.mask) {
      const follower = this.slots[at];
      if (follower === undefined) break;
      const home = this.home(follower.a, follower.b);
      if (((at - home) & this.mask) >= ((at - hole) & this.mask)) {
        this.slots[hole] = follower;
        this.slots[at] = undefined;
        hole = at;
      }
    }
  }

  /** The next state of a clock hand that goes round and round; undefined: an empty place. */
  advanceHand(): State | undefined {
    this.hand = (this.hand + 1) & this.mask;
    return this.slots[this.hand];
  }

  get capacity(): number {
    return this.slots.length;
  }

  all(): State[] {
    return this.slots.filter((state) => state !== undefined);
  }

  private home(a: number, b: number): number {
    let hash = Math.imul((a % 0x1_0000_0000) | 0, 0x9e3779b1) ^ Math.imul((a / 0x1_0000_0000) | 0, 0x85ebca6b);
    hash =
      Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d) ^
      Math.imul((b % 0x1_0000_0000) | 0, 0xc2b2ae35) ^
      Math.imul((b / 0x1_0000_0000) | 0, 0x27d4eb2f);
    hash = Math.imul(hash ^ (hash >>> 13), 0x297a2d39);
    return (hash ^ (hash >>> 16)) & this.mask;
  }

  private place(state: State): void {
    let at = this.home(state.a, state.b);
    while (this.slots[at] !== undefined) at = (at + 1) & this.mask;
    this.slots[at] = state;
  }

  private grow(): void {
    const old = this.slots;
    this.slots = new Array(old.length * 2).fill(undefined);
    this.mask = this.slots.length - 1;
    for (const state of old) if (state !== undefined) this.place(state);
  }
}
