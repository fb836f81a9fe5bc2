/**
 * A disk with a page cache, behind the embedded store's file port (DESIGN 7, models/store F4).
 *
 * Method: every file has two contents, what the disk holds and what the cache shows, and a mark a sector. The death of the
 * process keeps the cache; a power cut keeps the disk, and of each dirty sector, on its own, the old, the new or torn bytes. A
 * write can fail in six ways; the worst leaves the cache good and the disk old with the sector marked clean, so that no later
 * sync writes it. Making a file fails while the disk is full.
 */
import type { FilePort } from '../../core/store/embedded/machines/ports.ts';
import type { RandomStream } from '../random.ts';
import type { VirtualTime } from './virtual-time.ts';

export const sectorBytes = 512;

const Mark = { clean: 0, dirty: 1, lost: 2 } as const;

interface DiskFile {
  disk: Uint8Array;
  cache: Uint8Array;
  marks: Uint8Array;
}

/** An operation that a crash would catch half done. */
interface InFlight {
  readonly name: string;
  readonly offset: number;
  /** `null`: the file is being made. */
  readonly bytes: Uint8Array | null;
  readonly size: number;
}

export interface DiskFaults {
  /** Of 1,000 writes, how many fail. */
  failPermille: number;
  /** Making a file fails. */
  full: boolean;
  /** Making a file takes up to this long: the disk is busy, but refuses nothing. */
  createMsMax: number;
}

export class PageCacheDisk implements FilePort {
  readonly faults: DiskFaults = { failPermille: 0, full: false, createMsMax: 6 };
  /** Writes and new files that failed; set to 0 from outside. */
  refusals = 0;
  readonly #time: VirtualTime;
  readonly #random: RandomStream;
  readonly #files = new Map<string, DiskFile>();
  readonly #inFlight = new Set<InFlight>();

  constructor(time: VirtualTime, random: RandomStream) {
    this.#time = time;
    this.#random = random;
  }

  list(done: (names: readonly string[] | null) => void): void {
    this.#time.after(0.1, () => done([...this.#files.keys()]));
  }

