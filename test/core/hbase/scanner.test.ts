// Scans against a server that gives rows in pieces, heartbeats, ends of regions, and forgets its scanners.
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Cell } from '../../../core/hbase/cells.ts';
import { readFields } from '../../../core/hbase/fields.ts';
import { HBaseClient, type Scan } from '../../../core/hbase/index.ts';
import { cellOf, type FakeCall, FakeRegionServer, type Reply, type ScanReply, writeScanResults } from './fake-region-server.ts';

let server: FakeRegionServer;
let client: HBaseClient;

beforeEach(async () => {
  server = await FakeRegionServer.start();
  server.regions = [{ table: 't', start: '', end: '', port: server.port }];
  client = new HBaseClient({
    masters: server.address,
    limits: { backOffMsMin: 1, backOffMsMax: 5, callMsMax: 500, operationMsMax: 1_000, renewMs: 5 },
  });
});
afterEach(async () => {
  client.close();
  await server.stop();
});

/** What a request of a scan says, as far as these tests look at it. */
interface Asked {
  start: string | null;
  includeStart: boolean;
  scannerId: number;
  sequence: number;
  isClose: boolean;
  isRenew: boolean;
  limit: number;
}

const asked: Asked[] = [];

/** Answers the scan calls one after the other; a close and a renewal are noted only. */
function script(
  ...replies: readonly ((ScanReply & { readonly rows: readonly (readonly Cell[])[] }) | Extract<Reply, { exception: string }>)[]
): void {
  asked.length = 0;
  let next = 0;
  server.handler = (call) => {
    const request = readAsked(call);
    asked.push(request);
    if (request.isClose || request.isRenew) return { write: () => {} };
    const reply = replies[next];
    next += 1;
    if (reply === undefined) throw new Error('the script is over');
    if ('exception' in reply) return reply;
    return {
      write: (writer) =>
        writeScanResults(
          writer,
          reply.rows.map((cells) => cells.length),
          reply,
        ),
      cells: reply.rows.flat(),
    };
  };
}

it('joins the pieces of a row, also over calls', async () => {
  script(
    { scannerId: 7, moreInRegion: true, rows: [[a('1')], [b('1'), b('2')]], partials: [false, true] },
    { moreInRegion: true, rows: [[b('3')]], partials: [true] },
    { rows: [[b('4')], [c('1')]], partials: [false, false] },
  );
  expect(await scanned({})).toEqual(['a:1', 'b:1234', 'c:1']);
  expect(asked.map(({ scannerId, sequence }) => [scannerId, sequence])).toEqual([
    [0, 0],
    [7, 1],
    [7, 2],
  ]);
});

it('goes on after heartbeats and empty answers, and ends only when the server says so', async () => {
  script(
    { scannerId: 7, moreInRegion: true, heartbeat: true, rows: [] },
    { moreInRegion: true, rows: [[a('1')]] },
    { moreInRegion: true, rows: [] },
    { more: false, rows: [[b('1')]] },
  );
  expect(await scanned({})).toEqual(['a:1', 'b:1']);
});

it('opens a lost scanner anew behind the last whole row', async () => {
  script(
    { scannerId: 7, moreInRegion: true, rows: [[a('1')], [b('1')]] },
    { exception: 'org.apache.hadoop.hbase.UnknownScannerException', doNotRetry: true },
    { scannerId: 8, moreInRegion: true, rows: [] },
    { more: false, rows: [[c('1')]] },
  );
  expect(await scanned({})).toEqual(['a:1', 'b:1', 'c:1']);
  expect(asked[2]).toMatchObject({ start: 'b', includeStart: false, scannerId: 0 });
  expect(asked[3]).toMatchObject({ scannerId: 8, sequence: 1 });
});

it('reads a row anew whose pieces it had when the scanner was lost', async () => {
  script(
    { scannerId: 7, moreInRegion: true, rows: [[a('1')], [b('1')]], partials: [false, true] },
    { exception: 'org.apache.hadoop.hbase.exceptions.ScannerResetException' },
    { more: false, rows: [[b('1'), b('2')]] },
  );
  expect(await scanned({})).toEqual(['a:1', 'b:12']);
  expect(asked[2]).toMatchObject({ start: 'b', includeStart: true });
});

