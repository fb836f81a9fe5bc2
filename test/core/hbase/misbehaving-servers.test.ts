// What the client does with servers that move regions, are busy, slow, silent, dead, or send garbage: over sockets, without a JVM.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { messageField, readFields } from '../../../core/hbase/fields.ts';
import { HBaseClient, type HBaseError, type Put } from '../../../core/hbase/index.ts';
import { cellOf, FakeRegionServer, getReply, mutateRowsReply, type Reply, writeActionResult } from './fake-region-server.ts';

const row = Buffer.from('k');
const limits = { backOffMsMin: 1, backOffMsMax: 20, overloadedMsMin: 5, callMsMax: 150, operationMsMax: 2_000, connectMsMax: 500 };

let meta: FakeRegionServer;
let other: FakeRegionServer;
let client: HBaseClient;

beforeEach(async () => {
  meta = await FakeRegionServer.start();
  other = await FakeRegionServer.start();
  meta.regions = [{ table: 't', start: '', end: '', port: other.port }];
  client = new HBaseClient({ masters: meta.address, limits });
});
afterEach(async () => {
  client.close();
  await Promise.all([meta.stop(), other.stop()]);
});

describe('a region elsewhere', () => {
  it('is looked up again after NotServingRegionException, and the first retry comes at once', async () => {
    other.handler = () => {
      meta.regions = [{ table: 't', start: '', end: '', port: meta.port, seqNum: 2 }];
      return { exception: 'org.apache.hadoop.hbase.NotServingRegionException' };
    };
    meta.handler = () => getReply(cellOf('k', 'q', 'here'));
    expect(await theValue()).toBe('here');
    expect([other.calls, meta.calls, meta.metaScans]).toEqual([['Get'], ['Get'], 2]);
  });

  it('is followed where RegionMovedException says, without asking hbase:meta', async () => {
    other.handler = () => ({ exception: 'org.apache.hadoop.hbase.exceptions.RegionMovedException', movedTo: meta.port });
    meta.handler = () => getReply(cellOf('k', 'q', 'moved'));
    expect(await theValue()).toBe('moved');
    expect(meta.metaScans).toBe(1);
  });

  it('is never taken from an older row of hbase:meta than the one that was used', async () => {
    meta.regions = [{ table: 't', start: '', end: '', port: other.port, seqNum: 5 }];
    other.handler = () => {
      meta.regions = [{ table: 't', start: '', end: '', port: meta.port, seqNum: meta.metaScans < 3 ? 4 : 6 }];
      return { exception: 'org.apache.hadoop.hbase.NotServingRegionException' };
    };
    meta.handler = () => getReply(cellOf('k', 'q', 'newest'));
    const asked = theValue();
    while (meta.metaScans < 3) await new Promise((fulfil) => setImmediate(fulfil));
    expect(meta.calls).toEqual([]);
    meta.regions = [{ table: 't', start: '', end: '', port: meta.port, seqNum: 6 }];
    expect(await asked).toBe('newest');
  });

  it('passes over split parents, tables with the same beginning, the state of tables; waits for a region that is open nowhere', async () => {
    meta.stateRows = ['t'];
    meta.regions = [
      { table: 't', start: '', end: '', port: other.port, isSplit: true },
      { table: 't', start: '', end: 'm', port: 0, regionId: 2 },
      { table: 't', start: 'm', end: '', port: meta.port, regionId: 2 },
      { table: 't2', start: '', end: '', port: meta.port },
    ];
    const asked = theValue();
    while (meta.metaScans < 3) await new Promise((fulfil) => setImmediate(fulfil));
    expect([meta.calls, other.calls]).toEqual([[], []]);
    other.handler = () => getReply(cellOf('k', 'q', 'daughter'));
    meta.regions[1] = { table: 't', start: '', end: 'm', port: other.port, regionId: 2 };
    expect(await asked).toBe('daughter');
  });

  it('is looked up once for many calls', async () => {
    other.handler = () => getReply(cellOf('k', 'q', 'v'));
    await Promise.all(Array.from({ length: 50 }, (_, index) => client.get('t', { row: Buffer.from(`r${index}`) })));
    expect([meta.metaScans, other.calls.length, other.connections]).toEqual([1, 50, 1]);
  });
});

