/**
 * A real HBase on this machine: one process for most tests, or ZooKeeper, master and region servers each in its own for kill tests. And a real
 * Redis, beside it or alone, on a free port.
 *
 * Its data lies in tmp/rig of the tree (PARLEY_RIG_DIRECTORY), its ports begin at 21810 (PARLEY_RIG_PORT); nothing listens outside loopback.
 */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Artifacts, findOnPath, prepareArtifacts, RigError } from './artifacts.ts';
import { addressOf, Hdfs } from './hdfs.ts';
import { Processes } from './processes.ts';
import { cacheLines, freePort, howToGetRedis, writeRedisConfiguration } from './redis.ts';
import { type Layout, writeSite } from './site.ts';

export interface RigOptions {
  /** Own processes for so many region servers; none: one process. */
  readonly servers?: number;
  /** HDFS below with so many datanodes and copies of each block; none: files of this machine. Needs `servers`. */
  readonly copies?: number;
  /** Goes on with the data of the run before. */
  readonly keep?: boolean;
  /** The JVM's better compiler: slower to start, for benchmarks. */
  readonly warm?: boolean;
  /** A Redis beside HBase, or nothing but a Redis. */
  readonly redis?: 'beside' | 'alone';
}

export interface RigState {
  readonly state: 'running' | 'partly running' | 'stopped';
  readonly mode: string;
  /** ZooKeeper, for bootstrap by quorum. */
  readonly quorum: string;
  /** Masters, for bootstrap by the connection registry. */
  readonly masters: string;
  /** URL of Redis; '': none was started. */
  readonly redis: string;
  readonly pids: Readonly<Record<string, number>>;
}

const host = '127.0.0.1';
const defaultPort = 21_810;
/** Region servers of the one process: two, so that regions can move. */
const oneProcessServers = 2;
const stopMsMax = 30_000;
/** The one process takes its ZooKeeper away first and then waits for it; by then the regions are closed, and the logs hold the rest. */
const oneProcessStopMsMax = 3_000;
/** What they say in their logs once they serve. */
const masterReady = 'Master has completed initialization';
const serverReady = 'Serving as';
const masterClass = 'org.apache.hadoop.hbase.master.HMaster';
const serverClass = 'org.apache.hadoop.hbase.regionserver.HRegionServer';
const zookeeperClass = 'org.apache.hadoop.hbase.zookeeper.HQuorumPeer';

export class Rig {
  readonly directory: string;
  private readonly top: string;
  private readonly port: number;
  private readonly processes: Processes;
  private readonly say: (line: string) => void;

  constructor(top: string, say: (line: string) => void) {
    this.top = top;
    this.say = say;
    this.directory = resolve(top, process.env.PARLEY_RIG_DIRECTORY ?? 'tmp/rig');
    this.port = Number(process.env.PARLEY_RIG_PORT ?? defaultPort);
    this.processes = new Processes(this.directory);
  }

  /** Starts it and waits until every region server serves. */
  async start(options: RigOptions = {}): Promise<void> {
    if (this.state().state !== 'stopped') throw new RigError('the rig runs already (npm run rig -- stop)');
    const artifacts = options.redis === 'alone' ? null : await prepareArtifacts(this.top, this.say);
    if (options.keep !== true) rmSync(this.directory, { recursive: true, force: true });
    if (options.redis !== undefined) await this.launchRedis(await freePort());
    if (artifacts !== null) await this.startHBase(artifacts, options);
  }

  private async launchRedis(port: number): Promise<void> {
    const program = findOnPath('redis-server');
    if (program === undefined) throw new RigError(`the rig needs redis-server: ${howToGetRedis}`);
    for (const name of ['logs', 'pids']) mkdirSync(join(this.directory, name), { recursive: true });
    writeFileSync(this.redisFile, `redis://${host}:${port}`);
    this.say(`starting Redis at port ${port} …`);
    const configuration = writeRedisConfiguration({ directory: join(this.directory, 'redis'), port, lines: cacheLines });
    this.processes.launchProgram('redis', program, [configuration], configuration);
    await this.processes.waitForPort('redis', port);
  }

  private async startHBase(artifacts: Artifacts, options: RigOptions): Promise<void> {
    const oneProcess = options.servers === undefined;
    const servers = options.servers ?? oneProcessServers;
    const copies = options.copies ?? 0;
    if (oneProcess && copies > 0) throw new RigError('copies need region servers of their own (--servers)');
    const hdfs = copies === 0 ? null : addressOf({ port: this.port });
    const layout: Layout = { oneProcess, servers, port: this.port, directory: this.directory, hdfs };
    writeSite(layout);
    writeFileSync(
      join(this.directory, 'mode'),
      oneProcess ? 'one process' : `${servers} region servers${copies > 0 ? `, ${copies} copies` : ''}`,
    );
    if (copies > 0) {
      this.say(`starting HDFS with ${copies} datanodes …`);
      await this.hdfs(copies).start(artifacts, options.keep !== true);
    }
    const compiler = options.warm === true ? 4 : 1;
    const logged = this.processes.logBytes('master');
    this.say(oneProcess ? 'starting HBase in one process …' : `starting ZooKeeper, master and ${servers} region servers …`);
    if (oneProcess) {
      this.processes.launch(artifacts, 'master', '512m', compiler, masterClass, ['start', `--localRegionServers=${servers}`]);
    } else {
      this.launchZookeeper(artifacts);
      this.launchMaster(artifacts, compiler);
      for (let server = 1; server <= servers; server += 1) this.launchServer(artifacts, server, compiler);
    }
    await this.processes.waitForLog('master', logged, masterReady);
  }

