/**
 * A timing wheel: one coming instant an item, for many items, without a timer or an allocation each.
 *
 * Method: the items of a bucket are a doubly linked list through the items themselves. An instant is rounded up to the grain, so
 * an item is never visited early; one beyond the horizon is visited at the horizon and put in again by its visitor. Whoever
 * is put off often (idle time, at each frame) is not moved: its visitor looks at the true deadline and puts it in again.
 */

export interface WheelItem<Item> {
  wheelNext: Item | null;
  wheelPrevious: Item | null;
  /** Bucket it hangs in; -1: none. */
  wheelBucket: number;
}

export class DeadlineWheel<Item extends WheelItem<Item>> {
  private readonly grainMs: number;
  private readonly heads: (Item | null)[];
  private readonly visit: (item: Item) => void;
  /** Every bucket up to this absolute number was visited. */
  private cursor = 0;
  private count = 0;
  /** Never later than the first filled bucket; Infinity when nothing hangs. */
  private wakeMs = Number.POSITIVE_INFINITY;

  /** @param visit called by `advance` for each item that is due, after it was taken out. */
  constructor(grainMs: number, buckets: number, visit: (item: Item) => void) {
    this.grainMs = grainMs;
    this.heads = new Array<Item | null>(buckets).fill(null);
    this.visit = visit;
  }

  /** Puts the item in, or moves it. */
  schedule(item: Item, atMs: number, nowMs: number): void {
    this.remove(item);
    if (this.count === 0) this.cursor = Math.floor(nowMs / this.grainMs);
    const wanted = Math.ceil(atMs / this.grainMs);
    const number = Math.min(Math.max(wanted, this.cursor + 1), this.cursor + this.heads.length - 1);
    const bucket = number % this.heads.length;
    const head = this.heads[bucket];
    item.wheelBucket = bucket;
    item.wheelNext = head;
    if (head !== null) head.wheelPrevious = item;
    this.heads[bucket] = item;
    this.count++;
    this.wakeMs = Math.min(this.wakeMs, number * this.grainMs);
  }

  remove(item: Item): void {
    if (item.wheelBucket < 0) return;
    const { wheelNext: next, wheelPrevious: previous } = item;
    if (previous !== null) previous.wheelNext = next;
    else this.heads[item.wheelBucket] = next;
    if (next !== null) next.wheelPrevious = previous;
    item.wheelNext = null;
    item.wheelPrevious = null;
    item.wheelBucket = -1;
    this.count--;
    if (this.count === 0) this.wakeMs = Number.POSITIVE_INFINITY;
  }

  /** Visits everything due at `nowMs`. */
  advance(nowMs: number): void {
    if (nowMs < this.wakeMs) return;
    const last = Math.floor(nowMs / this.grainMs);
    const first = Math.max(this.cursor + 1, last - this.heads.length + 1);
    for (let number = first; number <= last; number++) {
      this.cursor = number;
      const bucket = number % this.heads.length;
      // What a visitor puts in lies in a later bucket, so this ends.
      for (let item = this.heads[bucket]; item !== null; item = this.heads[bucket]) {
        this.remove(item);
        this.visit(item);
      }
    }
    this.wakeMs = this.firstFilledMs();
  }

  nextWakeMs(): number {
    return this.wakeMs;
  }

  private firstFilledMs(): number {
    if (this.count === 0) return Number.POSITIVE_INFINITY;
    const { heads, cursor, grainMs } = this;
    // Small whole numbers only: the rest of a number of 33 bits takes the way of doubles, ten times as slow, at each of many steps.
    const last = heads.length - 1;
    let bucket = (cursor + 1) % heads.length;
    let ahead = 1;
    while (heads[bucket] === null) {
      bucket = bucket === last ? 0 : bucket + 1;
      ahead++;
    }
    return (cursor + ahead) * grainMs;
  }
}