describe('a busy server', () => {
  it.each([
    ['RegionTooBusyException', false],
    ['CallQueueTooBigException', false],
    ['ipc.ServerTooBusyException', true],
  ])('is asked again after a while: %s', async (name, overloaded) => {
    let busy = 3;
    other.handler = () => {
      busy -= 1;
      return busy >= 0 ? { exception: `org.apache.hadoop.hbase.${name}`, overloaded } : getReply(cellOf('k', 'q', 'v'));
    };
    expect(await theValue()).toBe('v');
    expect([other.calls.length, meta.metaScans]).toEqual([4, 1]);
  });

  it('gets no more calls at once than the bound', async () => {
    const small = new HBaseClient({ masters: meta.address, limits: { ...limits, inFlightCallsMax: 4 } });
    let inFlight = 0;
    let most = 0;
    other.handler = () => {
      inFlight += 1;
      most = Math.max(most, inFlight);
      setTimeout(() => {
        inFlight -= 1;
      }, 5);
      return { ...getReply(cellOf('k', 'q', 'v')), afterMs: 5 } as Reply;
    };
    await Promise.all(Array.from({ length: 20 }, () => small.get('t', { row })));
    expect(most).toBeLessThanOrEqual(5);
    small.close();
  });

  it('is left alone when it says so', async () => {
    other.handler = () => ({ exception: 'org.apache.hadoop.hbase.DoNotRetryIOException', doNotRetry: true });
    await expect(client.get('t', { row })).rejects.toMatchObject({ nextStep: 'final' });
    expect(other.calls).toHaveLength(1);
  });
});

describe('a conditional batch', () => {
  it.each(['close', 'garbage', 'huge frame', 'silence'] as const)(
    'is not sent again once it may have been applied: %s',
    async (misdeed) => {
      other.handler = () => ({ misdeed });
      await expect(mutateRows()).rejects.toMatchObject({ applied: 'unknown' });
      expect(other.calls).toEqual(['ExecService']);
      other.handler = () => mutateRowsReply(true);
      expect(await mutateRows()).toBe(true);
      // What was in doubt took its connection with it.
      expect(other.connections).toBe(2);
    },
  );

  it.each(['java.io.IOException', 'org.apache.hadoop.hbase.regionserver.RegionServerAbortedException', 'java.lang.NullPointerException'])(
    'is unknown after %s',
    async (exception) => {
      other.handler = () => ({ exception, text: 'fenced' });
      await expect(mutateRows()).rejects.toMatchObject({ applied: 'unknown' });
      expect(other.calls).toHaveLength(1);
    },
  );

  it('is unknown when it alone gets no answer in time, and its connection lives on', async () => {
    other.handler = ({ method }) => (method === 'Get' ? getReply(cellOf('k', 'q', 'v')) : { misdeed: 'silence' });
    const refused = expect(mutateRows()).rejects.toMatchObject({ applied: 'unknown', message: expect.stringContaining('in time') });
    const reading = setInterval(() => void theValue().catch(() => {}), 10);
    await refused;
    clearInterval(reading);
    expect(other.connections).toBe(1);
  });

  it('is tried on after what is thrown before the log', async () => {
    const thrown = ['NotServingRegionException', 'regionserver.WrongRegionException', 'RegionTooBusyException'];
    other.handler = () => {
      const name = thrown.shift();
      return name === undefined ? mutateRowsReply(false) : { exception: `org.apache.hadoop.hbase.${name}` };
    };
    expect(await mutateRows()).toBe(false);
    expect(other.calls).toHaveLength(4);
  });

  it('fails for certain where nobody listens, within the time of an operation', async () => {
    await other.stop();
    const error = await mutateRows().catch((caught: unknown) => caught as HBaseError);
    expect(error).toMatchObject({ nextStep: 'serverGone', applied: 'no' });
    other = await FakeRegionServer.start();
  });

  it('refuses an answer of a server that knows no conditions', async () => {
    other.handler = () => ({ write: () => {} });
    await expect(mutateRows()).rejects.toThrow('HBase 2.5 or later');
  });
});

it('a put with a timestamp is sent again after its connection broke', async () => {
  let tries = 0;
  other.handler = () => {
    tries += 1;
    return tries === 1 ? { misdeed: 'close' } : { write: () => {} };
  };
  await client.mutate('t', put('k'));
  expect(other.calls).toEqual(['Mutate', 'Mutate']);
});

