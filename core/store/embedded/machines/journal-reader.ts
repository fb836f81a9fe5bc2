/**
 * Reads the journal's records again, oldest first, each number once: for recovery, and for an index that was opened anew.
 *
 * Method: a segment file at a time, in pieces; it stops between records while the taker says that it has enough. The caller judged the
 * journal before (or wrote it), so here a record that is not to be found is a failed read.
 */
import { FileWindow } from './file-window.ts';
import { namedRecordBytes, paddedBytes, recordHeaderBytes, recordLsn, recordSegment, sectorBytes, wholeRecordBytes } from './layout.ts';
import type { Checksum, FilePort } from './ports.ts';

export interface SegmentPlace {
  readonly name: string;
  readonly segment: number;
  readonly firstLsn: number;
}

export interface JournalReaderOptions {
  readonly files: FilePort;
  readonly windowBytes: number;
  readonly checksum: Checksum;
  readonly word: number;
  /** Oldest first. */
  readonly segments: readonly SegmentPlace[];
  /** First and last record wanted. */
  readonly fromLsn: number;
  readonly toLsn: number;
  /** Rows of a record at `bytes[from, to)`, valid during the call. False: no more until `resume`. */
  readonly take: (lsn: number, bytes: Uint8Array, from: number, to: number) => boolean;
  /** `null`: all were given; else the name of the file at which it failed. */
  readonly end: (failedFile: string | null) => void;
}

export class JournalReader {
  readonly #options: JournalReaderOptions;
  #wanted: number;
  #index = -1;
  readonly #window: FileWindow;
  #at = 0;
  #nextInFile = 0;
  #ended = false;
  /** Bytes are being read; the walk goes on when they are here. */
  #reading = false;

  constructor(options: JournalReaderOptions) {
    this.#options = options;
    this.#wanted = options.fromLsn;
    this.#window = new FileWindow(options.files, options.windowBytes);
  }

  /** Begins, or goes on after `take` said false. */
  resume(): void {
    while (!this.#ended && !this.#reading) {
      if (this.#wanted > this.#options.toLsn) {
        this.#finish(null);
        return;
      }
      if (this.#index >= 0 && !this.#isHere()) return;
      const length = this.#recordHere();
      if (length === 0) {
        if (!this.#nextFile()) return;
        continue;
      }
      const lsn = this.#nextInFile;
      const from = this.#at - this.#window.start + recordHeaderBytes;
      this.#at += paddedBytes(length);
      this.#nextInFile += 1;
      if (lsn !== this.#wanted) continue;
      this.#wanted += 1;
      if (!this.#options.take(lsn, this.#window.bytes, from, from - recordHeaderBytes + length)) return;
    }
  }

  /** The record at this place is in the window, or what is there instead; else it is being read. */
  #isHere(): boolean {
    const window = this.#window;
    const named = window.has(this.#at, sectorBytes) ? namedRecordBytes(window.bytes, this.#at - window.start) : sectorBytes;
    if (window.has(this.#at, named)) return true;
    this.#reading = true;
    window.load(this.#at, named, (loaded) => {
      this.#reading = false;
      if (loaded) this.resume();
      else this.#finish(this.#options.segments[this.#index].name);
    });
    return false;
  }

  #recordHere(): number {
    if (this.#index < 0) return 0;
    const { word, checksum, segments } = this.#options;
    const bytes = this.#window.bytes;
    const at = this.#at - this.#window.start;
    const length = wholeRecordBytes(bytes, at, word, checksum);
    if (length <= 0) return 0;
    const own = recordSegment(bytes, at) === segments[this.#index].segment && recordLsn(bytes, at) === this.#nextInFile;
    return own ? length : 0;
  }

  #nextFile(): boolean {
    this.#index += 1;
    const segment = this.#options.segments[this.#index];
    if (segment === undefined) {
      this.#finish(this.#options.segments[this.#index - 1]?.name ?? 'journal');
      return false;
    }
    this.#window.enter(segment.name);
    this.#at = sectorBytes;
    this.#nextInFile = segment.firstLsn;
    return true;
  }

  #finish(failedFile: string | null): void {
    this.#ended = true;
    this.#options.end(failedFile);
  }
}
