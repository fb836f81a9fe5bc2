/** Virtual milliseconds and what is to happen when: a queue of closures, for small worlds such as one disk. */

interface Planned {
  readonly atMs: number;
  readonly order: number;
  readonly run: () => void;
}

export class VirtualTime {
  nowMs = 0;
  #order = 0;
  /** A binary heap by (time, order). */
  #heap: Planned[] = [];

  after(delayMs: number, run: () => void): void {
    this.#order += 1;
    this.#push({ atMs: this.nowMs + Math.max(0, delayMs), order: this.#order, run });
  }

  /** Runs the next plan at or before `untilMs`; false: there is none, and the time is `untilMs`. */
  step(untilMs: number): boolean {
    const next = this.#heap[0];
    if (next === undefined || next.atMs > untilMs) {
      this.nowMs = untilMs;
      return false;
    }
    this.#pop();
    this.nowMs = next.atMs;
    next.run();
    return true;
  }

  /** Forgets every plan: a crash. */
  clear(): void {
    this.#heap = [];
  }

  #push(planned: Planned): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(planned);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!before(planned, heap[parent])) break;
      heap[at] = heap[parent];
      at = parent;
    }
    heap[at] = planned;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let at = 0;
    for (;;) {
      let child = at * 2 + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && before(heap[child + 1], heap[child])) child += 1;
      if (!before(heap[child], last)) break;
      heap[at] = heap[child];
      at = child;
    }
    heap[at] = last;
  }
}

function before(left: Planned, right: Planned): boolean {
  return left.atMs < right.atMs || (left.atMs === right.atMs && left.order < right.order);
}
