/** What one machine's effects ask of another: done when the step that asked is over, in the order of asking. */
export class AfterStep {
  #actions: (() => void)[] = [];
  #running = false;

  add(action: () => void): void {
    this.#actions.push(action);
  }

  run(): void {
    if (this.#running) return;
    this.#running = true;
    for (let action = this.#actions.shift(); action !== undefined; action = this.#actions.shift()) action();
    this.#running = false;
  }

  /** The process died. */
  reset(): void {
    this.#actions = [];
  }
}
