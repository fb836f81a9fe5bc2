/** The benchmark's calls with `core/hbase`. */
import { type Condition, HBaseClient, HBaseError, type Put } from '../../core/hbase/index.ts';
import type { Kind } from './cases.ts';
import type { Operation } from './closed-loop.ts';
import { family, firstTimestamp, numberBytes, qualifier, randomLetter, randomPage, randomRow, randomValue, regions, row } from './load.ts';

export function ourOperations(quorum: string): (table: string, kind: Kind, rows: number) => Operation {
  const client = new HBaseClient({ quorum });
  const fences = new Map<string, number[]>();
  return (table, kind, rows) => {
    if (kind === 'put') return () => client.mutate(table, put(randomRow(randomLetter()), firstTimestamp));
    if (kind === 'putBatch') return () => putBatch(client, table, rows);
    if (kind === 'page') return () => page(client, table, rows);
    const batches = fences.get(table) ?? [];
    fences.set(table, batches);
    return (caller) => conditional(client, table, rows, caller, batches);
  };
}

async function putBatch(client: HBaseClient, table: string, rows: number): Promise<void> {
  const puts = Array.from({ length: rows }, () => put(randomRow(randomLetter()), firstTimestamp));
  const results = await client.batch(table, puts);
  for (const result of results) if (result instanceof HBaseError) throw result;
}

async function conditional(client: HBaseClient, table: string, rows: number, caller: number, batches: number[]): Promise<void> {
  const letter = caller % regions;
  const batch = batches[caller] ?? 0;
  const fence = row(letter, 'o', caller, 0, 0);
  const mutations: Put[] = [{ ...put(fence, firstTimestamp + batch), value: numberBytes(batch + 1) }];
  for (let index = 1; index < rows; index += 1) mutations.push(put(randomRow(letter), firstTimestamp));
  const condition: Condition = { row: fence, family, qualifier, expected: batch === 0 ? null : numberBytes(batch) };
  if (!(await client.mutateRows(table, mutations, [condition]))) throw new Error('condition false');
  batches[caller] = batch + 1;
}

async function page(client: HBaseClient, table: string, rows: number): Promise<void> {
  const found = await client.page(table, { ...randomPage(rows), limit: rows });
  if (found.length !== rows) throw new Error(`a page of ${found.length}`);
}

function put(key: Uint8Array, timestamp: number): Put {
  return { kind: 'put', row: key, family, qualifier, value: randomValue(), timestamp };
}
