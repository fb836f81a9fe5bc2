/**
 * The embedded store, without I/O: journal, overlay, checkpoints and recovery put together (DESIGN 7).
 *
 * Method: a host (real files and LevelDB, or the simulated disk) calls in and carries out what the ports are asked. `turn`
 * does everything that waits; the host calls it when `wakeAt` says so. No answer is given before the asking call returned.
 */
import { RowBatch, rowHeaderBytes, rowKeyBytes, rowValueBytes } from '../../../model/row-batch.ts';
import { type GetResult, type ScanRequest, type ScanResult, type StoreWrite, Table, type WriteOutcome } from '../../port.ts';
import { checkWrite, StoreUsageError } from '../../write-rules.ts';
import { Checkpointer } from './checkpointer.ts';
import { ConditionLine, keyString, unitOf } from './condition-line.ts';
import { IndexFeed } from './index-feed.ts';
import { Journal, type JournalStats } from './journal.ts';
import { JournalReader, type SegmentPlace } from './journal-reader.ts';
import { recordHeaderBytes } from './layout.ts';
import { checkEmbeddedLimits, type EmbeddedLimits } from './limits.ts';
import { LineRecord, type WriteDone } from './line-record.ts';
import { Overlay } from './overlay.ts';
import type { MachinePorts } from './ports.ts';
import { Progress } from './progress.ts';
import { Reads } from './reads.ts';
import { Recovery, type RecoveryPlan } from './recovery.ts';
import type { Damage } from './recovery-rule.ts';
import { SegmentTable } from './segment-table.ts';

/** What became of opening the store. `damaged` and `unavailable` are final for this machine. */
export type StartResult = { readonly kind: 'serving' } | Damage | { readonly kind: 'unavailable'; readonly what: string };

export interface StoreMachineStats extends JournalStats {
  lsn: number;
  appliedLsn: number;
  checkpointLsn: number;
  lineBytes: number;
  lagBytes: number;
  overlayBytes: number;
  units: number;
  segmentFiles: number;
  blocked: boolean;
}

/** A write whose fence row is being read for the first time. */
interface Parked {
  readonly write: StoreWrite;
  readonly done: WriteDone;
}

/** A compare-and-set whose row is being read for the first time. */
interface ParkedSet {
  readonly expected: Uint8Array | null;
  readonly value: Uint8Array;
  readonly done: WriteDone;
}

export class StoreMachine {
  readonly #ports: MachinePorts;
  readonly #limits: EmbeddedLimits;
  readonly #overlay: Overlay;
  readonly #segments = new SegmentTable();
  readonly #conditions = new ConditionLine();
  readonly #parked = new Map<number, Parked[]>();
  readonly #parkedSets = new Map<string, ParkedSet[]>();
  readonly #clusterBatch = new RowBatch(256);
  #parkedBytes = 0;
  #answers: (() => void)[] = [];
  #indexLsn = 0;
  /** What the index had applied when it was last told to hurry for want of a file: once for each step is enough. */
  #hurriedAtLsn = -1;
  #serving = false;
  #closing: (() => void) | null = null;
  #finalCheckpoint = false;
  #journal: Journal | null = null;
  #feed: IndexFeed | null = null;
  #checkpointer: Checkpointer | null = null;
  #reads: Reads | null = null;

  constructor(ports: MachinePorts, limits: EmbeddedLimits) {
    checkEmbeddedLimits(limits);
    this.#ports = ports;
    this.#limits = limits;
    this.#overlay = new Overlay(limits, ports.buffers);
  }

