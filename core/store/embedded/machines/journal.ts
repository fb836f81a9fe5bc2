/**
 * The commit journal: one line of records, one write in flight, an answer only when the disk has it (DESIGN 7).
 *
 * Method: batches gather in one record while another is written; writes begin at least `writeGapMs` apart, and further while each holds many
 * batches: then the work of a write and of the turn that follows it is shared by more. A failed or short
 * write closes its segment for ever and the answers are `unknown`; the same bytes stay first in line and become the first
 * record of the next segment. While every segment file is in use, batches wait in line for a checkpoint to free one; when the
 * disk refuses a segment, new ones are refused until it does not.
 */

import { encodeSegmentHeader, paddedBytes, recordHeaderBytes, sealRecord, sectorBytes } from './layout.ts';
import type { EmbeddedLimits } from './limits.ts';
import { LineRecord, type WriteDone } from './line-record.ts';
import type { MachinePorts } from './ports.ts';
import type { SegmentFile, SegmentTable } from './segment-table.ts';

export interface JournalStats {
  records: number;
  bytes: number;
  failedWrites: number;
  /** Duration of the last write. */
  lastWriteMs: number;
  writeMsTotal: number;
}

/** Why nothing can be appended: the disk refused, or every segment file has been in use for too long. */
export type JournalRefusal = 'unavailable' | 'busy';

const gatherBytesStart = 16 * 1024;

export class Journal {
  readonly stats: JournalStats = { records: 0, bytes: 0, failedWrites: 0, lastWriteMs: 0, writeMsTotal: 0 };
  readonly #ports: MachinePorts;
  readonly #limits: EmbeddedLimits;
  readonly #segments: SegmentTable;
  readonly #word: number;
  readonly #onDurable: (record: LineRecord) => void;
  readonly #now: () => number;
  #nextLsn: number;
  /** First in line: being written, or failed and to be written again. */
  #head: LineRecord | null = null;
  #gathering: LineRecord | null = null;
  #writing = false;
  #current: SegmentFile | null = null;
  #offset = 0;
  /** A segment is being made or its header written. */
  #opening = false;
  #making = false;
  /** The head is recovery's copy: it gets a file of its own if none is free, whatever their number. */
  #copying = false;
  #waitsForFileSinceMs = Number.POSITIVE_INFINITY;
  #refusal: JournalRefusal | null = null;
  #retryAtMs = 0;
  #lastWriteMs = Number.NEGATIVE_INFINITY;
  /** In the record that was written last. */
  #lastBatches = 0;
  #bytesMaxSeen = gatherBytesStart;

  /** `onDurable` gets each record as soon as the disk has it, in order, before anyone is answered; it owns the buffer then. */
  constructor(
    ports: MachinePorts,
    limits: EmbeddedLimits,
    segments: SegmentTable,
    word: number,
    nextLsn: number,
    now: () => number,
    onDurable: (record: LineRecord) => void,
  ) {
    this.#ports = ports;
    this.#limits = limits;
    this.#segments = segments;
    this.#word = word;
    this.#nextLsn = nextLsn;
    this.#now = now;
    this.#onDurable = onDurable;
  }

  /** Nothing can be appended now; `null`: it can. */
  get refusal(): JournalRefusal | null {
    return this.#refusal;
  }

  /** Only a checkpoint can give the next segment its file. */
  get needsCheckpoint(): boolean {
    return this.#segments.files.length >= this.#limits.segmentsMax && this.#segments.freeCount < this.#limits.segmentsAheadMin;
  }

  get idle(): boolean {
    return this.#head === null && this.#gathering === null;
  }

