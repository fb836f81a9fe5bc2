/**
 * `npm run bench:hbase`: our HBase client beside the Java one and hbase-rpc-client, on the rig's real HBase. `--help` says how.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { HBaseClient, HBaseError, mutateRowsCoprocessor, type Put } from '../../core/hbase/index.ts';
import { wordsOrExit } from '../../sim/cli/words.ts';
import { machine, revision } from '../environment.ts';
import { type BenchCase, casesOf, contestantNames, kindTexts, whyNot } from './cases.ts';
import { type Comparison, compare, faultsOf, type Rounds, ratioMin } from './comparison.ts';
import { Contestant, type JavaProgram, type MeasuredRound } from './contestant.ts';
import { family, firstTimestamp, prefixes, qualifier, randomValue, regions, row, rowsOfPrefix, splitKeys } from './load.ts';

const help = `npm run bench:hbase -- [options]: our HBase client beside Java's AsyncConnection and the npm package hbase-rpc-client

Each client has a process of its own and drives a closed loop: so many callers, each with one call in flight. All three write the same rows, values
and explicit timestamps to the same table, at the table's durability. Rounds alternate (ours, Java, hbase-rpc-client, then backwards); medians of
rounds, and the median of the ratios of neighbouring rounds, count. CPU is that of whole processes, from /proc: JVMs with their compilers and
collectors. The rig is started for it (--servers region servers, each its own JVM) unless it runs; servers and clients are warmed first.

  --cases A,B     those whose names begin so [all]: put-1 putBatch-50 conditional-5 conditional-50 page-50, each x1 x16 x64 callers
  --rounds N      measured rounds of each client and case [5]
  --seconds N     of a round [1]
  --warm-up N     passes over all kinds of calls before the first case [3]
  --servers N     region servers [1]
  --json          one JSON object as the last line
  --help

Exit codes: 0 at least ${ratioMin} of Java's throughput in every case, on the machine and a client's core, and no call failed · 1 not so · 2 wrong words
`;
const rigProgram = 'dist/test/rig/cli.js';

interface RigState {
  readonly state: string;
  readonly quorum: string;
  readonly pids: Readonly<Record<string, number>>;
}

const words = wordsOrExit(help, { cases: 'all', rounds: 5, seconds: 1, 'warm-up': 3, servers: 1, json: false });

async function main(): Promise<number> {
  let cases: readonly BenchCase[];
  try {
    cases = casesOf(words.cases);
  } catch (error) {
    process.stderr.write(`npm run bench:hbase: ${error instanceof Error ? error.message : String(error)}\n\n${help}`);
    return 2;
  }
  const begunMs = performance.now();
  const isOwn = (await rig<RigState>('status')).state !== 'running';
  if (isOwn) say(`starting HBase with ${words.servers} region servers …`);
  const { quorum, pids } = await rig<RigState>(...(isOwn ? ['start', '--servers', String(words.servers), '--warm'] : ['status']));
  const bench = new Bench(quorum, serverPidsOf(pids));
  try {
    await bench.start(await rig<JavaProgram>('class-path'));
    const found: Record<string, BenchCase & Comparison & { readonly notWithHbaseRpcClient?: string }> = {};
    for (const each of cases) {
      const reason = whyNot('hbaseRpcClient', each);
      const comparison = await bench.measure(each);
      found[each.name] = { ...each, ...comparison, ...(reason === null ? {} : { notWithHbaseRpcClient: reason }) };
      say(line(each.name, comparison));
    }
    const faults = Object.entries(found).flatMap(([name, comparison]) => faultsOf(name, comparison));
    for (const fault of faults) say(fault);
    const seconds = Math.round((performance.now() - begunMs) / 1_000);
    const run = { rounds: words.rounds, roundSeconds: words.seconds, servers: Object.keys(pids), seconds };
    const result = {
      ok: faults.length === 0,
      ratioMin,
      faults,
      cases: found,
      kinds: kindTexts,
      ...run,
      machine: { ...machine(), ...revision() },
    };
    console.log(words.json ? JSON.stringify(result) : result.ok ? 'holds' : 'does not hold');
    return result.ok ? 0 : 1;
  } finally {
    bench.stop();
    if (isOwn) await rig('stop', '--kill');
  }
}

class Bench {
  private readonly quorum: string;
  private readonly serverPids: readonly number[];
  private readonly client: HBaseClient;
  private contestants: Contestant[] = [];
  private tables = 0;

  constructor(quorum: string, serverPids: readonly number[]) {
    this.quorum = quorum;
    this.serverPids = serverPids;
    this.client = new HBaseClient({ quorum });
  }

  /** Starts the clients and warms everything: a JVM is 2 to 7 times slower in its first minute. */
  async start(program: JavaProgram): Promise<void> {
    this.contestants = await Promise.all(contestantNames.map((name) => Contestant.start(name, this.quorum, program)));
    say('warming …');
    for (let pass = 0; pass < words['warm-up']; pass += 1) {
      await this.withTable(async (table) => {
        await this.fill(table);
        for (const each of casesOf('all').filter(({ callers }) => callers === 16)) await this.round(table, each, 0.7, false);
      });
    }
  }

  /** A fresh table a case, so that each begins with the same few rows in memory and no compaction of another's. */
  async measure(each: BenchCase): Promise<Comparison> {
    return this.withTable(async (table) => {
      if (each.kind === 'page') await this.fill(table);
      await this.round(table, each, words.seconds / 2, false);
      const rounds: Record<keyof Rounds, MeasuredRound[]> = { ours: [], java: [], hbaseRpcClient: [] };
      for (let index = 0; index < words.rounds; index += 1) {
        for (const [name, round] of await this.round(table, each, words.seconds, index % 2 === 1)) rounds[name].push(round);
      }
      return compare(rounds);
    });
  }

  stop(): void {
    for (const contestant of this.contestants) contestant.stop();
    this.client.close();
  }

  /** One round of each client that can. */
  private async round(table: string, each: BenchCase, seconds: number, backward: boolean): Promise<[keyof Rounds, MeasuredRound][]> {
    const order = backward ? [...this.contestants].reverse() : this.contestants;
    const found: [keyof Rounds, MeasuredRound][] = [];
    for (const contestant of order) {
      if (whyNot(contestant.name, each) !== null) continue;
      const measured = await contestant.run(table, each, seconds, this.serverPids);
      if (measured.errors > 0) say(`${each.name}, ${contestant.name}: ${measured.errors} errors, first ${measured.firstError}`);
      found.push([contestant.name, measured]);
    }
    return found;
  }

  private async withTable<Result>(work: (table: string) => Promise<Result>): Promise<Result> {
    this.tables += 1;
    const table = `bench${process.pid}t${this.tables}`;
    const attributes = { coprocessor$1: `|${mutateRowsCoprocessor}|536870911|`, COMPACTION_ENABLED: 'false' };
    await this.client.admin.createTable({ name: table, attributes, families: [{ name: 'f', attributes: { VERSIONS: '1' } }] }, splitKeys);
    try {
      return await work(table);
    } finally {
      await this.client.admin.deleteTable(table);
    }
  }

  /** The rows that pages are read from, written to files. */
  private async fill(table: string): Promise<void> {
    for (let prefix = 0; prefix < prefixes; prefix += 1) {
      const puts = Array.from({ length: rowsOfPrefix }, (_, index): Put => {
        const key = row(prefix % regions, 'p', Math.floor(prefix / regions), 0, index);
        return { kind: 'put', row: key, family, qualifier, value: randomValue(), timestamp: firstTimestamp };
      });
      const failed = (await this.client.batch(table, puts)).find((result) => result instanceof HBaseError);
      if (failed !== undefined) throw failed;
    }
    for (const region of await this.client.admin.regions(table)) await this.client.admin.flush(region);
  }
}

/** Region servers of their own, or the one process that holds everything. */
function serverPidsOf(pids: Readonly<Record<string, number>>): number[] {
  const own = Object.entries(pids).filter(([name]) => name.startsWith('server-'));
  return own.length > 0 ? own.map(([, pid]) => pid) : Object.values(pids);
}

async function rig<Answer>(...words: readonly string[]): Promise<Answer> {
  const { stdout } = await promisify(execFile)(process.execPath, [rigProgram, ...words, '--json']);
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Answer;
}

function line(name: string, { ours, java, hbaseRpcClient, ratioToJava, coreRatioToJava }: Comparison): string {
  const part = (who: string, figures: Comparison['hbaseRpcClient']): string =>
    figures === null
      ? `${who} –`
      : `${who} ${figures.opsPerSecond}/s p50 ${figures.p50Ms} p99 ${figures.p99Ms} ms, ${figures.clientCpuUs} + ${figures.serverCpuUs} µs`;
  const ratios = `${ratioToJava} of Java, ${coreRatioToJava} a core`;
  return `${name.padEnd(18)} ${ratios} · ${part('ours', ours)} · ${part('java', java)} · ${part('rpc', hbaseRpcClient)}`;
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

process.exitCode = await main();
