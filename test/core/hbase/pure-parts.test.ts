// The parts of the client without sockets: errors to next steps, waits, cells and frames as bytes, the cache of locations, addresses.
import { describe, expect, it } from 'vitest';
import { backOffMs } from '../../../core/hbase/back-off.ts';
import { type Cell, decodeCells, encodeCells, latestTimestamp } from '../../../core/hbase/cells.ts';
import { errorOf, HBaseError, isScannerLost, type JavaException } from '../../../core/hbase/errors.ts';
import { decodeAnswer, encodePreamble, FrameSplitter } from '../../../core/hbase/frames.ts';
import { hbaseLimits } from '../../../core/hbase/limits.ts';
import { LocationCache } from '../../../core/hbase/location-cache.ts';
import { parseAddresses } from '../../../core/hbase/registry.ts';
import type { RegionLocation } from '../../../core/hbase/server-name.ts';
import { messageOf } from '../../../core/hbase/zookeeper.ts';

describe('exceptions', () => {
  it.each([
    ['org.apache.hadoop.hbase.NotServingRegionException', '', 'relocate', 'no'],
    ['org.apache.hadoop.hbase.regionserver.WrongRegionException', '', 'relocate', 'no'],
    ['org.apache.hadoop.hbase.RegionTooBusyException', '', 'backOff', 'no'],
    ['org.apache.hadoop.hbase.CallQueueTooBigException', '', 'backOff', 'no'],
    ['org.apache.hadoop.hbase.regionserver.RegionServerAbortedException', '', 'serverGone', 'unknown'],
    ['java.io.IOException', 'Cannot append; log is closed', 'relocate', 'unknown'],
    ['java.io.IOException', 'fenced: the log was taken away', 'relocate', 'unknown'],
    ['org.apache.hadoop.hbase.DoNotRetryIOException', "Requested row out of range 'z'", 'final', 'no'],
    ['org.apache.hadoop.hbase.regionserver.NoSuchColumnFamilyException', '', 'final', 'no'],
    ['java.io.IOException', 'disk on fire', 'final', 'unknown'],
    ['java.lang.NullPointerException', '', 'final', 'unknown'],
  ])('%s %s', (className, text, nextStep, applied) => {
    expect(errorOf(exception({ className, text }))).toMatchObject({ nextStep, applied, javaClass: className });
  });

  it('say where a region went, in a field or in their text', () => {
    const className = 'org.apache.hadoop.hbase.exceptions.RegionMovedException';
    expect(errorOf(exception({ className, hostname: 'a', port: 1 })).movedTo).toEqual({ host: 'a', port: 1 });
    expect(errorOf(exception({ className, text: 'Region moved to: hostname=b port=2 startCode=3.' })).movedTo).toEqual({
      host: 'b',
      port: 2,
    });
    expect(errorOf(exception({ className: 'java.io.IOException', hostname: 'a', port: 1 })).movedTo).toBeNull();
  });

  it('tell a lost scanner', () => {
    const lost = ['UnknownScannerException', 'exceptions.ScannerResetException', 'exceptions.OutOfOrderScannerNextException'];
    for (const name of lost) expect(isScannerLost(errorOf(exception({ className: `org.apache.hadoop.hbase.${name}` })))).toBe(true);
    expect(isScannerLost(errorOf(exception({ className: 'java.io.IOException' })))).toBe(false);
  });
});

it('waits grow, are bounded, are longer for an overloaded server, and lie in the upper half', () => {
  expect([1, 2, 3, 4].map((attempt) => backOffMs(attempt, false, 0, hbaseLimits))).toEqual([10, 20, 40, 80]);
  expect(backOffMs(50, false, 0.999, hbaseLimits)).toBeLessThanOrEqual(hbaseLimits.backOffMsMax);
  expect(backOffMs(1, true, 0, hbaseLimits)).toBe(hbaseLimits.overloadedMsMin / 2);
});

