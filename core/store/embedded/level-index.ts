/**
 * The index: classic-level behind the journal, in the worker's thread only (all reads too: two handles over one cache abort at
 * exit).
 *
 * Method: records are gathered for about a second and only the last operation of each key is written, in chained batches
 * without sync. A checkpoint flushes LevelDB's memory table to a synced table file; the marker row written before it says how
 * far the rows go, the one after it shows whether LevelDB is still well, since compaction itself reports nothing.
 */
import { statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as setTimeoutPromise } from 'node:timers/promises';
import { ClassicLevel } from 'classic-level';
import { compareBytes } from '../../model/byte-order.ts';
import { rowHeaderBytes, rowKeyBytes, rowValueBytes } from '../../model/row-batch.ts';
import { RowOp } from '../port.ts';
import { IndexFileDamagedError, IndexFiles } from './index-files.ts';
import type { WorkerOptions } from './index-messages.ts';
import {
  checkIndexValue,
  decodeMarker,
  encodeMarker,
  indexChecksumBytes,
  indexKey,
  markerKey,
  probeKey,
  sealIndexValue,
} from './index-rows.ts';
import type { LiveTable } from './level-files/version-edits.ts';
import { OverlayGeneration } from './machines/overlay-generation.ts';
import type { IndexMark } from './machines/ports.ts';
import { ValuePacker } from './packed-gets.ts';
import { type PackedRows, RowPacker } from './row-packer.ts';

export type Level = ClassicLevel<Uint8Array, Uint8Array>;

const gatherMs = 1000;
const gatherBytesMax = 24 * 1024 * 1024;
const batchRowsMax = 1000;
const batchBytesMax = 512 * 1024;
/** Between batches, unless somebody waits: written in one go a second's rows took a shared core for a tenth of the next. */
const batchPauseMs = 15;
/** Opening anew needs room for a log and a manifest. */
const reopenBytesMin = 32 * 1024 * 1024;
/** A scan asks for few rows first: LevelDB's binding makes room for as many as are asked for, and keeps it until a collection finds it. */
const scanRowsAtFirst = 16;
const scanRowsAtOnce = 256;
/** Between tables that are verified while the index serves: 2 MB each. */
const verifyPauseMs = 50;

const levelOptions = {
  keyEncoding: 'view',
  valueEncoding: 'view',
  writeBufferSize: 8 * 1024 * 1024,
  maxFileSize: 2 * 1024 * 1024,
  maxOpenFiles: 1000,
  // Of blocks; the system's cache of files lies behind it. Blocks of tables that were compacted stay in it until others push them out,
  // so whatever its size, it fills.
  cacheSize: 8 * 1024 * 1024,
} as const;

export class LevelIndex {
  readonly #location: string;
  readonly #files: IndexFiles;
  readonly #verifyAtOpenBytesMax: number;
  readonly #onApplied: (lsn: number) => void;
  readonly #onFailed: (what: string) => void;
  #level: Level | null = null;
  #word = 0;
  #gathering = new OverlayGeneration();
  #spare = new OverlayGeneration();
  #writing: Promise<void> | null = null;
  #timer: ReturnType<typeof setTimeout> | null = null;
  /** Somebody waits for what is being written. */
  #urgent = false;
  /** More is to be written at once after the write that is going on. */
  #hurried = false;
  #broken = false;
  #closed = false;
  /** Tables for which the start had no time. */
  #unverified: LiveTable[] = [];
  /** A file found damaged while the index serves. */
  #damage: string | null = null;
  #scratch = new Uint8Array(64 * 1024);

  constructor({ directory, verifyAtOpenBytesMax }: WorkerOptions, onApplied: (lsn: number) => void, onFailed: (what: string) => void) {
    this.#location = join(directory, 'index');
    this.#files = new IndexFiles(this.#location);
    this.#verifyAtOpenBytesMax = verifyAtOpenBytesMax;
    this.#onApplied = onApplied;
    this.#onFailed = onFailed;
  }

  /** Opens it and says whether it is empty and how far it certainly goes. */
  async open(word: number, mark: IndexMark): Promise<{ empty: boolean; syncedLsn: number; otherStore: boolean }> {
    this.#word = word;
    this.#unverified = await this.#files.verify(mark, this.#verifyAtOpenBytesMax);
    void this.#verifyBehind();
    const level = await this.#openLevel();
    const marker = await level.get(markerKey);
    if (marker !== undefined) {
      const { word: markedWord, lsn } = decodeMarker(marker);
      return { empty: false, syncedLsn: lsn, otherStore: markedWord !== word };
    }
    for await (const _ of level.keys({ limit: 1 })) return { empty: false, syncedLsn: 0, otherStore: false };
    return { empty: true, syncedLsn: 0, otherStore: false };
  }

