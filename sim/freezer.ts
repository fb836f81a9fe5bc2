/**
 * A process that stands still (garbage collection, a moved virtual machine, a closed laptop): what comes to it waits and is done in its order
 * when it goes on.
 */
export class Freezer {
  frozen = false;
  #held: (() => void)[] = [];

  hold(action: () => void): void {
    this.#held.push(action);
  }

  /** At once, or when it goes on. */
  whenAwake(action: () => void): void {
    if (this.frozen) this.hold(action);
    else action();
  }

  thaw(): void {
    if (!this.frozen) return;
    this.frozen = false;
    const held = this.#held;
    this.#held = [];
    for (const action of held) action();
  }

  /** The process died. */
  reset(): void {
    this.frozen = false;
    this.#held = [];
  }
}