describe('cells', () => {
  const cells: Cell[] = [
    { row: bytes('row'), family: bytes('f'), qualifier: bytes(''), timestamp: 2 ** 41 + 7, type: 4, value: bytes('') },
    {
      row: Uint8Array.of(0, 255, 128),
      family: bytes('fam'),
      qualifier: bytes('q'),
      timestamp: 1,
      type: 12,
      value: new Uint8Array(300).fill(9),
    },
  ];

  it('come back as they went, from any place of a block', () => {
    const block = encodeCells(cells);
    const found: Cell[] = [];
    const between = decodeCells(block, 0, 1, found);
    expect(decodeCells(block, between, 1, found)).toBe(block.length);
    expect(found.map(plain)).toEqual(cells.map(plain));
  });

  it('with no timestamp ask for the clock of the server', () => {
    const block = encodeCells([{ ...cells[0], timestamp: latestTimestamp }]);
    expect(Buffer.from(block).toString('hex')).toContain('7fffffffffffffff');
  });

  it('that are cut or contradict themselves are refused', () => {
    const block = encodeCells(cells);
    for (let length = 0; length < block.length; length += 1) {
      expect(() => decodeCells(block.subarray(0, length), 0, 2, [])).toThrow(HBaseError);
    }
    const wrong = block.slice();
    wrong[13] = 200;
    expect(() => decodeCells(wrong, 0, 1, [])).toThrow('disagree');
  });
});

describe('frames', () => {
  it('are found whatever the pieces they come in', () => {
    const stream = Buffer.concat([frame([1, 2, 3]), frame([]), frame(Array.from({ length: 300 }, (_, index) => index & 255))]);
    for (const size of [1, 2, 3, 5, 7, 100, 1000]) {
      const splitter = new FrameSplitter(1_000);
      const found: number[][] = [];
      for (let at = 0; at < stream.length; at += size) splitter.feed(stream.subarray(at, at + size), (each) => found.push([...each]));
      expect(found.map((each) => each.length)).toEqual([3, 0, 300]);
      expect(found[2][299]).toBe(299 & 255);
    }
  });

  it('above the bound are garbage', () => {
    const splitter = new FrameSplitter(10);
    expect(() => splitter.feed(frame(new Array(11).fill(0)), () => {})).toThrow('a frame of 11 bytes');
  });

  it('that are no answers are refused, never thrown on', () => {
    for (let seed = 1; seed < 500; seed += 1) {
      const noise = Uint8Array.from({ length: seed % 40 }, (_, index) => (seed * 7919 + index * 104_729) >> (index % 9));
      try {
        expect(decodeAnswer(noise).callId).toBeGreaterThanOrEqual(0);
      } catch (error) {
        expect(error).toBeInstanceOf(HBaseError);
      }
    }
  });

  it('begin with what a server wants to see', () => {
    const preamble = Buffer.from(encodePreamble('ClientService', 'me'));
    expect(preamble.subarray(0, 6).toString('latin1')).toBe('HBas\0P');
    expect(preamble.readUInt32BE(6)).toBe(preamble.length - 10);
    for (const text of ['ClientService', 'me', 'KeyValueCodec', '2.6.0']) expect(preamble.includes(text)).toBe(true);
  });
});

