/**
 * Checkpoints: the index synced, then its number in one of two files, then segments recycled, in this order (DESIGN 7).
 *
 * Method: numbers go round sixteen sectors, alternately in the two files, each with a generation. A sector is written again
 * only when fifteen later ones were, so neither the last durable number nor one whose durability is unknown (read after a
 * process death) is ever written over. A write that failed is done again in the same sector and its number does not count.
 */
import type { IndexFeed } from './index-feed.ts';
import { type Checkpoint, checkpointFiles, checkpointSectors, encodeCheckpoint, sectorBytes } from './layout.ts';
import type { EmbeddedLimits } from './limits.ts';
import type { IndexMark, MachinePorts } from './ports.ts';

export class Checkpointer {
  readonly #ports: MachinePorts;
  readonly #limits: EmbeddedLimits;
  readonly #feed: IndexFeed;
  readonly #word: number;
  readonly #now: () => number;
  readonly #onDurable: (lsn: number) => void;
  #generation: number;
  /** Last checkpoint that this process made durable; 0: none yet. */
  #durableLsn = 0;
  #syncedLsn = 0;
  #running = false;
  #nextAtMs: number;

  constructor(
    ports: MachinePorts,
    limits: EmbeddedLimits,
    feed: IndexFeed,
    word: number,
    found: Checkpoint,
    now: () => number,
    onDurable: (lsn: number) => void,
  ) {
    this.#ports = ports;
    this.#limits = limits;
    this.#feed = feed;
    this.#word = word;
    this.#generation = found.generation;
    this.#now = now;
    this.#onDurable = onDurable;
    this.#nextAtMs = now() + limits.checkpointMs;
  }

  get durableLsn(): number {
    return this.#durableLsn;
  }

  /**
   * Last record that a sync of this process covered. An index opened anew is given everything from here on and nothing below: a
   * checkpoint file whose write failed may say this number all the same, and rows must not fall behind it.
   */
  get syncedLsn(): number {
    return this.#syncedLsn;
  }

  get running(): boolean {
    return this.#running;
  }

  /** To be called when the index came further: without it the last records of a store that then idles would never be covered. */
  applied(): void {
    if (!this.#running) this.#ports.wakeAt(this.#nextAtMs);
  }

  /** To be called once a turn; `atOnce`: without waiting for the interval. */
  turn(atOnce: boolean = false): void {
    if (this.#running || !this.#feed.healthy || this.#feed.appliedLsn <= this.#durableLsn) return;
    if (!atOnce && this.#now() < this.#nextAtMs) {
      this.#ports.wakeAt(this.#nextAtMs);
      return;
    }
    this.#running = true;
    const epoch = this.#feed.epoch;
    const lsn = this.#feed.appliedLsn;
    this.#ports.index.sync(lsn, (synced) => {
      if (this.#feed.epoch !== epoch) this.#end();
      else if (synced === null) {
        this.#end();
        this.#feed.fail('sync failed');
      } else {
        this.#syncedLsn = lsn;
        this.#store(lsn, synced);
      }
    });
  }

  #store(lsn: number, mark: IndexMark): void {
    const generation = this.#generation + 1;
    const sector = Math.floor(generation / checkpointFiles.length) % checkpointSectors;
    const bytes = encodeCheckpoint({ lsn, generation, mark }, this.#word, this.#ports.checksum);
    this.#ports.files.write(checkpointFiles[generation % checkpointFiles.length], sector * sectorBytes, bytes, (written) => {
      if (written) {
        this.#generation = generation;
        this.#durableLsn = lsn;
        this.#onDurable(lsn);
      } else this.#ports.report(`checkpoint ${lsn} could not be written`);
      this.#end();
    });
  }

  #end(): void {
    this.#running = false;
    this.#nextAtMs = this.#now() + this.#limits.checkpointMs;
    this.#ports.wakeAt(this.#nextAtMs);
  }
}