  /** Bytes in line. */
  get lineBytes(): number {
    return (this.#head?.length ?? 0) + (this.#gathering?.length ?? 0);
  }

  /** Last record given a number. */
  get lastLsn(): number {
    return this.#nextLsn - 1;
  }

  /** Takes a batch into the line; false when the record that gathers has no room. */
  append(owner: number | string, ops: Uint8Array, done: WriteDone): boolean {
    if (this.#gathering !== null && this.#gathering.length + ops.length > this.#limits.recordBytesMax) return false;
    this.#gathering ??= new LineRecord(this.#ports.buffers, Math.max(this.#bytesMaxSeen, recordHeaderBytes + ops.length));
    this.#gathering.append(owner, ops, done);
    return true;
  }

  /** Lets `done` wait for the same batch that stands in line; false when it does not. */
  attach(owner: number | string, ops: Uint8Array, done: WriteDone): boolean {
    return (this.#head?.attach(owner, ops, done) ?? false) || (this.#gathering?.attach(owner, ops, done) ?? false);
  }

  /** Puts a record that has its number already first in line: recovery's copy of the last one. */
  putFirst(record: LineRecord): void {
    this.#head = record;
    this.#copying = true;
  }

  /** A checkpoint may have freed files. */
  segmentsFreed(): void {
    this.#retryAtMs = 0;
    this.#turnSoon();
  }

  /** Writes what waits, if it may. To be called once a turn and at the times asked for. */
  turn(): void {
    if (this.#writing || this.#opening) return;
    const record = this.#head ?? this.#promote();
    if (record !== null) {
      if (this.#current === null || this.#offset + paddedBytes(record.length) > this.#limits.segmentBytes) this.#openSegment(record);
      else this.#write(record, this.#current);
    }
    this.#makeAhead();
  }

  /** The gathering record becomes the first in line once the gap since the last write is over. */
  #promote(): LineRecord | null {
    if (this.#gathering === null) return null;
    const isBusy = this.#lastBatches >= this.#limits.busyBatches;
    const earliest = this.#lastWriteMs + (isBusy ? this.#limits.busyWriteGapMs : this.#limits.writeGapMs);
    if (this.#now() < earliest) {
      this.#ports.wakeAt(earliest);
      return null;
    }
    const record = this.#gathering;
    this.#lastBatches = record.batches;
    record.lsn = this.#nextLsn;
    this.#nextLsn += 1;
    this.#bytesMaxSeen = Math.max(gatherBytesStart, record.length, Math.floor(this.#bytesMaxSeen * 0.9));
    this.#gathering = null;
    this.#head = record;
    return record;
  }

  #write(record: LineRecord, segment: SegmentFile): void {
    const padded = paddedBytes(record.length);
    sealRecord(record.buffer, record.length, record.lsn, segment.segment, this.#word, this.#ports.checksum);
    this.#writing = true;
    this.#lastWriteMs = this.#now();
    // From here on the file may hold the record, whatever the answer will be.
    segment.lastLsn = record.lsn;
    segment.lastIsCopied = false;
    this.#ports.files.write(segment.name, this.#offset, record.buffer.subarray(0, padded), (written) => {
      this.#writing = false;
      this.#noteDuration(padded);
      if (written) this.#written(record, segment, padded);
      else this.#failed(record, segment);
      this.#turnSoon();
    });
  }

  #written(record: LineRecord, segment: SegmentFile, padded: number): void {
    if (record.lsn === segment.firstLsn) this.#segments.copied(record.lsn, segment);
    this.#offset += padded;
    this.#head = null;
    this.#copying = false;
    this.#onDurable(record);
    record.onDurable?.();
    record.answer({ kind: 'ok' });
  }

  #failed(record: LineRecord, segment: SegmentFile): void {
    this.stats.failedWrites += 1;
    this.#ports.report(`write of record ${record.lsn} to ${segment.name} failed; the segment is closed`);
    this.#close(segment);
    record.answer({ kind: 'unknown' });
  }

  #close(segment: SegmentFile): void {
    segment.inUse = false;
    this.#current = null;
    this.#ports.files.release(segment.name);
  }

