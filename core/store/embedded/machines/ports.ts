/**
 * What the embedded store's machines ask of the world: files, an index, memory, a wake-up. Completions come back as
 * calls, never before the asking call returned; so a simulated disk drives the same code as a real one.
 */
import type { GetResult, ScanRequest, ScanResult, Table } from '../../port.ts';

/** Files of the store's directory (not of the index). Names are plain; the port adds the directory. */
export interface FilePort {
  /** All names; `null`: the directory cannot be read. */
  list(done: (names: readonly string[] | null) => void): void;
  /** Fills `into` from byte `offset` on and gives the count, less than asked for only at the file's end; `null`: missing or unreadable. */
  read(name: string, offset: number, into: Uint8Array, done: (count: number | null) => void): void;
  /** Makes a file of zeros, durable with its name in the directory; an existing one is made anew. */
  create(name: string, bytes: number, done: (made: boolean) => void): void;
  /** Writes in place. True only when every byte is on the disk; after false anything between is possible. */
  write(name: string, offset: number, bytes: Uint8Array, done: (written: boolean) => void): void;
  /** The file will not be written for a while. */
  release(name: string): void;
}

/**
 * How far the index's own list of its files was durable at a checkpoint, so that a list that lost its end is noticed: number of the list
 * and its bytes; 0, 0: not known.
 */
export interface IndexMark {
  readonly manifest: number;
  readonly bytes: number;
}

/** What `IndexPort.open` found. */
export type IndexOpened =
  | { readonly kind: 'opened'; readonly empty: boolean; readonly syncedLsn: number }
  | { readonly kind: 'damaged'; readonly file: string; readonly what: string }
  | { readonly kind: 'unavailable'; readonly what: string };

/** The index behind the journal: rows by table and key. It may forget what no sync covered. */
export interface IndexPort {
  /** `mark`: of the last checkpoint. `empty`: no row at all. `syncedLsn`: rows up to this record are certainly there (0: unknown). */
  open(storeWord: number, mark: IndexMark, done: (opened: IndexOpened) => void): void;
  /**
   * Rows `[from, to)` of a durable record, to be applied behind, in order, last value of a key enough. The bytes stay
   * unchanged until `applied` told this lsn.
   */
  apply(lsn: number, bytes: Uint8Array, from: number, to: number): void;
  /** Called when all rows up to a record are visible to every later read; and when applying failed for good. */
  onProgress(applied: (lsn: number) => void, failed: () => void): void;
  /** Applies what was given now instead of gathering more. */
  hurry(): void;
  /** Makes everything up to record `lsn`, which is applied, durable, and the note that it goes so far; `null`: could not. */
  sync(lsn: number, done: (synced: IndexMark | null) => void): void;
  /**
   * Opens anew after a failure, forgetting rows not yet applied. False: could not, reads go on as before. After true
   * `applied` tells only of records given since.
   */
  reopen(done: (opened: boolean) => void): void;
  /** Deletes every row: the journal will give them all again. */
  clear(done: (cleared: boolean) => void): void;
  get(table: Table, key: Uint8Array, done: (result: GetResult) => void): void;
  scan(request: ScanRequest, done: (result: ScanResult) => void): void;
  close(done: () => void): void;
}

/** Memory of records. The host gives shared memory, so that the index worker reads without a copy. */
export interface BufferPool {
  take(bytesMin: number): Uint8Array;
  give(buffer: Uint8Array): void;
}

/** CRC-32 (IEEE) of `bytes[from, to)`, going on from `seed`. */
export type Checksum = (bytes: Uint8Array, from: number, to: number, seed: number) => number;

export interface MachinePorts {
  readonly files: FilePort;
  readonly index: IndexPort;
  readonly buffers: BufferPool;
  readonly checksum: Checksum;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** Asks for a call of `turn` at this time; the earliest asked one counts. */
  readonly wakeAt: (atMs: number) => void;
  /** Tells the operator something that is no answer to a caller. */
  readonly report: (what: string) => void;
}
