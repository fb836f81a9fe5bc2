/**
 * The journal's segment files: what each may still be needed for, and which may be written over (DESIGN 7, F6, F8).
 *
 * A file is free when each record in it is covered by a checkpoint that *this process* made durable, or was written durably
 * by this process to a later segment. The second happens only to a file's last record (the first of the next segment), so
 * one mark a file is enough.
 */
import { segmentName, segmentPrefix } from './layout.ts';

export interface SegmentFile {
  readonly name: string;
  /** Number in the header; 0: no whole header, so no record of it counts. */
  segment: number;
  firstLsn: number;
  /** Highest record that may stand in it; `firstLsn - 1`: none. */
  lastLsn: number;
  /** `lastLsn` also stands, durably and by this process, at the start of a later segment. */
  lastIsCopied: boolean;
  inUse: boolean;
  /** Size of the file: one that was only half made, or made under other limits, is made again before it is used. */
  fileBytes: number;
}

export class SegmentTable {
  readonly #files: SegmentFile[] = [];
  /** Last number given to a segment: above any in a header or whole record. */
  #lastSegment = 0;
  #checkpointLsn = 0;

  get files(): readonly SegmentFile[] {
    return this.#files;
  }

  /** A file that recovery found. */
  addFound(name: string, fileBytes: number, segment: number, firstLsn: number, lastLsn: number): void {
    this.#files.push({ name, segment, firstLsn, lastLsn, lastIsCopied: false, inUse: false, fileBytes });
  }

  /** A file of zeros just made. */
  addMade(name: string, fileBytes: number): SegmentFile {
    const file = { name, segment: 0, firstLsn: 1, lastLsn: 0, lastIsCopied: false, inUse: false, fileBytes };
    this.#files.push(file);
    return file;
  }

  noteSegment(segment: number): void {
    if (segment > this.#lastSegment) this.#lastSegment = segment;
  }

  nextSegment(): number {
    this.#lastSegment += 1;
    return this.#lastSegment;
  }

  /** This process made a checkpoint durable. */
  checkpointed(lsn: number): void {
    this.#checkpointLsn = lsn;
  }

  /** This process wrote `lsn` durably as first record of `later`. */
  copied(lsn: number, later: SegmentFile): void {
    for (const file of this.#files) {
      if (file !== later && file.lastLsn === lsn) file.lastIsCopied = true;
    }
  }

  /** A file that may be written over, `null` when none may. */
  free(): SegmentFile | null {
    for (const file of this.#files) if (this.#isFree(file)) return file;
    return null;
  }

  get freeCount(): number {
    let count = 0;
    for (const file of this.#files) if (this.#isFree(file)) count += 1;
    return count;
  }

  /** Name for one more file. */
  unusedName(): string {
    const names = new Set(this.#files.map((file) => file.name));
    let number = 0;
    while (names.has(segmentName(number))) number += 1;
    return segmentName(number);
  }

  #isFree(file: SegmentFile): boolean {
    if (file.inUse) return false;
    if (file.segment === 0) return true;
    const needed = file.lastIsCopied ? file.lastLsn - 1 : file.lastLsn;
    return needed < file.firstLsn || needed <= this.#checkpointLsn;
  }
}

export function isSegmentName(name: string): boolean {
  return name.startsWith(segmentPrefix);
}