  apply(lsn: number, bytes: Uint8Array, from: number, to: number): void {
    if (this.#broken) return;
    this.#gathering.add(lsn, bytes, from, to);
    // At once, not a second's rows in one go before they are written: on a shared core that took 20 ms from the main thread.
    this.#gathering.enter();
    if (this.#gathering.bytes >= gatherBytesMax) this.#write();
    else if (this.#timer === null) this.#timer = setTimeout(() => this.#write(), gatherMs);
  }

  /** Writes what was gathered, now or as soon as the batches before it are written, and without pauses: somebody waits (a start, a close). */
  hurry(): void {
    this.#urgent = this.#writing !== null || this.#gathering.records.length > 0;
    this.#write();
  }

  #write(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#hurried = this.#writing !== null;
    if (this.#writing !== null || this.#broken || this.#gathering.records.length === 0) return;
    const rows = this.#gathering;
    this.#gathering = this.#spare;
    this.#spare = rows;
    this.#writing = this.#writeRows(rows).then(
      () => this.#written(rows),
      (error: unknown) => this.#failed(error),
    );
  }

  /** Makes all up to record `lsn`, which is applied, durable; `null`: could not. */
  async sync(lsn: number): Promise<IndexMark | null> {
    if (this.#level === null || this.#broken) return null;
    const marker = encodeMarker(this.#word, lsn);
    const beyond = Uint8Array.of(255, 255);
    try {
      await this.#level.put(markerKey, marker);
      await this.#level.compactRange(beyond, beyond);
      // Not the marker again: in the log it would outlive a table that was lost.
      await this.#level.put(probeKey, marker);
      return await this.#files.mark();
    } catch {
      return null;
    }
  }

  /** Forgets what was not applied and opens anew; false when there is no room for it. */
  async reopen(): Promise<boolean> {
    if (this.#damage !== null) return false;
    const space = await statfs(this.#location);
    if (space.bavail * space.bsize < reopenBytesMin) return false;
    await this.#forget();
    await this.#openLevel();
    this.#broken = false;
    return true;
  }

  async clear(): Promise<void> {
    this.#damage = null;
    this.#unverified = [];
    await this.#forget();
    await ClassicLevel.destroy(this.#location);
    await this.#openLevel();
    this.#broken = false;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#forget();
  }

  /** Values of keys with their table byte, packed in this order; what cannot be read is told to `failed`. */
  async getMany(keys: readonly Uint8Array[], failed: (error: unknown) => void): Promise<Uint8Array> {
    const packer = new ValuePacker();
    const values = await this.#readAll(keys, failed);
    for (let index = 0; index < keys.length; index += 1) {
      const value = values[index];
      try {
        packer.add(value, value === null || value === undefined ? 0 : checkIndexValue(keys[index], value, this.#word));
      } catch (error) {
        failed(error);
        packer.add(undefined, 0);
      }
    }
    return packer.take();
  }

  /** Rows packed as `[u32 keyBytes][u32 valueBytes][key][value]`. */
  async scan(table: number, start: Uint8Array, end: Uint8Array, limit: number, reverse: boolean, bytesMax: number): Promise<PackedRows> {
    if (this.#unverified.length > 0) await this.#verifyRange(indexKey(table, start), indexKey(table, end));
    const iterator = this.#requireLevel().iterator({
      gte: indexKey(table, start),
      lt: indexKey(table, end),
      reverse,
      highWaterMarkBytes: 65536,
    });
    const packer = new RowPacker();
    try {
      for (let rowsAtOnce = scanRowsAtFirst; ; rowsAtOnce = scanRowsAtOnce) {
        const entries = await iterator.nextv(Math.min(rowsAtOnce, limit + 1 - packer.count));
        if (entries.length === 0) return packer.finish(false);
        for (const [key, value] of entries) {
          if (packer.count >= limit || (packer.count > 0 && packer.bytes >= bytesMax)) return packer.finish(true);
          packer.add(key, value, checkIndexValue(key, value, this.#word));
        }
      }
    } finally {
      await iterator.close();
    }
  }

  /** `null`: no such row; `undefined`: it cannot be read. One trip to the thread pool for all, unless one fails. */
  async #readAll(keys: readonly Uint8Array[], failed: (error: unknown) => void): Promise<(Uint8Array | null | undefined)[]> {
    try {
      if (this.#unverified.length > 0) for (const key of keys) await this.#verifyRange(key, key);
      const values = await this.#requireLevel().getMany([...keys]);
      return values.map((value) => value ?? null);
    } catch (error) {
      if (keys.length > 1) return (await Promise.all(keys.map((key) => this.#readAll([key], failed)))).flat();
      failed(error);
      return [undefined];
    }
  }

  async #openLevel(): Promise<Level> {
    const level: Level = new ClassicLevel<Uint8Array, Uint8Array>(this.#location, levelOptions);
    await level.open();
    await this.#files.opened();
    this.#level = level;
    return level;
  }

  /** The tables that are left, one after the other with pauses. A damaged one ends all reads: a key may be hidden. */
  async #verifyBehind(): Promise<void> {
    while (this.#unverified.length > 0) {
      await setTimeoutPromise(verifyPauseMs, undefined, { ref: false });
      if (this.#closed || this.#damage !== null) return;
      if (this.#unverified.length > 0) await this.#verify(this.#unverified[0]);
    }
  }

  /** The tables that are left and may hold keys from `first` to `last`. */
  async #verifyRange(first: Uint8Array, last: Uint8Array): Promise<void> {
    for (const table of [...this.#unverified]) {
      if (compareBytes(table.largest, first) >= 0 && compareBytes(table.smallest, last) <= 0) await this.#verify(table);
    }
  }

  async #verify(table: LiveTable): Promise<void> {
    try {
      await this.#files.verifyTable(table, null);
      this.#unverified = this.#unverified.filter((each) => each !== table);
    } catch (error) {
      this.#damage ??= error instanceof IndexFileDamagedError ? `${error.file} ${error.message}` : String(error);
      this.#failed(new Error(this.#damage));
    }
  }

  async #forget(): Promise<void> {
    this.#broken = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    await this.#writing;
    this.#gathering.reset();
    const level = this.#level;
    this.#level = null;
    await level?.close();
  }

  async #writeRows(rows: OverlayGeneration): Promise<void> {
    const level = this.#requireLevel();
    let batch = level.batch();
    let batchBytes = 0;
    const count = rows.count;
    for (let entry = 0; entry < count; entry += 1) {
      batchBytes += this.#putRow(batch, rows.bufferOf(entry), rows.placeOf(entry));
      if (batch.length < batchRowsMax && batchBytes < batchBytesMax) continue;
      await batch.write();
      if (!this.#isUrgent) await setTimeoutPromise(batchPauseMs);
      batch = level.batch();
      batchBytes = 0;
    }
    await batch.write();
  }

  /** Somebody waits for what is being written, or more than enough waits behind it. */
  get #isUrgent(): boolean {
    return this.#urgent || this.#hurried || this.#broken || this.#gathering.bytes >= gatherBytesMax / 2;
  }

  /** The binding copies key and value; they are laid side by side in private memory, with the checksum behind. */
  #putRow(batch: ReturnType<Level['batch']>, buffer: Uint8Array, at: number): number {
    const keyBytes = rowKeyBytes(buffer, at) + 1;
    const valueBytes = rowValueBytes(buffer, at);
    const bytes = keyBytes + valueBytes;
    if (bytes + indexChecksumBytes > this.#scratch.length) this.#scratch = new Uint8Array(2 * (bytes + indexChecksumBytes));
    const scratch = this.#scratch;
    scratch[0] = buffer[at + 1];
    scratch.set(buffer.subarray(at + rowHeaderBytes, at + rowHeaderBytes + bytes - 1), 1);
    if (buffer[at] === RowOp.delete) {
      batch.del(scratch.subarray(0, keyBytes));
      return bytes;
    }
    sealIndexValue(scratch, bytes, this.#word);
    batch.put(scratch.subarray(0, keyBytes), scratch.subarray(keyBytes, bytes + indexChecksumBytes));
    return bytes;
  }

  #written(rows: OverlayGeneration): void {
    this.#writing = null;
    const lsn = rows.lastLsn;
    rows.reset();
    if (this.#broken) return;
    this.#onApplied(lsn);
    if (this.#hurried) this.#write();
    else this.#urgent = false;
  }

  #failed(error: unknown): void {
    this.#writing = null;
    this.#spare.reset();
    if (this.#broken) return;
    this.#broken = true;
    this.#onFailed(error instanceof Error ? error.message : String(error));
  }

  #requireLevel(): Level {
    if (this.#damage !== null) throw new Error(this.#damage);
    if (this.#level === null) throw new Error('the index is not open');
    return this.#level;
  }
}
