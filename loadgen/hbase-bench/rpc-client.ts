/**
 * The benchmark's calls with the npm package hbase-rpc-client, as far as it has them.
 *
 * The package has no types and no ES module. It ships timers that outlive a scan; they are cleared here, or a round would leave thousands.
 */
import { createRequire } from 'node:module';
import type { Kind } from './cases.ts';
import type { Operation } from './closed-loop.ts';
import { firstTimestamp, randomLetter, randomPage, randomRow, randomValue } from './load.ts';

type Done<Result> = (error: unknown, result?: Result) => void;

export interface RpcRow {
  readonly row?: Buffer;
  readonly cols: Readonly<Record<string, { readonly value: Buffer }>>;
}

export interface RpcPut {
  add(family: string, qualifier: string, value: Buffer): void;
}

export interface RpcScan {
  /** Rows a call. */
  numCached: number;
  timeout: NodeJS.Timeout | null;
  next(done: Done<RpcRow>): void;
  close(): void;
  toArray(done: Done<RpcRow[]>): void;
  each(row: (error: unknown, row: RpcRow, done: () => void) => void, end: (error: unknown) => void): void;
}

export interface RpcClient {
  get(table: string, get: unknown, done: Done<RpcRow | null>): void;
  put(table: string, put: RpcPut, done: Done<unknown>): void;
  mput(table: string, puts: readonly RpcPut[], done: Done<readonly unknown[]>): void;
  mget(table: string, rows: readonly Buffer[], done: Done<readonly RpcRow[]>): void;
  getScanner(table: string, start?: Buffer, stop?: Buffer): RpcScan;
  on(event: 'error', listener: (error: unknown) => void): void;
}

export interface RpcPackage {
  (options: Readonly<Record<string, unknown>>): RpcClient;
  readonly Put: new (row: Buffer, timestamp?: number) => RpcPut;
  readonly Get: new (row: Buffer) => unknown;
}

export function loadRpcPackage(): RpcPackage {
  return createRequire(import.meta.url)('hbase-rpc-client') as RpcPackage;
}

/** Its default, Nagle's algorithm, would add 40 ms to many calls. */
export function openRpcClient(quorum: string, hbase: RpcPackage = loadRpcPackage()): RpcClient {
  return hbase({ zookeeperHosts: [quorum], zookeeperRoot: '/hbase', tcpNoDelay: true, callTimeout: 30_000 });
}

export function rpcOperations(quorum: string): (table: string, kind: Kind, rows: number) => Operation {
  const hbase = loadRpcPackage();
  const client = openRpcClient(quorum, hbase);
  client.on('error', (error) => console.error(error));
  const randomPut = (): RpcPut => {
    const put = new hbase.Put(asBuffer(randomRow(randomLetter())), firstTimestamp);
    put.add('f', 'q', asBuffer(randomValue()));
    return put;
  };
  return (table, kind, rows) => {
    if (kind === 'put') return () => until((done) => client.put(table, randomPut(), done)).then(() => {});
    if (kind === 'page') return () => page(client, table, rows);
    if (kind === 'conditional') return () => Promise.reject(new Error('not there'));
    return async () => {
      const results = await until<readonly unknown[]>((done) => client.mput(table, Array.from({ length: rows }, randomPut), done));
      if (results?.length !== rows) throw new Error(`${results?.length} results of ${rows}`);
    };
  };
}

/** It asks for rows until it has them; then its scanner must be closed by another call. */
async function page(client: RpcClient, table: string, rows: number): Promise<void> {
  const { start, stop } = randomPage(rows);
  const scan = client.getScanner(table, asBuffer(start), asBuffer(stop));
  scan.numCached = rows;
  let found = 0;
  while (found < rows) {
    const next = await until<RpcRow>((done) => scan.next(done));
    if (next?.row === undefined) break;
    found += 1;
  }
  if (scan.timeout !== null) clearTimeout(scan.timeout);
  scan.close();
  if (found !== rows) throw new Error(`a page of ${found}`);
}

/** @throws Error, whatever it gives as one */
export function until<Result>(call: (done: Done<Result>) => void): Promise<Result | undefined> {
  return new Promise((resolve, reject) => {
    call((error, result) => {
      if (error === null || error === undefined) resolve(result);
      else reject(error instanceof Error ? error : new Error(JSON.stringify(error)));
    });
  });
}

export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}
