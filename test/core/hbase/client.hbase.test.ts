// The client on a real HBase: every operation, regions that move and split beneath it, both ways to begin.
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cell, HBaseClient, HBaseError, mutateRowsCoprocessor, type Put, type Row } from '../../../core/hbase/index.ts';
import { onHBase } from '../../_util/on-hbase.ts';

const f = bytes('f');
const q = bytes('q');
const base = 2 ** 41;

onHBase('the client on a real HBase', ({ masters, quorum }) => {
  const client = new HBaseClient({ masters });
  const table = `client${process.pid}`;
  const many = Array.from({ length: 500 }, (_, index) => put(`${letterOf(index)}${String(index).padStart(3, '0')}`, `v${index}`, 1));

  beforeAll(async () => {
    const attributes = { coprocessor$1: `|${mutateRowsCoprocessor}|536870911|` };
    const schema = { name: table, attributes, families: [{ name: 'f', attributes: { VERSIONS: '3' } }] };
    await client.admin.createTable(schema, [bytes('h'), Uint8Array.of(0x70, 0xff, 0x80)]);
    const results = await client.batch(table, many);
    expect(results.filter((result) => result instanceof HBaseError)).toEqual([]);
  });
  afterAll(async () => {
    await client.admin.deleteTable(table);
    client.close();
  });

  it.each([
    ['masters', { masters }],
    ['a ZooKeeper quorum', { quorum }],
  ])('begins with %s', async (_, options) => {
    const other = new HBaseClient(options);
    const status = await other.admin.status();
    expect(status.version).toMatch(/^2\.6\./);
    expect(status.servers).toHaveLength(2);
    expect(await valueAt(other, 'a000')).toBe('v0');
    other.close();
  });

  it('begins with a region server as well', async () => {
    const { servers } = await client.admin.status();
    const other = new HBaseClient({ masters: `${servers[0].host}:${servers[0].port}` });
    expect(await valueAt(other, 'b001')).toBe('v1');
    other.close();
  });

  it('lists regions, tells the settings of a table, and none of one that is not there', async () => {
    const regions = await client.admin.regions(table);
    expect(regions.map(({ startKey }) => [...startKey])).toEqual([[], [0x68], [0x70, 0xff, 0x80]]);
    const found = await client.admin.describe(table);
    expect(found?.families[0].attributes.VERSIONS).toBe('3');
    expect(await client.admin.describe(`${table}none`)).toBeNull();
    await expect(client.get(`${table}none`, { row: bytes('a') })).rejects.toMatchObject({ nextStep: 'final', applied: 'no' });
  });

  it('puts, gets and deletes by column, version and time', async () => {
    for (const at of [1, 2, 3]) await client.mutate(table, put('one', `v${at}`, at));
    expect(await valueAt(client, 'one')).toBe('v3');
    const all = await client.get(table, { row: bytes('one'), versionsMax: 3 });
    expect(all.map((cell) => [cell.timestamp - base, text(cell.value)])).toEqual([
      [3, 'v3'],
      [2, 'v2'],
      [1, 'v1'],
    ]);
    const early = await client.get(table, { row: bytes('one'), timeRange: [base, base + 3] });
    expect(early.map((cell) => text(cell.value))).toEqual(['v2']);
    await client.mutate(table, { kind: 'delete', row: bytes('one'), family: f, qualifier: q, timestamp: base + 2 });
    expect(await client.get(table, { row: bytes('one'), versionsMax: 3 })).toHaveLength(1);
    await client.mutate(table, { kind: 'delete', row: bytes('one'), family: f, timestamp: base + 3 });
    expect(await valueAt(client, 'one')).toBeNull();
  });

  it('changes a row only if it holds what is expected', async () => {
    const condition = { row: bytes('two'), family: f, qualifier: q };
    expect(await client.checkAndMutate(table, { ...condition, expected: bytes('a') }, put('two', 'b', 1))).toBe(false);
    expect(await client.checkAndMutate(table, { ...condition, expected: null }, put('two', 'a', 1))).toBe(true);
    expect(await client.checkAndMutate(table, { ...condition, expected: null }, put('two', 'b', 2))).toBe(false);
    expect(await client.checkAndMutate(table, { ...condition, expected: bytes('a') }, put('two', 'b', 2))).toBe(true);
    expect(await valueAt(client, 'two')).toBe('b');
  });

  it('changes many rows of a region at once, all or nothing', async () => {
    const fence = { row: bytes('afence'), family: f, qualifier: q };
    expect(await client.mutateRows(table, [put('afence', '1', 1), put('ax', 'x', 1)], [{ ...fence, expected: null }])).toBe(true);
    expect(await client.mutateRows(table, [put('afence', '2', 2), put('ax', 'y', 2)], [{ ...fence, expected: bytes('0') }])).toBe(false);
    expect(await valueAt(client, 'ax')).toBe('x');
    const elsewhere = client.mutateRows(table, [put('afence', '2', 2), put('z', 'y', 2)], []);
    await expect(elsewhere).rejects.toMatchObject({ nextStep: 'final', applied: 'no' });
    const unknownFamily = client.mutateRows(table, [{ ...put('afence', '2', 2), family: bytes('g') }], []);
    await expect(unknownFamily).rejects.toMatchObject({ nextStep: 'final', applied: 'no' });
    expect(await valueAt(client, 'afence')).toBe('1');
  });

  it('answers a batch in the order of its actions', async () => {
    const order = many.map((_, index) => (index * 7) % many.length);
    const results = await client.batch(
      table,
      order.map((index) => ({ kind: 'get' as const, row: many[index].row })),
    );
    expect(results.map((result) => text((result as Cell[])[0].value))).toEqual(order.map((index) => `v${index}`));
    const mixed = await client.batch(table, [
      put('three', '3', 1),
      { ...put('bad', '1', 1), family: bytes('g') },
      { kind: 'get', row: bytes('absent') },
    ]);
    expect(mixed[0]).toEqual([]);
    expect(mixed[1]).toMatchObject({ nextStep: 'final', applied: 'no' });
    expect(mixed[2]).toEqual([]);
  });

  describe('scans', () => {
    const keys = many.map(({ row }) => text(row)).sort();
    it.each([
      ['everything, in small pieces', { rowsPerCall: 7 }],
      ['everything, few bytes a call', { bytesPerCall: 200 }],
      ['backward', { rowsPerCall: 7, reversed: true }],
    ])('%s', async (_, scan) => {
      const wanted = keys.filter((key) => key >= 'b');
      const bounds = 'reversed' in scan ? { stop: bytes('b'), includeStop: true } : { start: bytes('b') };
      const found = (await rowsOf(client.scan(table, { ...bounds, ...scan }))).filter((key) => wanted.includes(key));
      expect('reversed' in scan ? found.reverse() : found).toEqual(wanted);
    });

    it('a page over a border, in both directions, with its bounds', async () => {
      const from = keys.findIndex((key) => key >= 'g');
      const page = await client.page(table, { start: bytes(keys[from]), stop: bytes(keys[from + 60]), limit: 100 });
      expect(page.map(({ row }) => text(row))).toEqual(keys.slice(from, from + 60));
      const back = await client.page(table, {
        start: bytes(keys[from + 59]),
        stop: bytes(keys[from]),
        includeStop: true,
        reversed: true,
        limit: 100,
      });
      expect(back.map(({ row }) => text(row)).reverse()).toEqual(keys.slice(from, from + 60));
      const short = await client.page(table, { start: bytes(keys[from]), includeStart: false, limit: 5 });
      expect(short.map(({ row }) => text(row))).toEqual(keys.slice(from + 1, from + 6));
    });

    it('goes on when the region moves beneath it', async () => {
      const found: string[] = [];
      let pages = 0;
      for await (const page of client.scan(table, { start: bytes('h'), stop: bytes('p'), rowsPerCall: 20 })) {
        found.push(...page.map(({ row }) => text(row)));
        pages += 1;
        if (pages === 2) await moveRegionOf('h');
      }
      expect(pages).toBeGreaterThan(3);
      expect(found).toEqual(keys.filter((key) => key >= 'h' && key < 'p'));
    });
  });

  it('finds rows after a move and a split', async () => {
    await moveRegionOf('a');
    expect(await valueAt(client, 'a000')).toBe('v0');
    const [first] = await client.admin.regions(table);
    await client.admin.flush(first);
    await client.admin.split(first, bytes('d'));
    expect(await valueAt(client, 'a000')).toBe('v0');
    const results = await client.batch(table, [put('c9', 'c', 1), put('e9', 'e', 1)]);
    expect(results).toEqual([[], []]);
    expect(await valueAt(client, 'e9')).toBe('e');
    expect(await client.admin.regions(table)).toHaveLength(4);
  });

  it('finds rows after two regions became one, where it still believes in two', async () => {
    // Not those that were split just now: until their files are compacted they refer to their parent's.
    const [left, right] = (await client.admin.regions(table)).slice(2);
    const other = new HBaseClient({ masters });
    expect([await valueAt(other, 'h007'), await valueAt(other, 'r017')]).toEqual(['v7', 'v17']);
    await client.admin.merge(left, right);
    expect(await client.admin.regions(table)).toHaveLength(3);
    expect([await valueAt(other, 'r017'), await valueAt(other, 'h007')]).toEqual(['v17', 'v7']);
    expect(await other.batch(table, [put('h', 'h', 1), put('z', 'z', 1)])).toEqual([[], []]);
    other.close();
  });

  it('goes on with a scanner that was renewed often meanwhile', async () => {
    const slow = new HBaseClient({ masters, limits: { renewMs: 10 } });
    const found: string[] = [];
    const keys = many.map(({ row }) => text(row)).sort();
    for await (const page of slow.scan(table, { start: bytes('i'), stop: bytes('p'), rowsPerCall: 50 })) {
      found.push(...page.map(({ row }) => text(row)));
      await delay(60);
    }
    expect(found).toEqual(keys.filter((key) => key >= 'i' && key < 'p'));
    slow.close();
  });

  it('keeps answers apart when its calls have few numbers', async () => {
    const few = new HBaseClient({ masters, limits: { callIdsEnd: 8, inFlightCallsMax: 6, backOffMsMin: 1 } });
    const wanted = many.slice(0, 100).map(({ row }) => text(row));
    const found = await Promise.all(wanted.map(async (key) => (await few.get(table, { row: bytes(key) }))[0]?.row));
    expect(found.map((row) => (row === undefined ? '' : text(row)))).toEqual(wanted);
    few.close();
  });

  async function moveRegionOf(row: string): Promise<void> {
    const regions = await client.admin.regions(table);
    const region = [...regions].reverse().find(({ startKey }) => text(startKey) <= row);
    const { servers } = await client.admin.status();
    const target = servers.find((server) => server.port !== region?.server?.port);
    if (region === undefined || target === undefined) throw new Error('no region or nowhere to go');
    await client.admin.move(region, target);
  }

  async function valueAt(from: HBaseClient, row: string): Promise<string | null> {
    const cells = await from.get(table, { row: bytes(row) });
    return cells.length === 0 ? null : text(cells[0].value);
  }
});

async function rowsOf(pages: AsyncGenerator<Row[], void, void>): Promise<string[]> {
  const rows: string[] = [];
  for await (const page of pages) rows.push(...page.map(({ row }) => text(row)));
  return rows;
}

function put(row: string, value: string, at: number): Put {
  return { kind: 'put', row: bytes(row), family: f, qualifier: q, value: bytes(value), timestamp: base + at };
}

function letterOf(index: number): string {
  return String.fromCharCode(97 + (index % 26));
}

function bytes(content: string): Uint8Array {
  return Buffer.from(content, 'latin1');
}

function text(content: Uint8Array): string {
  return Buffer.from(content).toString('latin1');
}
