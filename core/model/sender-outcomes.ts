/**
 * The last outcomes of one sender, in a ring by clientSeq: what a duplicate is answered from (DESIGN 4).
 *
 * Method: flat numbers in an array that grows to the window: a busy node holds hundreds of thousands of senders, most of which sent little. (A
 * typed array of the whole window took three times as much, and each one costs the garbage collector a visit.)
 */
import type { FrameReader } from '../protocol/reader.ts';
import type { FrameWriter } from '../protocol/writer.ts';

/** Numbers a kept outcome takes in `SenderOutcomes.kept`: sendId high, low, body hash, code, seq. */
const outcomeNumbers = 5;
const noOutcomes: number[] = [];

export class SenderOutcomes {
  /** Last clientSeq used; 0: none. */
  last = 0;
  readonly window: number;
  private kept = noOutcomes;

  constructor(window: number) {
    this.window = window;
  }

  /** Notes the outcome of `last + 1` and makes it the last. `code` 0: accepted at `seq`. */
  push(sendIdHigh: number, sendIdLow: number, bodyHash: number, code: number, seq: number): void {
    this.last += 1;
    const at = this.placeOf(this.last);
    if (at >= this.kept.length) this.grow(at);
    const { kept } = this;
    kept[at] = sendIdHigh;
    kept[at + 1] = sendIdLow;
    kept[at + 2] = bodyHash;
    kept[at + 3] = code;
    kept[at + 4] = seq;
  }

  /** Is `clientSeq` one of the kept? */
  keeps(clientSeq: number): boolean {
    return clientSeq >= 1 && clientSeq <= this.last && clientSeq > this.last - this.window;
  }

  same(clientSeq: number, sendIdHigh: number, sendIdLow: number, bodyHash: number): boolean {
    const at = this.placeOf(clientSeq);
    const { kept } = this;
    return kept[at] === sendIdHigh && kept[at + 1] === sendIdLow && kept[at + 2] === bodyHash;
  }

  code(clientSeq: number): number {
    return this.kept[this.placeOf(clientSeq) + 3];
  }

  seq(clientSeq: number): number {
    return this.kept[this.placeOf(clientSeq) + 4];
  }

  write(w: FrameWriter): void {
    const { kept, last, window } = this;
    w.varint(last);
    const count = Math.min(last, window);
    w.u8(count);
    for (let clientSeq = last - count + 1; clientSeq <= last; clientSeq++) {
      const at = this.placeOf(clientSeq);
      w.u64(kept[at], kept[at + 1]);
      w.u32(kept[at + 2]);
      w.u8(kept[at + 3]);
      w.varint(kept[at + 4]);
    }
  }

  /** What `write` wrote, into outcomes that are new; those of a longer window keep the newest. */
  read(r: FrameReader): void {
    const last = r.varint();
    const kept = r.u8();
    this.last = last - kept;
    for (let index = 0; index < kept && r.failure === ''; index++) {
      r.u64();
      const { high, low } = r;
      this.push(high, low, r.u32(), r.u8(), r.varint());
    }
  }

  private placeOf(clientSeq: number): number {
    return ((clientSeq - 1) % this.window) * outcomeNumbers;
  }

  /** Room for the outcome at `at`: as few as were used, doubled. */
  private grow(at: number): void {
    const count = Math.min(this.window, Math.max(at / outcomeNumbers + 1, (2 * this.kept.length) / outcomeNumbers));
    const grown = new Array<number>(count * outcomeNumbers).fill(0);
    for (let index = 0; index < this.kept.length; index++) grown[index] = this.kept[index];
    this.kept = grown;
  }
}
