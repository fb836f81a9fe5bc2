/**
 * LevelDB's own files, looked at before LevelDB opens them: what it would not notice itself is found here, by the name of the file.
 *
 * Method: LevelDB checks neither index nor filter blocks of its tables, takes a MANIFEST that lost its end for one whose writer died, and
 * makes a new, empty index where CURRENT is missing; then it deletes the files it no longer knows. So each checkpoint notes the MANIFEST
 * and its durable length (the mark); before opening, CURRENT, MANIFEST and every live table are verified by LevelDB's own checksums, newest
 * table first. Beyond a bound of bytes tables are left for later, for a start must not take minutes; a read waits for those that may hold what
 * it asks for. The log needs no check: its rows are
 * above the checkpoint, and the journal gives them again.
 */
import { open, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { compareBytes } from '../../model/byte-order.ts';
import { probeKey } from './index-rows.ts';
import { LevelFormatError } from './level-files/byte-reader.ts';
import { readLog } from './level-files/log-file.ts';
import { verifyTable } from './level-files/table-file.ts';
import { applyVersionEdit, type LiveTable } from './level-files/version-edits.ts';
import type { IndexMark } from './machines/ports.ts';

const logBlockBytes = 32 * 1024;

/** A file of the index is not as it was written. */
export class IndexFileDamagedError extends Error {
  override readonly name = 'IndexFileDamagedError';
  /** Below the store's directory. */
  readonly file: string;

  constructor(name: string, what: string) {
    super(what);
    this.file = `index/${name}`;
  }
}

export class IndexFiles {
  readonly #location: string;
  #manifest = '';
  /** Whole records of the MANIFEST end here. */
  #manifestBytes = 0;

  constructor(location: string) {
    this.#location = location;
  }

  /**
   * Verifies what LevelDB is about to open, against the mark of the last checkpoint, and up to `tableBytesMax` of its tables.
   * @returns the tables beyond
   * @throws IndexFileDamagedError
   */
  async verify(mark: IndexMark, tableBytesMax: number): Promise<LiveTable[]> {
    const names = await readdir(this.#location).catch((): string[] => []);
    if (!names.includes('CURRENT')) {
      // Without a checkpoint nothing depends on the index yet; without any file it is reported as empty.
      if (mark.manifest > 0 && names.length > 0) throw new IndexFileDamagedError('CURRENT', 'is missing');
      return [];
    }
    const manifest = await this.#currentManifest();
    if (!names.includes(manifest)) throw new IndexFileDamagedError(manifest, 'is missing');
    const live = await this.#liveTables(manifest, mark);
    const later: LiveTable[] = [];
    let left = tableBytesMax;
    for (const table of live.sort((one, other) => other.number - one.number)) {
      left -= table.bytes;
      // The index's own rows have the lowest keys, and opening reads them.
      if (left < 0 && compareBytes(table.smallest, probeKey) > 0) later.push(table);
      else await this.verifyTable(table, names);
    }
    return later;
  }

  /** @throws IndexFileDamagedError. `names`: what is in the directory, `null`: a table that is gone is not looked for any more. */
  async verifyTable({ number, bytes }: LiveTable, names: readonly string[] | null): Promise<void> {
    const stem = String(number).padStart(6, '0');
    const name = names?.includes(`${stem}.sst`) ? `${stem}.sst` : `${stem}.ldb`;
    let content: Uint8Array;
    try {
      content = await readFile(join(this.#location, name));
    } catch (error) {
      const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
      if (missing && names === null) return;
      throw missing ? new IndexFileDamagedError(name, 'is missing') : error;
    }
    if (content.length !== bytes) throw new IndexFileDamagedError(name, `has ${content.length} bytes instead of ${bytes}`);
    try {
      verifyTable(content);
    } catch (error) {
      throw error instanceof LevelFormatError ? new IndexFileDamagedError(name, error.message) : error;
    }
  }

  /** The opened index has another MANIFEST than the one before. */
  async opened(): Promise<void> {
    this.#manifest = await this.#currentManifest();
    this.#manifestBytes = 0;
  }

  /** Mark of a checkpoint whose rows are all in tables. What it counts is durable when this returns. */
  async mark(): Promise<IndexMark> {
    const base = this.#manifestBytes - (this.#manifestBytes % logBlockBytes);
    const file = await open(join(this.#location, this.#manifest), 'r');
    try {
      const { size } = await file.stat();
      const bytes = new Uint8Array(size - base);
      const { bytesRead } = await file.read(bytes, 0, bytes.length, base);
      await file.datasync();
      this.#manifestBytes = base + readLog(bytes.subarray(0, bytesRead), this.#manifestBytes - base, () => {}).wholeBytes;
    } finally {
      await file.close();
    }
    return { manifest: numberOf(this.#manifest), bytes: this.#manifestBytes };
  }

  async #currentManifest(): Promise<string> {
    const current = await readFile(join(this.#location, 'CURRENT'), 'latin1');
    if (!/^MANIFEST-[0-9]{6,15}\n$/.test(current)) throw new IndexFileDamagedError('CURRENT', 'names no MANIFEST');
    return current.trimEnd();
  }

  async #liveTables(manifest: string, mark: IndexMark): Promise<LiveTable[]> {
    const number = numberOf(manifest);
    if (number < mark.manifest) throw new IndexFileDamagedError('CURRENT', `names ${manifest}, which is older than the last checkpoint`);
    const tables = new Map<number, LiveTable>();
    try {
      const end = readLog(await readFile(join(this.#location, manifest)), 0, (record) => applyVersionEdit(record, tables));
      if (end.damaged) throw new LevelFormatError(`does not match its checksum behind byte ${end.wholeBytes}`);
      if (number === mark.manifest && end.wholeBytes < mark.bytes)
        throw new LevelFormatError(`is whole up to byte ${end.wholeBytes} instead of ${mark.bytes}`);
    } catch (error) {
      throw error instanceof LevelFormatError ? new IndexFileDamagedError(manifest, error.message) : error;
    }
    return [...tables.values()];
  }
}

function numberOf(manifest: string): number {
  return Number(manifest.slice('MANIFEST-'.length));
}