  /** kill -9 of one process: `zookeeper`, `master` or `server-1` and so on. */
  async kill(name: string): Promise<void> {
    await this.processes.end(this.known(name), 0, 'SIGKILL');
  }

  /** Starts one of them again, on what it left behind, and waits until it serves. */
  async begin(name: string): Promise<void> {
    if (this.known(name) === 'redis') {
      await this.launchRedis(Number(new URL(this.state().redis).port));
      return;
    }
    const artifacts = await prepareArtifacts(this.top, this.say);
    const logged = this.processes.logBytes(this.known(name));
    const server = /^server-(\d+)$/.exec(name);
    if (Hdfs.isPart(name)) {
      await this.hdfs(this.size().copies).begin(artifacts, name);
      return;
    }
    if (name === 'zookeeper') {
      this.launchZookeeper(artifacts);
      await this.processes.waitForPort(name, this.port);
      return;
    }
    if (server === null) this.launchMaster(artifacts, 1);
    else this.launchServer(artifacts, Number(server[1]), 1);
    await this.processes.waitForLog(name, logged, server === null ? masterReady : serverReady);
  }

  /** Stops its clock: it lives, and answers nobody. */
  pause(name: string): void {
    this.processes.signal(this.known(name), 'SIGSTOP');
  }

  /** It goes on as if nothing had been. */
  goOn(name: string): void {
    this.processes.signal(this.known(name), 'SIGCONT');
  }

  private known(name: string): string {
    if (name === 'redis' && existsSync(this.redisFile)) return name;
    const { servers, copies } = this.size();
    const all = ['zookeeper', 'master', ...Array.from({ length: servers }, (_, index) => `server-${index + 1}`), ...Hdfs.names(copies)];
    if (servers > 0 && all.includes(name)) return name;
    throw new RigError(`"${name}" is no process of its own in a rig of ${this.mode()} (npm run rig -- start --servers 3)`);
  }

  private hdfs(copies: number): Hdfs {
    return new Hdfs({ copies, port: this.port, directory: this.directory }, this.processes);
  }

  /** Region servers and copies as it was started; 0: one process, or files of this machine. */
  private size(): { readonly servers: number; readonly copies: number } {
    const found = /^(\d+) region servers(?:, (\d+) copies)?$/.exec(this.mode());
    return { servers: Number(found?.[1] ?? 0), copies: Number(found?.[2] ?? 0) };
  }

  private launchZookeeper(artifacts: Artifacts): void {
    this.processes.launch(artifacts, 'zookeeper', '64m', 1, zookeeperClass, []);
  }

  private launchMaster(artifacts: Artifacts, compiler: 1 | 4): void {
    this.processes.launch(artifacts, 'master', '192m', compiler, masterClass, ['start']);
  }

  private launchServer(artifacts: Artifacts, server: number, compiler: 1 | 4): void {
    const where = ['-D', `hbase.regionserver.port=${this.port + 10 + server}`, 'start'];
    // A benchmark writes faster than memory of the smaller heap is flushed.
    this.processes.launch(artifacts, `server-${server}`, compiler === 4 ? '1024m' : '384m', compiler, serverClass, where);
  }

  /** Stops it in order: what is in memory is written. `kill`: as a crash would. */
  async stop(kill: boolean = false): Promise<void> {
    const names = this.processes.names();
    const last = ['master', 'zookeeper', ...names.filter((name) => Hdfs.isPart(name))];
    const first = names.filter((name) => !last.includes(name));
    const signal = kill ? 'SIGKILL' : 'SIGTERM';
    await Promise.all(first.map((name) => this.processes.end(name, stopMsMax, signal)));
    const msMax = names.includes('zookeeper') ? stopMsMax : oneProcessStopMsMax;
    for (const name of last) if (names.includes(name)) await this.processes.end(name, msMax, signal);
  }

  state(): RigState {
    const names = this.processes.names();
    const pids: Record<string, number> = {};
    for (const name of names) {
      const pid = this.processes.pidOf(name);
      if (pid !== undefined) pids[name] = pid;
    }
    const running = Object.keys(pids).length;
    return {
      state: running === 0 ? 'stopped' : running === names.length ? 'running' : 'partly running',
      mode: this.mode(),
      quorum: `${host}:${this.port}`,
      masters: `${host}:${this.port + 1}`,
      redis: existsSync(this.redisFile) ? readFileSync(this.redisFile, 'utf8') : '',
      pids,
    };
  }

  private get redisFile(): string {
    return join(this.directory, 'redis-url');
  }

  private mode(): string {
    const file = join(this.directory, 'mode');
    return existsSync(file) ? readFileSync(file, 'utf8') : 'none';
  }
}
