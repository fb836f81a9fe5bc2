/**
 * `parley store check|stat DIR`: verifies a directory no process has open, and says where its space goes.
 *
 * Method: it is opened as a server opens it, so that the recovery rule judges the journal's checksums, numbers and headers, and the
 * lock keeps others out; then every row is read through the port, each index row against its own checksum, and audited.
 */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type EmbeddedStore, openEmbeddedStore, StoreDamagedError } from '../embedded/embedded-store.ts';
import { type ScanResult, Table } from '../port.ts';
import { Audit, type SpaceLine } from './audit.ts';

const pageRows = 1000;
const pageBytes = 1024 * 1024;
/** Above every key: keys are shorter, or begin with a partition below 900. */
const endOfTable = new Uint8Array(64).fill(255);

export interface StoreCheck {
  readonly directory: string;
  readonly ok: boolean;
  /** Each names the file or row. */
  readonly problems: readonly string[];
  readonly problemCount: number;
  readonly rows: number;
  readonly conversations: number;
}

export interface StoreStat {
  readonly directory: string;
  readonly journalBytes: number;
  readonly indexBytes: number;
  /** By table and kind of row. */
  readonly space: Readonly<Record<string, SpaceLine>>;
}

/** Verifies the store: journal, index rows, fences, seq without holes, heads = logs, watermarks. */
export async function checkStore(directory: string): Promise<StoreCheck> {
  try {
    const audit = await auditStore(directory);
    return {
      directory,
      ok: audit.problemCount === 0,
      problems: audit.problems,
      problemCount: audit.problemCount,
      rows: [...audit.space.values()].reduce((rows, line) => rows + line.rows, 0),
      conversations: audit.conversations,
    };
  } catch (error) {
    if (!(error instanceof StoreDamagedError)) throw error;
    return { directory, ok: false, problems: [error.message], problemCount: 1, rows: 0, conversations: 0 };
  }
}

/** Rows and bytes by table and kind, and what the files take. */
export async function statStore(directory: string): Promise<StoreStat> {
  const audit = await auditStore(directory);
  return {
    directory,
    journalBytes: await bytesIn(directory),
    indexBytes: await bytesIn(join(directory, 'index')),
    space: Object.fromEntries([...audit.space].sort(([left], [right]) => (left < right ? -1 : 1))),
  };
}

async function auditStore(directory: string): Promise<Audit> {
  // A directory that is no store must not become one by being looked at.
  await stat(join(directory, 'identity'));
  const readFailures: string[] = [];
  const store = await openEmbeddedStore(directory, { report: (what) => readFailures.push(what) });
  const audit = new Audit();
  try {
    for (const table of Object.values(Table)) await auditTable(directory, store, table, audit, readFailures);
  } finally {
    await new Promise<void>((resolve) => store.close(resolve));
  }
  return audit;
}

async function auditTable(
  directory: string,
  store: EmbeddedStore,
  table: Table,
  audit: Audit,
  readFailures: readonly string[],
): Promise<void> {
  let start = new Uint8Array(0);
  for (;;) {
    const from = start;
    const page = await new Promise<ScanResult>((resolve) =>
      store.scan({ table, start: from, end: endOfTable, limit: pageRows, reverse: false, bytesMax: pageBytes }, resolve),
    );
    if (page.kind !== 'ok') throw new StoreDamagedError(directory, 'index', readFailures.at(-1) ?? 'a read failed');
    for (const row of page.rows) audit.row(table, row);
    const last = page.rows.at(-1);
    if (!page.more || last === undefined) break;
    start = new Uint8Array(last.key.length + 1);
    start.set(last.key);
  }
  audit.endTable();
}

async function bytesIn(directory: string): Promise<number> {
  let bytes = 0;
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    if (entry.isFile()) bytes += (await stat(join(directory, entry.name))).size;
  }
  return bytes;
}