describe('the cache of locations', () => {
  it('finds by bytes, forward and backward', () => {
    const cache = new LocationCache();
    for (const region of [location('', 'b'), location('b', '\x80'), location('\x80', '')]) cache.put(region);
    const startOf = (row: string, before?: boolean): string | undefined => text(cache.find('t', bytes(row), before)?.startKey);
    expect(['', 'a\xff', 'b', '\x7f\xff', '\x80', '\xff'].map((row) => startOf(row))).toEqual(['', '', 'b', 'b', '\x80', '\x80']);
    expect(['', 'b', 'b\0', '\x80'].map((row) => startOf(row, true))).toEqual(['\x80', '', 'b', 'b']);
    expect(cache.find('u', bytes('a'))).toBeNull();
  });

  it('knows a gap', () => {
    const cache = new LocationCache();
    cache.put(location('a', 'b'));
    cache.put(location('c', ''));
    expect([cache.find('t', bytes('b')), cache.find('t', bytes('')), cache.find('t', bytes('c'), true)]).toEqual([null, null, null]);
  });

  it('lets a younger region replace those it overlaps, and refuses an older one', () => {
    const cache = new LocationCache();
    const parent = location('a', 'm', { regionId: 1 });
    cache.put(parent);
    expect(cache.put(location('a', 'f', { regionId: 2 }))).toBe(true);
    expect(cache.put(location('f', 'm', { regionId: 2 }))).toBe(true);
    expect(cache.put(parent)).toBe(false);
    expect(cache.regionsOf('t').map(({ startKey }) => text(startKey))).toEqual(['a', 'f']);
    expect(cache.put(location('a', 'm', { regionId: 3 }))).toBe(true);
    expect(cache.regionsOf('t')).toHaveLength(1);
  });

  it('marks what failed, if it still is what is known, and takes nothing older in its place', () => {
    const cache = new LocationCache();
    const old = location('', '', { seqNum: 5, port: 1 });
    cache.put(old);
    cache.put(location('', '', { seqNum: 6, port: 2 }));
    cache.fail(old);
    expect(cache.find('t', bytes('a'))?.server?.port).toBe(2);
    // The same server, opened anew: the failure was of the opening before.
    cache.put(location('', '', { seqNum: 7, port: 2 }));
    cache.fail(location('', '', { seqNum: 6, port: 2 }));
    expect(cache.find('t', bytes('a'))?.seqNum).toBe(7);
    cache.failServer({ host: 'h', port: 2 });
    expect(cache.find('t', bytes('a'))).toBeNull();
    expect(cache.put(old)).toBe(false);
    expect(cache.put(location('', '', { seqNum: 7, port: 2 }))).toBe(true);
    expect(cache.find('t', bytes('a'))?.server?.port).toBe(2);
  });

  it('follows a region that moved, unless it knows better', () => {
    const cache = new LocationCache();
    const old = location('', '', { seqNum: 5, port: 1 });
    cache.put(old);
    cache.move(old, { host: 'h', port: 3 });
    expect(cache.find('t', bytes('a'))?.server?.port).toBe(3);
    cache.move(old, { host: 'h', port: 4 });
    expect(cache.find('t', bytes('a'))?.server?.port).toBe(3);
  });
});

it('addresses are read with their default port, and what is none is refused', () => {
  expect(parseAddresses('a:1, b ,[::1]:3', 9)).toEqual([
    { host: 'a', port: 1 },
    { host: 'b', port: 9 },
    { host: '::1', port: 3 },
  ]);
  expect(() => parseAddresses('a:b', 9)).toThrow('"a:b" is not host:port');
});

it("a node of ZooKeeper is unwrapped, another's refused", () => {
  const wrapped = Buffer.concat([Buffer.from([255, 0, 0, 0, 3]), Buffer.from('who'), Buffer.from('PBUF'), Buffer.from([1, 2])]);
  expect([...messageOf(wrapped)]).toEqual([1, 2]);
  expect([...messageOf(Buffer.from('PBUF\x05'))]).toEqual([5]);
  expect(() => messageOf(Buffer.from('other'))).toThrow('did not write');
});

function exception(some: Partial<JavaException>): JavaException {
  return { className: 'x', text: '', hostname: '', port: 0, doNotRetry: false, overloaded: false, ...some };
}

interface Some {
  readonly regionId?: number;
  readonly seqNum?: number;
  readonly port?: number;
}

function location(start: string, end: string, { regionId = 1, seqNum = 1, port = 1 }: Some = {}): RegionLocation {
  const regionName = bytes(`t,${start},${regionId}.${end}.`);
  const server = { host: 'h', port, startCode: 0 };
  return { table: 't', regionName, regionId, startKey: bytes(start), endKey: bytes(end), server, seqNum, isSplit: false, isOffline: false };
}

function plain({ row, family, qualifier, timestamp, type, value }: Cell): unknown[] {
  return [[...row], [...family], [...qualifier], timestamp, type, [...value]];
}

function frame(content: readonly number[]): Buffer {
  const whole = Buffer.alloc(4 + content.length);
  whole.writeUInt32BE(content.length, 0);
  whole.set(content, 4);
  return whole;
}

function bytes(content: string): Uint8Array {
  return Uint8Array.from(Buffer.from(content, 'latin1'));
}

function text(content: Uint8Array | undefined): string | undefined {
  return content === undefined ? undefined : Buffer.from(content).toString('latin1');
}