  #openSegment(record: LineRecord): void {
    if (this.#now() < this.#retryAtMs) {
      this.#ports.wakeAt(this.#retryAtMs);
      return;
    }
    if (this.#current !== null) this.#close(this.#current);
    const file = this.#segments.free();
    if (file === null) {
      if (this.#copying || this.#segments.files.length < this.#limits.segmentsMax) this.#make(true);
      else this.#waitForFile();
      return;
    }
    this.#waitsForFileSinceMs = Number.POSITIVE_INFINITY;
    if (file.fileBytes < this.#limits.segmentBytes) {
      this.#makeAgain(file);
      return;
    }
    this.#opening = true;
    file.inUse = true;
    file.segment = this.#segments.nextSegment();
    file.firstLsn = record.lsn;
    file.lastLsn = record.lsn - 1;
    file.lastIsCopied = false;
    const header = encodeSegmentHeader({ word: this.#word, segment: file.segment, firstLsn: record.lsn }, this.#ports.checksum);
    this.#ports.files.write(file.name, 0, header, (written) => {
      this.#opening = false;
      if (written) {
        this.#current = file;
        this.#offset = sectorBytes;
        if (this.#refusal !== null) this.#ports.report('the journal is written again');
        this.#refusal = null;
      } else {
        file.inUse = false;
        this.#ports.files.release(file.name);
        this.#refuse('unavailable', `header of ${file.name} could not be written`);
      }
      this.#turnSoon();
    });
  }

  /** With every file in use only a checkpoint can free one. */
  #waitForFile(): void {
    if (this.#waitsForFileSinceMs > this.#now()) this.#waitsForFileSinceMs = this.#now();
    const until = this.#waitsForFileSinceMs + this.#limits.segmentWaitMs;
    if (this.#now() >= until) this.#refuse('busy', 'every segment file is in use');
    this.#ports.wakeAt(Math.max(until, this.#retryAtMs));
  }

  /** Has the next file ready before the current one is full. */
  #makeAhead(): void {
    if (this.#current === null || this.#making || this.#opening || this.#now() < this.#retryAtMs) return;
    if (this.#segments.freeCount >= this.#limits.segmentsAheadMin || this.#segments.files.length >= this.#limits.segmentsMax) return;
    this.#make(false);
  }

  #make(needed: boolean): void {
    if (this.#making) return;
    this.#making = true;
    const name = this.#segments.unusedName();
    this.#ports.files.create(name, this.#limits.segmentBytes, (made) => {
      this.#making = false;
      if (made) this.#segments.addMade(name, this.#limits.segmentBytes);
      else if (needed || this.#current === null) this.#refuse('unavailable', `no room for ${name}`);
      else this.#retryAtMs = this.#now() + this.#limits.retryMs;
      this.#turnSoon();
    });
  }

  /** A free file that is too short. */
  #makeAgain(file: SegmentFile): void {
    this.#opening = true;
    file.segment = 0;
    this.#ports.files.create(file.name, this.#limits.segmentBytes, (made) => {
      this.#opening = false;
      if (made) file.fileBytes = this.#limits.segmentBytes;
      else this.#refuse('unavailable', `no room for ${file.name}`);
      this.#turnSoon();
    });
  }

  /** Tries again later; whoever stands in line is told that the fate of the batch is open. */
  #refuse(refusal: JournalRefusal, why: string): void {
    if (this.#refusal !== refusal) this.#ports.report(`nothing can be appended: ${why}`);
    this.#refusal = refusal;
    this.#retryAtMs = this.#now() + this.#limits.retryMs;
    this.#head?.answer({ kind: 'unknown' });
    this.#gathering?.answer({ kind: 'unknown' });
  }

  /** In a turn of its own, so that all that the answers set off joins the next record. */
  #turnSoon(): void {
    this.#ports.wakeAt(this.#now());
  }

  #noteDuration(bytes: number): void {
    const ms = this.#now() - this.#lastWriteMs;
    this.stats.records += 1;
    this.stats.bytes += bytes;
    this.stats.lastWriteMs = ms;
    this.stats.writeMsTotal += ms;
  }
}
