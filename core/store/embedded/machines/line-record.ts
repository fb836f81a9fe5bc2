/**
 * A record in line: the rows of all batches that will leave in one journal write, and who waits for them.
 *
 * Method: the rows are copied once, from the callers' batches into the record's buffer, which then goes to the disk, the
 * overlay and the index worker as it is.
 */
import { equalRanges } from '../../../model/byte-order.ts';
import type { WriteOutcome } from '../../port.ts';
import { paddedBytes, recordHeaderBytes } from './layout.ts';
import type { BufferPool } from './ports.ts';

export type WriteDone = (outcome: WriteOutcome) => void;

export class LineRecord {
  lsn = 0;
  buffer: Uint8Array;
  length = recordHeaderBytes;
  /** Told before the answers, once the disk has the record. */
  onDurable: (() => void) | null = null;
  /** One entry a batch, or a repeated one that shares its bytes. */
  readonly #owner: (number | string)[] = [];
  readonly #from: number[] = [];
  readonly #to: number[] = [];
  readonly #done: (WriteDone | null)[] = [];
  readonly #buffers: BufferPool;

  constructor(buffers: BufferPool, bytesMin: number) {
    this.#buffers = buffers;
    this.buffer = buffers.take(paddedBytes(bytesMin));
  }

  get batches(): number {
    return this.#owner.length;
  }

  /** Appends a batch of `owner` (the unit's number, or a cluster row's key). */
  append(owner: number | string, ops: Uint8Array, done: WriteDone | null): void {
    this.#reserve(ops.length);
    this.buffer.set(ops, this.length);
    this.#enter(owner, this.length, this.length + ops.length, done);
    this.length += ops.length;
  }

  /** Takes bytes `[from, to)` of `source` as the rows: recovery's copy of the last record. */
  appendRaw(source: Uint8Array, from: number, to: number): void {
    this.#reserve(to - from);
    this.buffer.set(source.subarray(from, to), this.length);
    this.length += to - from;
  }

  /** Lets `done` wait for the same bytes of the same owner; false when they are not here. */
  attach(owner: number | string, ops: Uint8Array, done: WriteDone): boolean {
    for (let index = 0; index < this.#owner.length; index += 1) {
      const from = this.#from[index];
      if (this.#owner[index] !== owner || this.#to[index] - from !== ops.length) continue;
      if (!equalRanges(this.buffer, from, ops, 0, ops.length)) continue;
      if (this.#done[index] === null) this.#done[index] = done;
      else this.#enter(owner, from, from + ops.length, done);
      return true;
    }
    return false;
  }

  /** Answers everyone who waits, each once. */
  answer(outcome: WriteOutcome): void {
    for (let index = 0; index < this.#done.length; index += 1) {
      const done = this.#done[index];
      this.#done[index] = null;
      done?.(outcome);
    }
  }

  #enter(owner: number | string, from: number, to: number, done: WriteDone | null): void {
    this.#owner.push(owner);
    this.#from.push(from);
    this.#to.push(to);
    this.#done.push(done);
  }

  #reserve(bytes: number): void {
    const needed = paddedBytes(this.length + bytes);
    if (needed <= this.buffer.length) return;
    const buffer = this.#buffers.take(Math.max(needed, this.buffer.length * 2));
    buffer.set(this.buffer.subarray(0, this.length));
    this.#buffers.give(this.buffer);
    this.buffer = buffer;
  }
}