  read(name: string, offset: number, into: Uint8Array, done: (count: number | null) => void): void {
    this.#time.after(0.1, () => {
      const bytes = this.#files.get(name)?.cache.subarray(offset, offset + into.length);
      if (bytes !== undefined) into.set(bytes);
      done(bytes?.length ?? null);
    });
  }

  create(name: string, size: number, done: (made: boolean) => void): void {
    const operation = { name, offset: 0, bytes: null, size };
    this.#begin(operation, this.#random.between(5, this.faults.createMsMax * 10) / 10, () => {
      if (this.faults.full) this.refusals += 1;
      else this.#files.set(name, emptyFile(size));
      done(!this.faults.full);
    });
  }

  write(name: string, offset: number, bytes: Uint8Array, done: (written: boolean) => void): void {
    const operation = { name, offset, bytes, size: 0 };
    this.#begin(operation, this.#random.between(1, 20) / 10, () => {
      const file = this.#files.get(name);
      if (file === undefined || offset + bytes.length > file.cache.length) throw new Error(`write beyond ${name}`);
      const fails = this.#random.permille(this.faults.failPermille);
      if (fails) {
        this.refusals += 1;
        this.#failWrite(file, offset, bytes);
      } else this.#put(file, offset, bytes, bytes.length, true, Mark.clean);
      done(!fails);
    });
  }

  release(): void {}

  /** The process dies: what was in flight may have reached the cache in part, and the disk. */
  killProcess(): void {
    for (const operation of this.#inFlight) this.#leaveInCache(operation);
    this.#inFlight.clear();
  }

  /** The power fails: the cache is gone; each sector in doubt is old, new or torn. */
  cutPower(): void {
    for (const operation of this.#inFlight) this.#leaveInCache(operation);
    this.#inFlight.clear();
    for (const file of this.#files.values()) {
      for (let sector = 0; sector < file.marks.length; sector += 1) {
        if (file.marks[sector] === Mark.dirty) this.#settle(file, sector);
        file.marks[sector] = Mark.clean;
      }
      file.cache.set(file.disk);
    }
  }

  /** The system writes back some of what is dirty. */
  writeBackSome(): void {
    for (const file of this.#files.values()) {
      for (let sector = 0; sector < file.marks.length; sector += 1) {
        if (file.marks[sector] !== Mark.dirty || this.#random.permille(500)) continue;
        copySector(file.cache, file.disk, sector);
        file.marks[sector] = Mark.clean;
      }
    }
  }

  /** Names of files, for damage by hand. */
  names(): string[] {
    return [...this.#files.keys()];
  }

  contentOf(name: string): Uint8Array {
    const file = this.#files.get(name);
    if (file === undefined) throw new Error(`no file ${name}`);
    return file.cache;
  }

  /** Damages a sector for good, in the cache and on the disk. */
  damage(name: string, sector: number): void {
    const file = this.#files.get(name);
    if (file === undefined) throw new Error(`no file ${name}`);
    for (let index = 0; index < 4; index += 1) file.disk[sector * sectorBytes + this.#random.below(64)] ^= this.#random.between(1, 255);
    copySector(file.disk, file.cache, sector);
    file.marks[sector] = Mark.clean;
  }

  #begin(operation: InFlight, delayMs: number, end: () => void): void {
    this.#inFlight.add(operation);
    this.#time.after(delayMs, () => {
      this.#inFlight.delete(operation);
      end();
    });
  }

  #failWrite(file: DiskFile, offset: number, bytes: Uint8Array): void {
    const short = this.#random.below(bytes.length);
    switch (this.#random.below(6)) {
      case 0:
        return;
      case 1:
        this.#put(file, offset, bytes, short, false, Mark.dirty);
        return;
      case 2:
        this.#put(file, offset, bytes, short, true, Mark.clean);
        return;
      case 3:
        this.#put(file, offset, bytes, bytes.length, true, Mark.clean);
        return;
      case 4:
        this.#put(file, offset, bytes, bytes.length, false, Mark.lost);
        return;
      default:
        // The sync failed half way: some sectors torn on the disk, the cache good, all marked clean.
        this.#put(file, offset, bytes, bytes.length, false, Mark.lost);
        for (let at = offset; at < offset + bytes.length; at += sectorBytes) {
          if (this.#random.permille(500)) this.#tear(file, at / sectorBytes);
        }
    }
  }

  #leaveInCache({ name, offset, bytes, size }: InFlight): void {
    if (bytes === null) {
      // A file half made: not there, or there and shorter. One that exists is left as it is or cut.
      const made = emptyFile(Math.floor((size * this.#random.below(5)) / 4 / sectorBytes) * sectorBytes);
      if (this.#random.permille(600)) this.#files.set(name, made);
      return;
    }
    const file = this.#files.get(name);
    if (file === undefined) return;
    switch (this.#random.below(4)) {
      case 0:
        return;
      case 1:
        this.#put(file, offset, bytes, this.#random.below(bytes.length), false, Mark.dirty);
        return;
      case 2:
        this.#put(file, offset, bytes, bytes.length, false, Mark.dirty);
        return;
      default:
        this.#put(file, offset, bytes, bytes.length, true, Mark.clean);
    }
  }

  #put(file: DiskFile, offset: number, bytes: Uint8Array, length: number, onDisk: boolean, mark: number): void {
    const part = bytes.subarray(0, length);
    file.cache.set(part, offset);
    if (onDisk) file.disk.set(part, offset);
    for (let at = offset; at < offset + length; at += sectorBytes) file.marks[at / sectorBytes] = mark;
  }

  #settle(file: DiskFile, sector: number): void {
    const choice = this.#random.below(3);
    if (choice === 1) copySector(file.cache, file.disk, sector);
    else if (choice === 2) this.#tear(file, sector);
  }

  /** A sector half written: the head new, the rest old, a byte between of neither. */
  #tear(file: DiskFile, sector: number): void {
    const from = sector * sectorBytes;
    const cut = this.#random.below(sectorBytes);
    file.disk.set(file.cache.subarray(from, from + cut), from);
    file.disk[from + cut] ^= 0x5a;
  }
}

function emptyFile(size: number): DiskFile {
  return { disk: new Uint8Array(size), cache: new Uint8Array(size), marks: new Uint8Array(Math.ceil(size / sectorBytes)) };
}

function copySector(from: Uint8Array, to: Uint8Array, sector: number): void {
  to.set(from.subarray(sector * sectorBytes, (sector + 1) * sectorBytes), sector * sectorBytes);
}
