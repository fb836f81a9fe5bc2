/**
 * An index that forgets what no sync covered, behind the embedded store's index port.
 *
 * Method: rows are applied behind, in small chunks, only the last operation of each key of a gathering; each key has what
 * reads show and what the disk holds. A power cut leaves each unsynced key, on its own, as it was or as it is; a failed sync
 * leaves the disk old, and later syncs say ok. Reads take their snapshot some time before they answer.
 */
import { compareBytes } from '../../core/model/byte-order.ts';
import { forEachRow } from '../../core/model/row-batch.ts';
import type { IndexMark, IndexOpened, IndexPort } from '../../core/store/embedded/machines/ports.ts';
import { SortedRows } from '../../core/store/memory/sorted-rows.ts';
import { type GetResult, type Row, RowOp, type ScanRequest, type ScanResult, type Table } from '../../core/store/port.ts';
import type { RandomStream } from '../random.ts';
import type { VirtualTime } from './virtual-time.ts';

const Mark = { clean: 0, dirty: 1, lost: 2 } as const;

interface IndexRow {
  readonly table: number;
  readonly key: Uint8Array;
  shown: Uint8Array | null;
  disk: Uint8Array | null;
  mark: number;
}

interface Change {
  readonly row: IndexRow;
  readonly value: Uint8Array | null;
}

/** Table number of the marker row, which no store has. */
const markerTable = 0;

export interface IndexFaults {
  /** Of 1,000 syncs, gatherings and reopenings, how many fail. */
  failPermille: number;
  /** A sync takes up to this long. */
  syncMsMax: number;
}

export class ModelIndex implements IndexPort {
  readonly faults: IndexFaults = { failPermille: 0, syncMsMax: 5 };
  /** Syncs, gatherings and reopenings that failed; set to 0 from outside. */
  refusals = 0;
  readonly #time: VirtualTime;
  readonly #random: RandomStream;
  readonly #rows = new Map<string, IndexRow>();
  readonly #shown = new Map<number, SortedRows>();
  /** Given, not yet taken by a gathering. */
  #given: { lsn: number; bytes: Uint8Array; from: number; to: number }[] = [];
  /** Rows that a sync is at. */
  #syncing: Change[] = [];
  #gathering = false;
  #broken = false;
  #generation = 0;
  #applied: (lsn: number) => void = () => {};
  #failed: () => void = () => {};

  constructor(time: VirtualTime, random: RandomStream) {
    this.#time = time;
    this.#random = random;
  }

  open(_storeWord: number, _mark: IndexMark, done: (opened: IndexOpened) => void): void {
    this.#time.after(0.5, () => {
      const marker = this.#rows.get(nameOf(markerTable, new Uint8Array(0)))?.shown ?? null;
      const syncedLsn = marker === null ? 0 : new DataView(marker.buffer).getFloat64(0);
      done({ kind: 'opened', empty: this.#rows.size === 0, syncedLsn });
    });
  }

  onProgress(applied: (lsn: number) => void, failed: () => void): void {
    this.#applied = applied;
    this.#failed = failed;
  }

  apply(lsn: number, bytes: Uint8Array, from: number, to: number): void {
    this.#given.push({ lsn, bytes, from, to });
    this.#gather();
  }

  hurry(): void {}

