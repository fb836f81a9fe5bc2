/** The content of a store in memory as a whole: for backups, and for whoever looks at the end. */
import { RowBatch } from '../core/model/row-batch.ts';
import { MemoryStore } from '../core/store/memory/memory-store.ts';
import { Table } from '../core/store/port.ts';

/** The whole content, row by row. */
export function copyOf(memory: MemoryStore): MemoryStore {
  const copy = new MemoryStore();
  const rows = new RowBatch();
  for (const table of Object.values(Table)) {
    for (const { key, value } of memory.scan({ ...everything, table }).rows) {
      rows.reset();
      rows.put(table, key, value);
      copy.apply(rows.bytes);
    }
  }
  return copy;
}

/** Of a table. */
export const everything = {
  start: new Uint8Array(0),
  end: new Uint8Array([0xff, 0xff, 0xff, 0xff]),
  limit: Number.MAX_SAFE_INTEGER,
  bytesMax: Number.MAX_SAFE_INTEGER,
  reverse: false,
};
