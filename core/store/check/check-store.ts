/**
 * `parley store check|stat DIR`: verifies a directory no process has open, and says where its space goes.
 *
 * Method: it is opened as a server opens it, so that the recovery rule judges the journal's checksums, numbers and headers, and the
 * lock keeps others out; then every row is read through the port, each index row against its own checksum, and audited.
 */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { partitionCount } from '../../model/partition.ts';
import { type EmbeddedStore, openEmbeddedStore, StoreDamagedError } from '../embedded/embedded-store.ts';
import { identityFile } from '../embedded/machines/layout.ts';
import { isSegmentName } from '../embedded/machines/segment-table.ts';
import { type Row, type ScanResult, Table } from '../port.ts';
import { Audit, type SpaceLine } from './audit.ts';
import { tableName } from './row-names.ts';

const pageRows = 1000;
const pageBytes = 1024 * 1024;
/** Above every key: keys are shorter, or begin with a partition below 900. */
const endOfTable = new Uint8Array(64).fill(255);

export interface StoreCheck {
  readonly directory: string;
  readonly ok: boolean;
  /** Each names the file or row; the first hundred of `problemCount`. */
  readonly problems: readonly string[];
  readonly problemCount: number;
  /** What opening the directory repaired, and other things worth knowing that are no problem. */
  readonly notes: readonly string[];
  readonly rows: number;
  readonly conversations: number;
}

export interface StoreStat {
  readonly directory: string;
  /** Journal segments; their number is bounded, whatever the store holds. */
  readonly journalBytes: number;
  readonly journalFiles: number;
  readonly indexBytes: number;
  readonly rows: number;
  readonly conversations: number;
  /** By table and kind of row; before compression, so their sum is above `indexBytes`. */
  readonly space: Readonly<Record<string, SpaceLine>>;
}

/** How far the walk is. */
export interface Progress {
  readonly table: string;
  readonly rows: number;
  /** Of this table, 0 to 1. */
  readonly share: number;
}

type Watch = (progress: Progress) => void;

/** The directory holds no store, so there is nothing to look at. */
export class NoStoreError extends Error {
  override readonly name = 'NoStoreError';
}

/**
 * Verifies the store: journal, index rows, fences, seq without holes, heads = logs, watermarks.
 * @throws NoStoreError, StoreUnavailableError (another process has it)
 */
export async function checkStore(directory: string, watch: Watch = () => {}): Promise<StoreCheck> {
  const notes: string[] = [];
  try {
    const audit = await auditStore(directory, notes, watch);
    const { problems, problemCount, rows, conversations } = audit;
    return { directory, ok: problemCount === 0, problems, problemCount, notes, rows, conversations };
  } catch (error) {
    if (!(error instanceof StoreDamagedError)) throw error;
    return { directory, ok: false, problems: [error.message], problemCount: 1, notes, rows: 0, conversations: 0 };
  }
}

/** Rows and bytes by table and kind, and what the files take. @throws as `checkStore`, and StoreDamagedError */
export async function statStore(directory: string, watch: Watch = () => {}): Promise<StoreStat> {
  const { space, rows, conversations } = await auditStore(directory, [], watch);
  const journal = await sizesIn(directory, isSegmentName);
  const index = await sizesIn(join(directory, 'index'), () => true);
  return {
    directory,
    journalBytes: sum(journal),
    journalFiles: journal.length,
    indexBytes: sum(index),
    rows,
    conversations,
    space: Object.fromEntries([...space].sort(([left], [right]) => (left < right ? -1 : 1))),
  };
}

async function auditStore(directory: string, notes: string[], watch: Watch): Promise<Audit> {
  await requireStore(directory);
  const store = await openEmbeddedStore(directory, { verifyAtOpenBytesMax: Number.MAX_VALUE, report: (what) => notes.push(what) });
  const audit = new Audit();
  try {
    for (const table of Object.values(Table)) await auditTable(directory, store, table, { audit, notes, watch });
  } finally {
    await new Promise<void>((resolve) => store.close(resolve));
  }
  return audit;
}

/** A directory that is no store must not become one by being looked at. @throws NoStoreError */
export async function requireStore(directory: string): Promise<void> {
  const names = await readdir(directory).catch((error: unknown) => {
    const code = error instanceof Error && 'code' in error ? error.code : '';
    throw new NoStoreError(code === 'ENOENT' ? `${directory} does not exist` : `${directory} cannot be read (${String(code)})`);
  });
  const isStore = names.includes(identityFile) || names.some(isSegmentName);
  if (!isStore) throw new NoStoreError(`${directory} holds no store: no file "${identityFile}" is in it`);
}

interface Walk {
  readonly audit: Audit;
  readonly notes: readonly string[];
  readonly watch: Watch;
}

async function auditTable(directory: string, store: EmbeddedStore, table: Table, { audit, notes, watch }: Walk): Promise<void> {
  let start: Uint8Array = new Uint8Array(0);
  for (;;) {
    const page = await scan(store, table, start);
    if (page.kind !== 'ok') throw new StoreDamagedError(directory, 'index', notes.at(-1) ?? 'a read failed');
    for (const row of page.rows) audit.row(table, row);
    const last = page.rows.at(-1);
    if (!page.more || last === undefined) break;
    watch({ table: tableName(table), rows: audit.rows, share: partitionOf(last) / partitionCount });
    start = new Uint8Array(last.key.length + 1);
    start.set(last.key);
  }
  audit.endTable();
}

function scan(store: EmbeddedStore, table: Table, start: Uint8Array): Promise<ScanResult> {
  const request = { table, start, end: endOfTable, limit: pageRows, reverse: false, bytesMax: pageBytes };
  return new Promise((resolve) => store.scan(request, resolve));
}

/** Keys begin with it; those of the cluster table do not, but are few. */
function partitionOf(row: Row): number {
  return Math.min(partitionCount, row.key[0] * 256 + row.key[1]);
}

async function sizesIn(directory: string, counts: (name: string) => boolean): Promise<number[]> {
  const sizes: number[] = [];
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    if (entry.isFile() && counts(entry.name)) sizes.push((await stat(join(directory, entry.name))).size);
  }
  return sizes;
}

function sum(sizes: readonly number[]): number {
  return sizes.reduce((left, right) => left + right, 0);
}
