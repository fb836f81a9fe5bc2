// Goal: the HBase benchmark measures what it is told to, and its verdict follows from the rounds.
import { describe, expect, it } from 'vitest';
import { allCases, casesOf, whyNot } from '../../../loadgen/hbase-bench/cases.ts';
import { closedLoop } from '../../../loadgen/hbase-bench/closed-loop.ts';
import { compare, faultsOf, median } from '../../../loadgen/hbase-bench/comparison.ts';
import type { MeasuredRound } from '../../../loadgen/hbase-bench/contestant.ts';
import { numberBytes, randomPage, row, rowsOfPrefix } from '../../../loadgen/hbase-bench/load.ts';

describe('the cases', () => {
  it('are five kinds of calls with 1, 16 and 64 callers, chosen by the begins of their names', () => {
    expect(allCases).toHaveLength(15);
    expect(casesOf('all')).toBe(allCases);
    expect(casesOf('put-1x,page-50x16').map(({ name }) => name)).toEqual(['put-1x1', 'put-1x16', 'put-1x64', 'page-50x16']);
    expect(() => casesOf('put-1x1,get')).toThrow('no case begins with "get"');
    expect(() => casesOf('')).toThrow(RangeError);
  });

  it('say what hbase-rpc-client cannot do', () => {
    const reasons = allCases.filter((each) => whyNot('hbaseRpcClient', each) !== null);
    expect(new Set(reasons.map(({ kind }) => kind))).toEqual(new Set(['conditional']));
    expect(allCases.filter((each) => whyNot('ours', each) !== null || whyNot('java', each) !== null)).toEqual([]);
  });
});

describe('the rows', () => {
  it('are letter, kind and numbers in big-endian order', () => {
    expect(Buffer.from(row(2, 'p', 258, 1, 2 ** 31 + 3)).toString('hex')).toBe('637001020000000180000003');
    expect(Buffer.from(numberBytes(2 ** 33 + 5)).toString('hex')).toBe('0000000200000005');
  });

  it('make pages that hold as many rows as they are asked for', () => {
    for (let time = 0; time < 1_000; time += 1) {
      const { start, stop } = randomPage(50);
      expect(start.subarray(0, 4)).toEqual(stop.subarray(0, 4));
      expect(start[11]).toBeLessThanOrEqual(rowsOfPrefix - 50);
    }
  });
});

it('a closed loop counts what was answered well, and keeps one call in flight a caller', async () => {
  let inFlight = 0;
  let most = 0;
  let calls = 0;
  const figures = await closedLoop(
    async (caller) => {
      calls += 1;
      inFlight += 1;
      most = Math.max(most, inFlight);
      await new Promise((resolve) => setTimeout(resolve, 2));
      inFlight -= 1;
      if (caller === 1) throw new Error('bad caller');
    },
    3,
    60,
  );
  expect(most).toBe(3);
  expect(figures.operations + figures.errors).toBe(calls);
  expect(figures).toMatchObject({ firstError: 'bad caller' });
  expect(figures.operations).toBeGreaterThan(figures.errors);
  expect(figures.seconds).toBeGreaterThanOrEqual(0.06);
  expect(figures.p99Ms).toBeGreaterThanOrEqual(figures.p50Ms);
});

describe('the verdict', () => {
  const round = (operations: number, clientCpuUs: number, errors = 0): MeasuredRound => ({
    ...{ operations, seconds: 1, p50Ms: 1, p99Ms: 2, errors, firstError: '' },
    ...{ clientCpuUs: clientCpuUs * operations, serverCpuUs: 300 * operations },
  });

  it('takes medians of rounds, and ratios of neighbours', () => {
    const ours = [round(1_000, 20), round(100, 30), round(3_000, 40)];
    const java = [round(500, 40), round(100, 30), round(1_000, 20)];
    const comparison = compare({ ours, java, hbaseRpcClient: [] });
    expect(comparison).toMatchObject({ ratioToJava: 2, coreRatioToJava: 1, hbaseRpcClient: null });
    expect(comparison.ours).toMatchObject({ opsPerSecond: 1_000, clientCpuUs: 30, serverCpuUs: 300, errors: 0 });
    expect(faultsOf('put', comparison)).toEqual([]);
    expect(median([4, 1, 2, 3])).toBe(2.5);
  });

  it('sees less than 0.8 of Java, on the machine or a core, and calls that failed', () => {
    const slow = compare({ ours: [round(79, 10)], java: [round(100, 10)], hbaseRpcClient: [] });
    expect(faultsOf('put', slow)).toEqual(["put: 0.79 of Java's throughput"]);
    const dear = compare({ ours: [round(100, 20)], java: [round(100, 10)], hbaseRpcClient: [round(1, 1)] });
    expect(faultsOf('put', dear)).toEqual(["put: 0.5 of Java's throughput a client core"]);
    const failing = compare({ ours: [round(100, 10, 1)], java: [round(100, 10, 2)], hbaseRpcClient: [] });
    expect(faultsOf('put', failing)).toHaveLength(2);
    const nothing = compare({ ours: [round(0, 0)], java: [round(0, 0)], hbaseRpcClient: [] });
    expect(faultsOf('put', nothing).length).toBeGreaterThan(0);
  });
});
