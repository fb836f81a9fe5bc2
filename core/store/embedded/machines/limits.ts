/** Every limit and interval of the embedded store, by name, with their relations asserted (figures: DESIGN 7). */
import { recordBytesLimit, sectorBytes } from './layout.ts';

export interface EmbeddedLimits {
  /** Size of one preallocated journal segment file. */
  readonly segmentBytes: number;
  /** Segment files at most; recovery alone may go beyond, since each crash in it can hold one back. */
  readonly segmentsMax: number;
  /** So many files are free before the one in use is full: more are made, or a checkpoint begins at once to free some. */
  readonly segmentsAheadMin: number;
  /** Batches wait this long for a file while all are in use; then those in line are told `unknown` and new ones `busy`. */
  readonly segmentWaitMs: number;
  /** Longest record: what all waiting batches of one write may come to. More waits for the next record or is told `busy`. */
  readonly recordBytesMax: number;
  /** Two journal writes begin at least this far apart. */
  readonly writeGapMs: number;
  /** …and so far while a record holds at least so many batches. */
  readonly busyWriteGapMs: number;
  readonly busyBatches: number;
  /** A start reads the journal in pieces of this many bytes. */
  readonly readWindowBytes: number;
  /** A start that takes long says this often how far it is. */
  readonly progressMs: number;
  /** Pause after a segment could not be opened or made. */
  readonly retryMs: number;
  /** Durable bytes that the index has not applied; above it a new batch is told `busy`. */
  readonly lagBytesMax: number;
  /** Bytes of batches that wait for their fence to be read the first time. */
  readonly parkedBytesMax: number;
  /** A checkpoint begins this long after the last one ended. */
  readonly checkpointMs: number;
  /** An overlay generation takes records for this long, or until it holds this many bytes. */
  readonly generationMs: number;
  readonly generationBytesMax: number;
}

export const embeddedLimits: EmbeddedLimits = Object.freeze({
  segmentBytes: 64 * 1024 * 1024,
  segmentsMax: 12,
  segmentsAheadMin: 1,
  segmentWaitMs: 5000,
  recordBytesMax: 8 * 1024 * 1024,
  writeGapMs: 2,
  busyWriteGapMs: 8,
  busyBatches: 16,
  readWindowBytes: 4 * 1024 * 1024,
  progressMs: 2000,
  retryMs: 500,
  lagBytesMax: 128 * 1024 * 1024,
  parkedBytesMax: 8 * 1024 * 1024,
  checkpointMs: 2500,
  generationMs: 500,
  generationBytesMax: 16 * 1024 * 1024,
});

/** Throws unless the limits fit together. */
export function checkEmbeddedLimits(limits: EmbeddedLimits): void {
  const holds =
    limits.segmentBytes % 512 === 0 &&
    limits.recordBytesMax + 512 <= limits.segmentBytes &&
    limits.segmentsAheadMin >= 1 &&
    limits.segmentsMax >= limits.segmentsAheadMin + 2 &&
    limits.segmentWaitMs > 0 &&
    limits.busyWriteGapMs >= limits.writeGapMs &&
    limits.busyBatches > 0 &&
    limits.recordBytesMax <= recordBytesLimit &&
    limits.readWindowBytes >= sectorBytes &&
    limits.lagBytesMax >= limits.recordBytesMax &&
    limits.parkedBytesMax > 0 &&
    limits.generationBytesMax > 0 &&
    limits.checkpointMs > 0 &&
    limits.retryMs > 0;
  if (!holds) throw new Error('limits of the embedded store do not fit together');
}