it('goes from region to region, and counts its limit over all of them', async () => {
  server.regions = [
    { table: 't', start: '', end: 'b', port: server.port },
    { table: 't', start: 'b', end: 'c', port: server.port },
    { table: 't', start: 'c', end: '', port: server.port },
  ];
  script({ scannerId: 1, rows: [[a('1')]] }, { scannerId: 2, rows: [[b('1')]] }, { scannerId: 3, rows: [[c('1')]] });
  expect(await scanned({ limit: 5 })).toEqual(['a:1', 'b:1', 'c:1']);
  expect(asked.map(({ start, limit }) => [start, limit])).toEqual([
    ['', 5],
    ['b', 4],
    ['c', 3],
  ]);
  script({ scannerId: 1, rows: [[c('1')]] }, { scannerId: 2, rows: [[b('1')]] });
  expect(await scanned({ reversed: true, stop: Buffer.from('b'), includeStop: true })).toEqual(['c:1', 'b:1']);
  expect(asked.map(({ start, includeStart }) => [start, includeStart])).toEqual([
    ['', true],
    ['c', false],
  ]);
});

it('renews the scanner of a consumer that takes its time, each call with the next number, and goes on behind it', async () => {
  script({ scannerId: 9, moreInRegion: true, rows: [[a('1')]] }, { more: false, rows: [[b('1')]] });
  const rows: string[] = [];
  for await (const page of client.scan('t', {})) {
    rows.push(...page.map(({ row }) => Buffer.from(row).toString()));
    while (rows.length === 1 && asked.filter(({ isRenew }) => isRenew).length < 3) await new Promise((fulfil) => setImmediate(fulfil));
  }
  expect(rows).toEqual(['a', 'b']);
  expect(asked.map(({ sequence }) => sequence)).toEqual(asked.map((_, index) => index));
  expect(asked.at(-1)).toMatchObject({ isRenew: false, scannerId: 9 });
});

it('closes the scanner of a consumer that leaves', async () => {
  script({ scannerId: 9, moreInRegion: true, rows: [[a('1')]] });
  for await (const page of client.scan('t', {})) {
    expect(page).toHaveLength(1);
    break;
  }
  while (asked.length < 2) await new Promise((fulfil) => setImmediate(fulfil));
  expect(asked[1]).toMatchObject({ scannerId: 9, isClose: true });
});

it('does not hide an error that no new scanner helps', async () => {
  script({ exception: 'org.apache.hadoop.hbase.security.AccessDeniedException' });
  await expect(scanned({})).rejects.toMatchObject({ nextStep: 'final' });
});

async function scanned(scan: Scan): Promise<string[]> {
  const rows: string[] = [];
  for await (const page of client.scan('t', scan)) {
    for (const { row, cells } of page) rows.push(`${Buffer.from(row)}:${cells.map(({ value }) => Buffer.from(value)).join('')}`);
  }
  return rows;
}

function a(value: string): Cell {
  return cellOf('a', value, value);
}

function b(value: string): Cell {
  return cellOf('b', value, value);
}

function c(value: string): Cell {
  return cellOf('c', value, value);
}

function readAsked({ message }: FakeCall): Asked {
  const found: Asked = { start: null, includeStart: true, scannerId: 0, sequence: 0, isClose: false, isRenew: false, limit: 0 };
  readFields(message, (field, reader) => {
    if (field === 2) readScan(reader.bytes(), found);
    else if (field === 3) found.scannerId = Number(reader.uint64());
    else if (field === 5) found.isClose = reader.bool();
    else if (field === 10) found.isRenew = reader.bool();
    else if (field === 6) found.sequence = Number(reader.uint64());
    else if (field === 11) found.limit = reader.uint32();
    else return false;
    return true;
  });
  return found;
}

function readScan(message: Uint8Array, into: Asked): void {
  readFields(message, (field, reader) => {
    if (field === 3) into.start = Buffer.from(reader.bytes()).toString('latin1');
    else if (field === 21) into.includeStart = reader.bool();
    else return false;
    return true;
  });
}
