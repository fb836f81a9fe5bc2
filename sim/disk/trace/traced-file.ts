/**
 * One file of the rebuilt file system: what the page cache shows, what the disk surely holds, and which pages differ.
 *
 * Method: a write goes to the cache; a sync makes durable what was dirty when it began. A page written again meanwhile stays dirty.
 */
import type { RandomStream } from '../../random.ts';

export const pageBytes = 4096;
const sectorBytes = 512;

/** What a sync covers, taken when it began. */
export interface SyncCover {
  readonly pages: ReadonlyMap<number, { readonly version: number; readonly bytes: Buffer }>;
  readonly size: number;
}

export class TracedFile {
  #cache: Buffer = Buffer.alloc(0);
  #disk: Buffer = Buffer.alloc(0);
  /** Dirty page → number of the last write to it. */
  readonly #dirty = new Map<number, number>();
  #versions = 0;
  /** Operations on names are counted; this many must be durable for the file to be found by its name. */
  nameOperations = 0;

  get cache(): Buffer {
    return this.#cache;
  }

  get dirtyPages(): number {
    return this.#dirty.size;
  }

  copy(): TracedFile {
    const copy = new TracedFile();
    copy.#cache = Buffer.from(this.#cache);
    copy.#disk = Buffer.from(this.#disk);
    for (const [page, version] of this.#dirty) copy.#dirty.set(page, version);
    copy.#versions = this.#versions;
    return copy;
  }

  write(offset: number, bytes: Buffer, durable: boolean): void {
    if (bytes.length === 0) return;
    this.#cache = put(this.#cache, offset, bytes);
    if (durable) {
      // Only these bytes: what else is dirty in the pages stays so.
      this.#disk = put(this.#disk, offset, bytes);
      return;
    }
    this.#versions += 1;
    for (let page = Math.floor(offset / pageBytes); page * pageBytes < offset + bytes.length; page += 1)
      this.#dirty.set(page, this.#versions);
  }

  /** What a sync that begins now will cover. */
  cover(): SyncCover {
    const pages = new Map([...this.#dirty].map(([page, version]) => [page, { version, bytes: this.#pageOf(this.#cache, page) }]));
    return { pages, size: this.#cache.length };
  }

  synced({ pages, size }: SyncCover): void {
    if (this.#disk.length < size) this.#disk = Buffer.concat([this.#disk, Buffer.alloc(size - this.#disk.length)]);
    for (const [page, { version, bytes }] of pages) {
      this.#disk = put(this.#disk, page * pageBytes, bytes);
      if (this.#dirty.get(page) === version) this.#dirty.delete(page);
    }
  }

  /** The process was killed: the bytes really there, which calls in flight may have changed. */
  become(actual: Buffer): void {
    this.#cache = Buffer.from(actual);
    for (let page = 0; page * pageBytes < Math.max(this.#disk.length, actual.length); page += 1) {
      if (!this.#pageOf(this.#disk, page).equals(this.#pageOf(actual, page))) this.#dirty.set(page, ++this.#versions);
    }
  }

  /** Content after a power cut: of 1,000 dirty pages so many are on the disk; some are torn at a sector. */
  afterPowerCut(random: RandomStream, keptPermille: number): Buffer {
    const size = this.#sizeAfterPowerCut(random, keptPermille);
    const bytes = Buffer.alloc(size);
    this.#disk.copy(bytes, 0, 0, Math.min(size, this.#disk.length));
    for (const page of this.#dirty.keys()) {
      if (!random.permille(keptPermille)) continue;
      const sectors = random.permille(300) ? random.below(pageBytes / sectorBytes) : pageBytes / sectorBytes;
      const from = page * pageBytes;
      const to = Math.min(size, this.#cache.length, from + sectors * sectorBytes);
      if (to > from) this.#cache.copy(bytes, from, from, to);
    }
    return bytes;
  }

  /** A file that grew may have its old size, its new one, or one between. */
  #sizeAfterPowerCut(random: RandomStream, keptPermille: number): number {
    if (this.#cache.length <= this.#disk.length || keptPermille === 0) return this.#disk.length;
    if (keptPermille === 1000 || random.permille(400)) return this.#cache.length;
    return random.between(this.#disk.length, this.#cache.length);
  }

  #pageOf(bytes: Buffer, page: number): Buffer {
    return Buffer.from(bytes.subarray(page * pageBytes, (page + 1) * pageBytes));
  }
}

function put(target: Buffer, offset: number, bytes: Buffer): Buffer {
  const needed = offset + bytes.length;
  const grown = target.length >= needed ? target : Buffer.concat([target, Buffer.alloc(needed - target.length)]);
  bytes.copy(grown, offset);
  return grown;
}
