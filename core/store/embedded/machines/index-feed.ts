/**
 * Carries durable records to the index, in order, and counts how far it lags.
 *
 * Method: a queue of records not yet applied; the index tells how far it came. When applying or syncing fails, nothing more
 * counts as synced until the index was opened anew and has been given everything since the last checkpoint again: from the
 * journal what was applied before, from the queue the rest. Reads go on over the old index until it is closed, and again
 * when the new one has caught up.
 */

import { JournalReader, type SegmentPlace } from './journal-reader.ts';
import type { EmbeddedLimits } from './limits.ts';
import type { Overlay } from './overlay.ts';
import type { MachinePorts } from './ports.ts';

interface QueuedRecord {
  readonly lsn: number;
  readonly buffer: Uint8Array;
  readonly from: number;
  readonly to: number;
}

/** What the feed must know of the journal to read it again. */
export interface FeedSource {
  /** Segments that may hold records above `lsn`, oldest first. */
  segmentsAbove(lsn: number): SegmentPlace[];
  /** Last record known synced in the index, by a checkpoint. */
  syncedLsn(): number;
  readonly word: number;
}

export class IndexFeed {
  readonly #ports: MachinePorts;
  readonly #limits: EmbeddedLimits;
  readonly #overlay: Overlay;
  readonly #source: FeedSource;
  readonly #now: () => number;
  readonly #onApplied: () => void;
  /** Records not yet applied, oldest first, from `#first` on. */
  #queue: QueuedRecord[] = [];
  #first = 0;
  #lagBytes = 0;
  #appliedLsn: number;
  /** Counts failures; what was begun before one does not count after it. */
  #epoch = 0;
  #failed = false;
  #replaying = false;
  #retryAtMs = 0;
  #reopening = false;
  #reopenings = 0;
  /** Reads need the index to have come this far again. */
  #readableLsn = 0;
  /** Buffers lent to the replay, oldest first. */
  #lent: QueuedRecord[] = [];
  #reader: JournalReader | null = null;

  constructor(
    ports: MachinePorts,
    limits: EmbeddedLimits,
    overlay: Overlay,
    appliedLsn: number,
    source: FeedSource,
    now: () => number,
    onApplied: () => void,
  ) {
    this.#ports = ports;
    this.#limits = limits;
    this.#overlay = overlay;
    this.#appliedLsn = appliedLsn;
    this.#source = source;
    this.#now = now;
    this.#onApplied = onApplied;
    ports.index.onProgress(
      (lsn) => this.#applied(lsn),
      () => this.fail('rows could not be applied'),
    );
  }

  get lagBytes(): number {
    return this.#lagBytes;
  }

  get appliedLsn(): number {
    return this.#appliedLsn;
  }

  get epoch(): number {
    return this.#epoch;
  }

  /** A sync now would cover what it says. */
  get healthy(): boolean {
    return !this.#failed && !this.#replaying;
  }

  /** The index together with the overlay shows everything durable. */
  get readable(): boolean {
    return this.#appliedLsn >= this.#readableLsn && !this.#reopening;
  }

  /** Counts openings of the index: what is read after one may be older than what the overlay still knows of before it. */
  get reopenings(): number {
    return this.#reopenings;
  }

  /** Takes a record that the disk has. Its buffer belongs to the overlay. */
  push(lsn: number, buffer: Uint8Array, from: number, to: number): void {
    this.#queue.push({ lsn, buffer, from, to });
    this.#lagBytes += to - from;
    if (!this.healthy) return;
    this.#ports.index.apply(lsn, buffer, from, to);
    if (this.#lagBytes > this.#limits.lagBytesMax / 2) this.#ports.index.hurry();
  }

  /** Applying or syncing failed: opens the index anew, at once or later. */
  fail(why: string): void {
    if (!this.#failed) this.#ports.report(`index: ${why}; it will be opened anew`);
    this.#epoch += 1;
    this.#failed = true;
    this.#replaying = false;
    this.#reader = null;
    this.#ports.wakeAt(Math.max(this.#now(), this.#retryAtMs));
  }

  /** To be called once a turn. */
  turn(): void {
    if (!this.#failed || this.#reopening) return;
    if (this.#now() < this.#retryAtMs) {
      this.#ports.wakeAt(this.#retryAtMs);
      return;
    }
    this.#reopening = true;
    this.#ports.index.reopen((opened) => {
      this.#reopening = false;
      if (opened) this.#reopenings += 1;
      if (opened) this.#replay();
      else this.#retryLater();
    });
  }

  #retryLater(): void {
    this.#retryAtMs = this.#now() + this.#limits.retryMs;
    this.#ports.wakeAt(this.#retryAtMs);
  }

  #replay(): void {
    const from = this.#source.syncedLsn();
    this.#giveBackLent();
    this.#failed = false;
    this.#replaying = true;
    this.#readableLsn = Math.max(this.#readableLsn, this.#appliedLsn);
    const toLsn = this.#appliedLsn;
    this.#appliedLsn = from;
    const epoch = this.#epoch;
    this.#reader = new JournalReader({
      files: this.#ports.files,
      windowBytes: this.#limits.readWindowBytes,
      checksum: this.#ports.checksum,
      word: this.#source.word,
      segments: this.#source.segmentsAbove(from),
      fromLsn: from + 1,
      toLsn: Math.max(toLsn, this.#readableLsn),
      take: (lsn, bytes, start, end) => epoch === this.#epoch && this.#takeAgain(lsn, bytes, start, end),
      end: (failedFile) => {
        if (epoch === this.#epoch) this.#replayed(failedFile);
      },
    });
    this.#reader.resume();
  }

  #takeAgain(lsn: number, bytes: Uint8Array, from: number, to: number): boolean {
    const buffer = this.#ports.buffers.take(to - from);
    buffer.set(bytes.subarray(from, to));
    this.#lent.push({ lsn, buffer, from: 0, to: to - from });
    this.#ports.index.apply(lsn, buffer, 0, to - from);
    return this.#lentBytes() < this.#limits.lagBytesMax / 4;
  }

  #replayed(failedFile: string | null): void {
    this.#reader = null;
    this.#replaying = false;
    if (failedFile !== null) {
      this.fail(`${failedFile} could not be read again`);
      this.#retryLater();
      return;
    }
    for (let index = this.#first; index < this.#queue.length; index += 1) {
      const record = this.#queue[index];
      this.#ports.index.apply(record.lsn, record.buffer, record.from, record.to);
    }
  }

  #applied(lsn: number): void {
    if (lsn <= this.#appliedLsn) return;
    this.#appliedLsn = lsn;
    while (this.#lent.length > 0 && this.#lent[0].lsn <= lsn) this.#giveBackOldest();
    while (this.#first < this.#queue.length && this.#queue[this.#first].lsn <= lsn) {
      this.#lagBytes -= this.#queue[this.#first].to - this.#queue[this.#first].from;
      this.#first += 1;
    }
    if (this.#first > 64 && this.#first * 2 > this.#queue.length) {
      this.#queue = this.#queue.slice(this.#first);
      this.#first = 0;
    }
    this.#overlay.applied(lsn);
    this.#reader?.resume();
    this.#onApplied();
  }

  #lentBytes(): number {
    let bytes = 0;
    for (const record of this.#lent) bytes += record.to;
    return bytes;
  }

  #giveBackLent(): void {
    while (this.#lent.length > 0) this.#giveBackOldest();
  }

  #giveBackOldest(): void {
    const record = this.#lent.shift();
    if (record !== undefined) this.#ports.buffers.give(record.buffer);
  }
}