  /** Reads the directory and, once everything it will serve is certainly durable, serves. `freshWord`: 32 random bits. */
  start(freshWord: number, done: (result: StartResult) => void): void {
    const recovery = new Recovery(this.#ports, this.#limits, freshWord, (result) => {
      if (result.kind === 'plan') this.#replay(result, done);
      else done(result);
    });
    recovery.start();
  }

  /** Does what waits. */
  turn(): void {
    const answers = this.#answers;
    this.#answers = [];
    for (const answer of answers) answer();
    this.#journal?.turn();
    this.#feed?.turn();
    this.#checkpointInTime();
    if (this.#closing !== null) this.#closeFurther();
  }

  /** At the interval, or at once when the journal runs out of files; then the index does not gather for long either. */
  #checkpointInTime(): void {
    const needed = this.#journal?.needsCheckpoint ?? false;
    const appliedLsn = this.#feed?.appliedLsn ?? 0;
    if (needed && this.#hurriedAtLsn !== appliedLsn) {
      this.#hurriedAtLsn = appliedLsn;
      this.#ports.index.hurry();
    }
    this.#checkpointer?.turn(needed);
  }

  write(write: StoreWrite, done: WriteDone): void {
    checkWrite(write);
    if (write.ops.length + recordHeaderBytes > this.#limits.recordBytesMax) throw new StoreUsageError(`batch of ${write.ops.length} bytes`);
    if (!this.#serving) {
      this.#answer(done, { kind: 'failed', reason: 'unavailable' });
      return;
    }
    const unit = unitOf(write);
    if (this.#conditions.hasUnit(unit)) this.#submit(unit, write, done);
    else this.#park(unit, write, done);
  }

  compareAndSet(key: Uint8Array, expected: Uint8Array | null, value: Uint8Array, done: WriteDone): void {
    if (key.length + value.length > this.#limits.recordBytesMax / 2) throw new StoreUsageError('cluster row too long');
    if (!this.#serving) {
      this.#answer(done, { kind: 'failed', reason: 'unavailable' });
      return;
    }
    const owner = keyString(key);
    const set = { expected: expected === null ? null : expected.slice(), value: value.slice(), done };
    if (this.#conditions.hasCluster(owner)) this.#submitSet(owner, key, set);
    else this.#parkSet(owner, key.slice(), set);
  }

  get(table: Table, key: Uint8Array, done: (result: GetResult) => void): void {
    if (this.#reads !== null && this.#serving) this.#reads.get(table, key, done);
    else this.#later(() => done({ kind: 'unavailable' }));
  }

  scan(request: ScanRequest, done: (result: ScanResult) => void): void {
    if (this.#reads !== null && this.#serving) this.#reads.scan(request, done);
    else this.#later(() => done({ kind: 'unavailable' }));
  }

  /** Finishes what is in line while it can be appended, makes a checkpoint, closes the index. New writes are refused. */
  close(done: () => void): void {
    this.#serving = false;
    this.#closing = done;
    this.#wakeSoon();
  }

  stats(): StoreMachineStats {
    const journal = this.#journal?.stats ?? { records: 0, bytes: 0, failedWrites: 0, lastWriteMs: 0, writeMsTotal: 0 };
    return {
      ...journal,
      lsn: this.#journal?.lastLsn ?? 0,
      appliedLsn: this.#feed?.appliedLsn ?? 0,
      checkpointLsn: this.#checkpointer?.durableLsn ?? 0,
      lineBytes: this.#journal?.lineBytes ?? 0,
      lagBytes: this.#feed?.lagBytes ?? 0,
      overlayBytes: this.#overlay.bytes,
      units: this.#conditions.units,
      segmentFiles: this.#segments.files.length,
      blocked: this.#journal === null || this.#journal.refusal !== null,
    };
  }

  // ---- start

  /**
   * Gives the index and the overlay every record above the checkpoint but the last. That one the page cache may show although
   * no disk has it: it is written again, as first of a new segment, before it is applied and before anything is served.
   */
  #replay(plan: RecoveryPlan, done: (result: StartResult) => void): void {
    this.#indexLsn = plan.indexLsn;
    for (const file of plan.files) {
      this.#segments.noteSegment(file.segmentMax);
      const { segment, firstLsn } = file.header ?? { segment: 0, firstLsn: 1 };
      this.#segments.addFound(file.name, file.fileBytes, segment, firstLsn, Math.max(file.ownLsnMax, firstLsn - 1));
    }
    const now = this.#ports.now;
    const progress = new Progress(this.#ports, this.#limits);
    let reader: JournalReader | null = null;
    const source = { word: plan.word, syncedLsn: () => this.#syncedLsn(), segmentsAbove: (lsn: number) => this.#segmentsAbove(lsn) };
    const feed = new IndexFeed(this.#ports, this.#limits, this.#overlay, plan.indexLsn, source, now, () => {
      if (reader !== null && this.#hasRoom(feed)) reader.resume();
      if (this.#closing === null) this.#checkpointer?.applied();
      else this.#wakeSoon();
    });
    this.#feed = feed;
    const journal = new Journal(this.#ports, this.#limits, this.#segments, plan.word, plan.endLsn + 1, now, (record) => {
      this.#durable(record.lsn, record.buffer, recordHeaderBytes, record.length);
    });
    this.#journal = journal;
    this.#checkpointer = new Checkpointer(this.#ports, this.#limits, feed, plan.word, plan.checkpoint, now, (lsn) => {
      this.#segments.checkpointed(lsn);
      journal.segmentsFreed();
    });
    this.#reads = new Reads(this.#ports.index, this.#overlay, feed, (answer) => this.#later(answer));
    const serve = (): void => {
      this.#serving = true;
      done({ kind: 'serving' });
    };
    if (plan.endLsn === plan.indexLsn) {
      serve();
      return;
    }
    reader = new JournalReader({
      files: this.#ports.files,
      windowBytes: this.#limits.readWindowBytes,
      checksum: this.#ports.checksum,
      word: plan.word,
      segments: plan.segments.flatMap((file) => (file.header === null ? [] : [{ name: file.name, ...file.header }])),
      fromLsn: plan.indexLsn + 1,
      toLsn: plan.endLsn,
      take: (lsn, bytes, from, to) => {
        if (lsn === plan.endLsn) {
          this.#placeCopy(journal, lsn, bytes, from, to, serve);
          return true;
        }
        progress.tell(`record ${lsn} of ${plan.endLsn} is given to the index`);
        const buffer = this.#ports.buffers.take(to - from);
        buffer.set(bytes.subarray(from, to));
        this.#durable(lsn, buffer, 0, to - from);
        return this.#hasRoom(feed);
      },
      end: (failedFile) => {
        reader = null;
        if (failedFile !== null) done({ kind: 'unavailable', what: `${failedFile} could not be read again` });
      },
    });
    reader.resume();
  }

  #placeCopy(journal: Journal, lsn: number, bytes: Uint8Array, from: number, to: number, serve: () => void): void {
    const copy = new LineRecord(this.#ports.buffers, recordHeaderBytes + to - from);
    copy.lsn = lsn;
    copy.appendRaw(bytes, from, to);
    copy.onDurable = serve;
    journal.putFirst(copy);
    this.#wakeSoon();
  }

  #hasRoom(feed: IndexFeed): boolean {
    return feed.lagBytes < this.#limits.lagBytesMax / 2;
  }

  #syncedLsn(): number {
    return Math.max(this.#indexLsn, this.#checkpointer?.syncedLsn ?? 0);
  }

  #segmentsAbove(lsn: number): SegmentPlace[] {
    return this.#segments.files
      .filter((file) => file.segment > 0 && file.lastLsn > lsn && file.lastLsn >= file.firstLsn)
      .sort((left, right) => left.segment - right.segment)
      .map((file) => ({ name: file.name, segment: file.segment, firstLsn: file.firstLsn }));
  }

  // ---- writes

  #park(unit: number, write: StoreWrite, done: WriteDone): void {
    const bytes = write.ops.length;
    if (this.#parkedBytes + bytes > this.#limits.parkedBytesMax) {
      this.#answer(done, { kind: 'failed', reason: 'busy' });
      return;
    }
    this.#parkedBytes += bytes;
    const expectedFence = write.expectedFence === null ? null : write.expectedFence.slice();
    const parked = { write: { ...write, fenceKey: write.fenceKey.slice(), expectedFence, ops: write.ops.slice() }, done };
    const waiting = this.#parked.get(unit);
    if (waiting !== undefined) {
      waiting.push(parked);
      return;
    }
    this.#parked.set(unit, [parked]);
    this.#reads?.get(write.table, parked.write.fenceKey, (result) => this.#unpark(unit, result));
  }

  #unpark(unit: number, result: GetResult): void {
    const waiting = this.#parked.get(unit) ?? [];
    this.#parked.delete(unit);
    if (result.kind === 'ok') this.#conditions.setUnit(unit, result.value, 0, result.value?.length ?? 0);
    for (const { write, done } of waiting) {
      this.#parkedBytes -= write.ops.length;
      if (result.kind === 'ok' && this.#serving) this.#submit(unit, write, done);
      else this.#answer(done, { kind: 'failed', reason: 'unavailable' });
    }
  }

  /** The condition is checked in line: against the fence as every record before this batch leaves it, durable or not. */
  #submit(unit: number, write: StoreWrite, done: WriteDone): void {
    const journal = this.#requireJournal();
    if (!this.#conditions.unitHolds(unit, write.expectedFence)) {
      if (!journal.attach(unit, write.ops, done)) this.#answer(done, { kind: 'conditionFalse' });
      return;
    }
    const refusal = this.#refusal(journal);
    if (refusal !== null) {
      this.#answer(done, refusal);
      return;
    }
    if (!journal.append(unit, write.ops, done)) {
      this.#answer(done, { kind: 'failed', reason: 'busy' });
      return;
    }
    const fenceAt = rowHeaderBytes + rowKeyBytes(write.ops, 0);
    this.#conditions.setUnit(unit, write.ops, fenceAt, fenceAt + rowValueBytes(write.ops, 0));
    this.#wakeSoon();
  }

  #parkSet(owner: string, key: Uint8Array, set: ParkedSet): void {
    const waiting = this.#parkedSets.get(owner);
    if (waiting !== undefined) {
      waiting.push(set);
      return;
    }
    this.#parkedSets.set(owner, [set]);
    this.#reads?.get(Table.cluster, key, (result) => {
      const sets = this.#parkedSets.get(owner) ?? [];
      this.#parkedSets.delete(owner);
      if (result.kind === 'ok') this.#conditions.setCluster(owner, result.value);
      for (const each of sets) {
        if (result.kind === 'ok' && this.#serving) this.#submitSet(owner, key, each);
        else this.#answer(each.done, { kind: 'failed', reason: 'unavailable' });
      }
    });
  }

  #submitSet(owner: string, key: Uint8Array, set: ParkedSet): void {
    const journal = this.#requireJournal();
    this.#clusterBatch.reset();
    this.#clusterBatch.put(Table.cluster, key, set.value);
    const ops = this.#clusterBatch.bytes;
    if (!this.#conditions.clusterHolds(owner, set.expected)) {
      if (!journal.attach(owner, ops, set.done)) this.#answer(set.done, { kind: 'conditionFalse' });
      return;
    }
    const refusal = this.#refusal(journal);
    if (refusal !== null) {
      this.#answer(set.done, refusal);
      return;
    }
    if (!journal.append(owner, ops, set.done)) {
      this.#answer(set.done, { kind: 'failed', reason: 'busy' });
      return;
    }
    this.#conditions.setCluster(owner, set.value);
    this.#wakeSoon();
  }

  /** Definite failures, before anything is appended. */
  #refusal(journal: Journal): WriteOutcome | null {
    if (journal.refusal !== null) return { kind: 'failed', reason: journal.refusal };
    if ((this.#feed?.lagBytes ?? 0) > this.#limits.lagBytesMax) return { kind: 'failed', reason: 'busy' };
    return null;
  }

  /** The disk has the record: reads see it from now on, and the index gets it. */
  #durable(lsn: number, buffer: Uint8Array, from: number, to: number): void {
    this.#overlay.add(lsn, buffer, from, to, this.#ports.now());
    this.#feed?.push(lsn, buffer, from, to);
  }

  // ---- end

  #closeFurther(): void {
    const journal = this.#journal;
    const feed = this.#feed;
    const checkpointer = this.#checkpointer;
    if (journal === null || feed === null || checkpointer === null) {
      this.#closed();
      return;
    }
    if (!journal.idle && journal.refusal === null) return;
    if (checkpointer.running) return;
    if (feed.healthy && feed.appliedLsn < journal.lastLsn && journal.idle) {
      this.#ports.index.hurry();
      return;
    }
    if (feed.healthy && !this.#finalCheckpoint) {
      this.#finalCheckpoint = true;
      checkpointer.turn(true);
      if (checkpointer.running) return;
    }
    this.#closed();
  }

  #closed(): void {
    const done = this.#closing;
    this.#closing = null;
    this.#journal = null;
    this.#checkpointer = null;
    this.#ports.index.close(() => done?.());
  }

  // ---- answers

  #answer(done: WriteDone, outcome: WriteOutcome): void {
    this.#later(() => done(outcome));
  }

  #later(answer: () => void): void {
    this.#answers.push(answer);
    this.#wakeSoon();
  }

  #wakeSoon(): void {
    this.#ports.wakeAt(this.#ports.now());
  }

  #requireJournal(): Journal {
    if (this.#journal === null) throw new Error('the store does not serve');
    return this.#journal;
  }
}
