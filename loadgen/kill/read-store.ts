/** What is on the disk in the end: every log and watermark of a directory that no server has open. */
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
    return readRows(await readAll(store));
  } finally {
    await new Promise<void>((resolve) => store.close(resolve));
  }
}

async function readAll(store: Store): Promise<Row[]> {
  const rows: Row[] = [];
  for (let start = new Uint8Array(0); ; ) {
    const page = await scan(store, start);
    if (page.kind !== 'ok') throw new Error(`the store cannot be read: ${page.kind}`);
    for (const row of page.rows) rows.push(row);
    const last = page.rows.at(-1);
    if (!page.more || last === undefined) return rows;
    start = new Uint8Array(last.key.length + 1);
    start.set(last.key);
  }
}

function scan(store: Store, start: Uint8Array): Promise<ScanResult> {
  const request = { table: Table.users, start, end: endOfTable, limit: pageRows, bytesMax: pageBytes, reverse: false };
  return new Promise((resolve) => store.scan(request, resolve));
}
