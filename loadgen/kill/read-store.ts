/** What is in a store in the end: every log and watermark, and whether its rows fit together. */
import { Audit } from '../../core/store/check/audit.ts';
import { openEmbeddedStore } from '../../core/store/embedded/embedded-store.ts';
import { type Row, type ScanResult, type Store, Table } from '../../core/store/port.ts';
import { type ReadConversation, readRows } from '../../sim/readback.ts';

const pageRows = 2_000;
const pageBytes = 1024 * 1024;
const endOfTable = new Uint8Array(64).fill(255);

/** @throws when the store is damaged or a read fails. */
export async function readDirectory(directory: string): Promise<readonly ReadConversation[]> {
  const store = await openEmbeddedStore(directory);
  try {
    return readRows(await readAll(store, Table.users));
  } finally {
    await new Promise<void>((resolve) => store.close(resolve));
  }
}

/** @returns what stands there, and what does not fit together in words. @throws when a read fails. */
export async function readStore(
  store: Store,
): Promise<{ readonly conversations: readonly ReadConversation[]; readonly problems: string[] }> {
  const audit = new Audit();
  let conversations: readonly ReadConversation[] = [];
  for (const table of Object.values(Table)) {
    const rows = await readAll(store, table);
    for (const row of rows) audit.row(table, row);
    audit.endTable();
    if (table === Table.users) conversations = readRows(rows);
  }
  return { conversations, problems: audit.problems };
}

async function readAll(store: Store, table: Table): Promise<Row[]> {
  const rows: Row[] = [];
  for (let start = new Uint8Array(0); ; ) {
    const page = await scan(store, table, start);
    if (page.kind !== 'ok') throw new Error(`the store cannot be read: ${page.kind}`);
    for (const row of page.rows) rows.push(row);
    const last = page.rows.at(-1);
    if (!page.more || last === undefined) return rows;
    start = new Uint8Array(last.key.length + 1);
    start.set(last.key);
  }
}

function scan(store: Store, table: Table, start: Uint8Array): Promise<ScanResult> {
  const request = { table, start, end: endOfTable, limit: pageRows, bytesMax: pageBytes, reverse: false };
  return new Promise((resolve) => store.scan(request, resolve));
}
