// Goal: one list of every command that checks Parley: the README's table, CI and `npm run check:full` all read it. `{count}` in a command
// stands for the count of the run. A check is enabled as soon as its command exists; a test watches that.

export type Check = {
  readonly name: string;
  /** Run by a shell at the top of the tree, on the built tree. */
  readonly command: string;
  /** What a pass shows: a row of the README's table. */
  readonly shows: string;
  /** What `{count}` counts; none: the command has no count. */
  readonly unit?: string;
  readonly ciCount?: number;
  readonly fullCount?: number;
  /** About how long on a machine with two cores. */
  readonly ciMinutes: number;
  readonly fullMinutes: number;
  readonly enabled: boolean;
  /** Too long, or too dependent on a machine that is quiet, for CI. */
  readonly onlyInFull?: true;
  /** Its command exists in part, but does not hold yet: why it is off. */
  readonly notYet?: string;
};

/** Where the first check leaves vitest's own report, which holds the number of tests. */
export const testReportPath = 'dist/test-report.json';

/** The whole list at CI counts takes at most this long. */
export const ciMinutesMax = 27;

export const checks: readonly Check[] = [
  {
    name: 'npm test',
    command: `npm test -- --reporter=default --reporter=json --outputFile.json=${testReportPath}`,
    shows: 'Build, lint and every test: engine, store, gateway, client and page on the real parts',
    ciMinutes: 4,
    fullMinutes: 4,
    enabled: true,
  },
  {
    name: 'tests on Node 22',
    command: 'npm run --silent test:node22',
    shows: 'The unit tests of protocol, model, engine and simulator on Node 22',
    ciMinutes: 0.4,
    fullMinutes: 1,
    enabled: true,
  },
  {
    name: 'tests on Node 24',
    command: 'npm run --silent test:node24',
    shows: 'The unit tests of protocol, model, engine and simulator on Node 24',
    ciMinutes: 0.4,
    fullMinutes: 1,
    enabled: true,
  },
  {
    name: 'store conformance',
    command: 'npm run --silent test:conformance -- --store embedded --sequences {count} --json',
    shows: 'The memory model and the embedded store give the same answers',
    unit: 'sequences',
    ciCount: 200,
    fullCount: 10_000,
    ciMinutes: 0.2,
    fullMinutes: 1,
    enabled: true,
  },
  {
    name: 'store conformance on HBase',
    command: 'npm run --silent test:conformance -- --store hbase --sequences {count} --json',
    shows: 'The memory model and the store on a real HBase give the same answers, also when nodes start anew in between',
    unit: 'sequences',
    ciCount: 1_000,
    fullCount: 10_000,
    ciMinutes: 0.6,
    fullMinutes: 3,
    enabled: true,
  },
  {
    name: 'HBase kill test',
    command: 'npm run --silent test:hbase-kill -- --kills {count} --json',
    shows:
      'A Parley node on a real HBase, its servers and itself killed or paused under traffic: nothing accepted is lost, doubled or out of order',
    unit: 'kills',
    ciCount: 2,
    fullCount: 30,
    ciMinutes: 1,
    fullMinutes: 12,
    enabled: true,
  },
  {
    name: 'HBase client benchmark',
    command: 'npm run --silent bench:hbase -- --rounds {count} --json',
    shows:
      "Our HBase client against Java's and hbase-rpc-client, the servers warm: at least 0.8 of Java's throughput, on the machine and a client core",
    unit: 'rounds',
    fullCount: 5,
    ciMinutes: 0,
    fullMinutes: 5,
    enabled: true,
    onlyInFull: true,
  },
  {
    name: 'disk model',
    command: 'npm run --silent test:disk -- --cuts {count} --json',
    shows: 'After a cut at a random instant no acknowledged row is lost, no torn batch is visible, damage is named',
    unit: 'cuts',
    ciCount: 10_000,
    fullCount: 200_000,
    ciMinutes: 0.8,
    fullMinutes: 15,
    enabled: true,
  },
  {
    name: 'disk trace',
    command: 'npm run --silent test:disk-trace -- --cuts {count} --json',
    shows: 'The real store, traced by strace and cut at random calls: no acknowledged row is lost after a kill or a power cut',
    unit: 'cuts',
    ciCount: 100,
    fullCount: 1_000,
    ciMinutes: 0.6,
    fullMinutes: 10,
    enabled: true,
  },
  {
    name: 'disk damage',
    command: 'npm run --silent test:disk-damage -- --damages {count} --json',
    shows: 'An index file damaged by hand: rebuilt from the journal or reported by name, never served wrong',
    unit: 'damages',
    ciCount: 200,
    fullCount: 2_000,
    ciMinutes: 0.6,
    fullMinutes: 12,
    enabled: true,
  },
  {
    name: 'disk mutants',
    command: 'npm run --silent test:disk-mutants -- --json',
    shows: 'Disk model, trace and damage find each planted fault of the embedded store',
    ciMinutes: 2,
    fullMinutes: 2,
    enabled: true,
  },
  {
    name: 'simulator',
    command: 'npx --no-install parley sim run --seeds {count} --json',
    shows:
      'No checker of the promises finds a violation, with one to seven nodes, lost connections, crashes, cut links and unknown store outcomes',
    unit: 'seeds',
    ciCount: 2_000,
    fullCount: 50_000,
    ciMinutes: 2,
    fullMinutes: 45,
    enabled: true,
  },
  {
    name: "a partition's day",
    command: 'npx --no-install parley sim day --slots {count} --json',
    shows: 'Whole slots of a partition through 24 hours: 2,170 users and 86,806 messages a slot, every promise checked, work counted',
    unit: 'slots',
    ciCount: 2,
    fullCount: 26,
    ciMinutes: 0.3,
    fullMinutes: 4,
    enabled: true,
  },
  {
    name: 'routing at scale',
    command: 'npx --no-install parley sim routing --users {count} --json',
    shows: 'Users lie evenly over partitions, slots and up to 300 nodes; a node that comes or goes moves hardly more than its share',
    unit: 'users',
    ciCount: 2_000_000,
    fullCount: 500_000_000,
    ciMinutes: 0,
    fullMinutes: 1,
    enabled: true,
  },
  {
    name: 'simulator mutants',
    command: 'npx --no-install parley sim mutants --json',
    shows: 'The checkers find each planted fault of the engine within 2,000 seeds',
    ciMinutes: 1.5,
    fullMinutes: 3,
    enabled: true,
  },
  {
    name: 'same hash on Node 20, 22, 24',
    command: 'npm run --silent test:sim-hashes -- --seeds {count} --json',
    shows: 'A seed gives the same trace, twice and on each version of Node',
    unit: 'seeds',
    ciCount: 20,
    fullCount: 2_000,
    ciMinutes: 0.4,
    fullMinutes: 8,
    enabled: true,
  },
  {
    name: 'fuzz',
    command: 'npm run --silent test:fuzz -- --frames {count} --json',
    shows: 'Malformed frames are answered or closed by code: no crash, no growth',
    unit: 'frames',
    ciCount: 100_000,
    fullCount: 2_000_000,
    ciMinutes: 0.4,
    fullMinutes: 8,
    enabled: true,
  },
  {
    name: 'kill test',
    command: 'npm run --silent test:kill -- --kills {count} --json',
    shows: 'kill -9 of the real server under traffic: nothing accepted is lost, doubled or out of order',
    unit: 'kills',
    ciCount: 10,
    fullCount: 50,
    ciMinutes: 0.8,
    fullMinutes: 4,
    enabled: true,
  },
  {
    name: 'kill mutants',
    command: 'npm run --silent test:kill-mutants -- --only replay-skips-last,duplicates-forgotten,accepted-before-durable --json',
    shows:
      'The kill test finds planted faults of the real server, in one of six short runs (without --only: two more, which show on slow machines only)',
    ciMinutes: 1.5,
    fullMinutes: 2,
    enabled: true,
  },
  {
    name: 'codec benchmark',
    command: 'npm run --silent bench:codec -- --json',
    shows: 'Encoding and decoding a send of 100 bytes take at most 0.3 µs each',
    ciMinutes: 0.3,
    fullMinutes: 0.3,
    enabled: true,
  },
  {
    name: 'benchmark',
    command: 'npm run --silent bench -- --rate {count} --seconds 10 --warm-up 3 --p99 500 --json',
    shows: 'The built server over real sockets at a fixed rate: nothing lost, doubled or out of order; throughput, latency, CPU a message',
    unit: 'messages a second',
    ciCount: 5_000,
    fullCount: 12_000,
    ciMinutes: 0.4,
    fullMinutes: 0.4,
    enabled: true,
  },
  {
    name: 'idle benchmark',
    command: 'npm run --silent bench:idle -- --connections {count} --json',
    shows: 'Memory of the server for each idle connection, as a slope: at most 2,560 bytes (with few 8,000); every user stays logged in',
    unit: 'connections',
    ciCount: 3_000,
    fullCount: 18_000,
    ciMinutes: 0.6,
    fullMinutes: 2,
    enabled: true,
  },
];

/** The command of a run, with its count filled in. */
export function commandOf(check: Check, kind: 'ci' | 'full'): string {
  const count = kind === 'ci' ? check.ciCount : check.fullCount;
  return count === undefined ? check.command : check.command.replace('{count}', String(count));
}
