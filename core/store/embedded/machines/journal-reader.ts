/**
 * Reads the journal's records again, oldest first, each number once: for recovery, and for an index that was opened anew.
 *
 * Method: a segment file at a time; it stops between records while the taker says that it has enough. The caller judged the
 * journal before (or wrote it), so here a record that is not to be found is a failed read.
 */
import { paddedBytes, recordHeaderBytes, recordLsn, recordSegment, sectorBytes, wholeRecordBytes } from './layout.ts';
import type { Checksum, FilePort } from './ports.ts';

export interface SegmentPlace {
  readonly name: string;
  readonly segment: number;
  readonly firstLsn: number;
}

export interface JournalReaderOptions {
  readonly files: FilePort;
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
  #bytes: Uint8Array = new Uint8Array(0);
  #at = 0;
  #nextInFile = 0;
  #ended = false;
  /** A file is being read; the walk goes on when it is here. */
  #reading = false;

  constructor(options: JournalReaderOptions) {
    this.#options = options;
    this.#wanted = options.fromLsn;
  }

  /** Begins, or goes on after `take` said false. */
  resume(): void {
    while (!this.#ended && !this.#reading) {
      if (this.#wanted > this.#options.toLsn) {
        this.#finish(null);
        return;
      }
      const length = this.#recordHere();
      if (length === 0) {
        this.#nextFile();
        return;
      }
      const lsn = this.#nextInFile;
      const at = this.#at;
      this.#at += paddedBytes(length);
      this.#nextInFile += 1;
      if (lsn !== this.#wanted) continue;
      this.#wanted += 1;
      if (!this.#options.take(lsn, this.#bytes, at + recordHeaderBytes, at + length)) return;
    }
  }

  #recordHere(): number {
    if (this.#index < 0) return 0;
    const { word, checksum, segments } = this.#options;
    const length = wholeRecordBytes(this.#bytes, this.#at, word, checksum);
    if (length <= 0) return 0;
    const own =
      recordSegment(this.#bytes, this.#at) === segments[this.#index].segment && recordLsn(this.#bytes, this.#at) === this.#nextInFile;
    return own ? length : 0;
  }

  #nextFile(): void {
    this.#index += 1;
    const segment = this.#options.segments[this.#index];
    if (segment === undefined) {
      this.#finish(this.#options.segments[this.#index - 1]?.name ?? 'journal');
      return;
    }
    this.#reading = true;
    this.#options.files.read(segment.name, (bytes) => {
      this.#reading = false;
      if (bytes === null) {
        this.#finish(segment.name);
        return;
      }
      this.#bytes = bytes;
      this.#at = sectorBytes;
      this.#nextInFile = segment.firstLsn;
      this.resume();
    });
  }

  #finish(failedFile: string | null): void {
    this.#ended = true;
    this.#bytes = new Uint8Array(0);
    this.#options.end(failedFile);
  }
}