it('calls of one turn leave in one write', async () => {
  other.handler = () => getReply(cellOf('k', 'q', 'v'));
  await theValue();
  const before = other.chunks;
  await Promise.all(Array.from({ length: 30 }, () => client.get('t', { row })));
  expect(other.chunks - before).toBe(1);
});

it('answers in another order find their calls; one that comes too late is passed over', async () => {
  other.handler = ({ message }) => {
    const asked = Buffer.from(rowOf(message)).toString();
    return { ...getReply(cellOf(asked, 'q', asked)), afterMs: Number(asked) } as Reply;
  };
  const waits = ['60', '0', '30'].map((wait) => client.get('t', { row: Buffer.from(wait) }));
  expect((await Promise.all(waits)).map((cells) => Buffer.from(cells[0].value).toString())).toEqual(['60', '0', '30']);
  const quick = new HBaseClient({ masters: meta.address, limits: { ...limits, callMsMax: 100, operationMsMax: 120 } });
  other.handler = () => ({ ...getReply(cellOf('k', 'q', 'late')), afterMs: 300 }) as Reply;
  await expect(quick.get('t', { row })).rejects.toThrow(/no answer in time|silent/);
  quick.close();
});

it('a batch matches answers by index and sends again only what failed', async () => {
  let round = 0;
  other.handler = () => {
    round += 1;
    return {
      write: (writer) =>
        messageField(writer, 1, (region) => {
          if (round === 1) {
            writeActionResult(region, 3, 'java.io.IOException');
            writeActionResult(region, 1, null);
            writeActionResult(region, 2, 'org.apache.hadoop.hbase.RegionTooBusyException');
          } else writeActionResult(region, 2, null);
        }),
    };
  };
  const results = await client.batch('t', [put('a'), put('b'), put('c')]);
  expect(results).toEqual([[], [], expect.objectContaining({ javaClass: 'java.io.IOException', applied: 'unknown' })]);
  expect(round).toBe(2);
});

it('a batch without an answer for an action does not take it for done', async () => {
  other.handler = () => ({ write: (writer) => messageField(writer, 1, (region) => writeActionResult(region, 1, null)) });
  const results = await client.batch('t', [put('a'), put('b')]);
  expect(results).toEqual([[], expect.objectContaining({ applied: 'unknown' })]);
});

it('goes on when the server that told it of hbase:meta is gone, by another', async () => {
  const two = new HBaseClient({ masters: `${other.address},${meta.address}`, limits });
  await other.stop();
  meta.regions = [{ table: 't', start: '', end: '', port: meta.port }];
  meta.handler = () => getReply(cellOf('k', 'q', 'v'));
  expect(await two.get('t', { row })).toHaveLength(1);
  two.close();
  other = await FakeRegionServer.start();
});

it('asks the registry anew for hbase:meta when the server that holds it falls silent, and waits for no second call to it', async () => {
  const moved = { table: 't', start: '', end: '', port: other.port };
  Object.assign(meta, { metaPort: other.port });
  Object.assign(other, { regions: [moved], handler: () => getReply(cellOf('k', 'q', 'before')) });
  expect(await theValue()).toBe('before');
  other.isPaused = true;
  Object.assign(meta, {
    metaPort: 0,
    regions: [{ ...moved, port: meta.port, seqNum: 2 }],
    handler: () => getReply(cellOf('k', 'q', 'after')),
  });
  expect(await theValue()).toBe('after');
  expect(other.calls).toEqual(['Get', 'Get']);
});

async function theValue(): Promise<string> {
  const cells = await client.get('t', { row });
  return Buffer.from(cells[0].value).toString();
}

function mutateRows(): Promise<boolean> {
  return client.mutateRows('t', [put('k')], [{ row, family: Buffer.from('f'), qualifier: Buffer.from('q'), expected: null }]);
}

function put(key: string): Put {
  return { kind: 'put', row: Buffer.from(key), family: Buffer.from('f'), qualifier: Buffer.from('q'), value: row, timestamp: 5 };
}

/** The row of a GetRequest. */
function rowOf(message: Uint8Array): Uint8Array {
  let found = new Uint8Array(0);
  readFields(message, (field, reader) => {
    if (field !== 2) return false;
    readFields(reader.bytes(), (inner, value) => {
      if (inner !== 1) return false;
      found = Uint8Array.from(value.bytes());
      return true;
    });
    return true;
  });
  return found;
}