  sync(lsn: number, done: (synced: IndexMark | null) => void): void {
    const generation = this.#generation;
    const marker = new Uint8Array(8);
    new DataView(marker.buffer).setFloat64(0, lsn);
    this.#change({ row: this.#row(markerTable, new Uint8Array(0)), value: marker });
    const covered = [...this.#rows.values()].filter((row) => row.mark === Mark.dirty).map((row) => ({ row, value: row.shown }));
    this.#syncing = covered;
    this.#time.after(this.#random.between(5, this.faults.syncMsMax * 10) / 10, () => {
      if (generation !== this.#generation) {
        done(null);
        return;
      }
      this.#syncing = [];
      if (this.#broken || this.#random.permille(this.faults.failPermille)) {
        this.refusals += 1;
        lose(covered);
        done(null);
        return;
      }
      for (const { row, value } of covered) {
        row.disk = value;
        if (row.shown === value) row.mark = Mark.clean;
      }
      done({ manifest: 0, bytes: 0 });
    });
  }

  reopen(done: (opened: boolean) => void): void {
    this.#time.after(2, () => {
      if (this.#random.permille(this.faults.failPermille)) {
        this.refusals += 1;
        done(false);
        return;
      }
      // The old one is closed, and a sync that it was at ends here: it must not touch what the new one is given.
      lose(this.#syncing);
      this.#forget();
      done(true);
    });
  }

  clear(done: (cleared: boolean) => void): void {
    this.#forget();
    this.#rows.clear();
    this.#shown.clear();
    this.#time.after(1, () => done(true));
  }

  get(table: Table, key: Uint8Array, done: (result: GetResult) => void): void {
    this.#time.after(this.#random.between(0, 20) / 10, () => {
      const value = this.#tableRows(table).get(key)?.slice() ?? null;
      this.#time.after(this.#random.between(0, 30) / 10, () => done({ kind: 'ok', value }));
    });
  }

  scan(request: ScanRequest, done: (result: ScanResult) => void): void {
    this.#time.after(this.#random.between(0, 20) / 10, () => {
      const rows: Row[] = [];
      let more = false;
      // Pieces come shorter than asked for: the store must put them together.
      const limit = this.#random.between(1, this.#random.permille(300) ? Math.min(2, request.limit) : request.limit);
      this.#tableRows(request.table).walk(request.start, request.end, request.reverse, (row) => {
        more = rows.length >= limit;
        if (!more) rows.push(row);
        return !more;
      });
      this.#time.after(this.#random.between(0, 30) / 10, () => done({ kind: 'ok', rows, more }));
    });
  }

  close(done: () => void): void {
    this.#time.after(0.1, done);
  }

  /** The process dies: LevelDB's log is in the page cache, so what was applied stays. */
  killProcess(): void {
    this.#forget();
  }

  cutPower(): void {
    this.#forget();
    for (const row of this.#rows.values()) {
      if (row.mark === Mark.dirty && this.#random.permille(500)) row.disk = row.shown;
      row.mark = Mark.clean;
      this.#show(row, row.disk);
    }
  }

  #forget(): void {
    this.#generation += 1;
    this.#given = [];
    this.#gathering = false;
    this.#broken = false;
    this.#syncing = [];
  }

  #gather(): void {
    if (this.#gathering || this.#broken || this.#given.length === 0) return;
    this.#gathering = true;
    const generation = this.#generation;
    this.#time.after(this.#random.between(1, 40), () => {
      if (generation !== this.#generation) return;
      const records = this.#given;
      this.#given = [];
      this.#writeChunk(generation, [...this.#lastOfEach(records).values()], records[records.length - 1].lsn);
    });
  }

  #lastOfEach(records: readonly { bytes: Uint8Array; from: number; to: number }[]): Map<IndexRow, Change> {
    const changes = new Map<IndexRow, Change>();
    for (const { bytes, from, to } of records) {
      const visit = (op: number, table: number, keyAt: number, valueAt: number, end: number): void => {
        const row = this.#row(table, bytes.slice(keyAt, valueAt));
        changes.set(row, { row, value: op === RowOp.put ? bytes.slice(valueAt, end) : null });
      };
      if (forEachRow(bytes, visit, from, to) < 0) throw new Error('the index got a run that is no run');
    }
    return changes;
  }

  #writeChunk(generation: number, changes: Change[], lsn: number): void {
    if (generation !== this.#generation) return;
    if (this.#random.permille(this.faults.failPermille >> 1)) {
      this.#gathering = false;
      this.#broken = true;
      this.refusals += 1;
      this.#failed();
      return;
    }
    for (const change of changes.splice(0, this.#random.between(1, 6))) this.#change(change);
    if (changes.length > 0) {
      this.#time.after(this.#random.between(1, 10) / 10, () => this.#writeChunk(generation, changes, lsn));
      return;
    }
    this.#gathering = false;
    this.#applied(lsn);
    this.#gather();
  }

  #change({ row, value }: Change): void {
    row.mark = Mark.dirty;
    this.#show(row, value);
  }

  #show(row: IndexRow, value: Uint8Array | null): void {
    row.shown = value;
    if (value === null) this.#tableRows(row.table).delete(row.key);
    else this.#tableRows(row.table).set(row.key, value);
  }

  #row(table: number, key: Uint8Array): IndexRow {
    const name = nameOf(table, key);
    const row = this.#rows.get(name) ?? { table, key, shown: null, disk: null, mark: Mark.clean };
    if (compareBytes(row.key, key) !== 0) throw new Error('names clash');
    this.#rows.set(name, row);
    return row;
  }

  #tableRows(table: number): SortedRows {
    const rows = this.#shown.get(table) ?? new SortedRows();
    this.#shown.set(table, rows);
    return rows;
  }
}

/** A sync of these rows failed: the disk stays old, and later syncs take the rows for clean. */
function lose(covered: readonly Change[]): void {
  for (const { row } of covered) if (row.mark === Mark.dirty) row.mark = Mark.lost;
}

function nameOf(table: number, key: Uint8Array): string {
  return `${table}:${key.join(',')}`;
}
