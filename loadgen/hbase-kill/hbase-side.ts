/**
 * The real HBase of a kill test: the rig with ZooKeeper, master and region servers in processes of their own, tables for this run, and what
 * is done to them.
 *
 * Method: signals go straight to the processes that the rig named, so that the instant of a kill is known; what starts them again is the rig.
 */
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { HBaseClient, HBaseError, type RegionLocation, type ServerName } from '../../core/hbase/index.ts';
import { HBaseStore } from '../../core/store/hbase/hbase-store.ts';
import { initTables, tableName } from '../../core/store/hbase/tables.ts';
import { Table } from '../../core/store/port.ts';
import { type RigAnswer, rig } from '../../sim/cli/rig-store.ts';
import type { RandomStream } from '../../sim/random.ts';
import { campaignLimits as limits } from './limits.ts';

const prefix = 'campaign';
const host = '127.0.0.1';
const slotsPerPartition = 256;
const partitions = 900;

export class HBaseSide {
  /** Regions moved and split so far. */
  moves = 0;
  splits = 0;
  /** What HBase refused of that, in words. */
  readonly refused: string[] = [];
  /** Datanodes of HDFS; 0: files of this machine. */
  readonly copies: number;
  /** Of the node's cache; '': none. */
  private readonly redis: string;
  private readonly quorum: string;
  private readonly servers: string;
  /** Of the region servers. */
  private readonly ports: readonly number[];
  private readonly users = tableName(prefix, Table.users);
  private readonly client: HBaseClient;
  private pids: Readonly<Record<string, number>>;

  private constructor(copies: number, { quorum, masters: master, redis, pids }: RigAnswer) {
    this.copies = copies;
    this.redis = redis;
    this.quorum = quorum;
    this.pids = pids;
    const port = Number(master.split(':')[1]);
    this.ports = Array.from({ length: limits.servers }, (_, index) => port + 10 + index);
    this.servers = [master, ...this.ports.map((each) => `${host}:${each}`)].join(',');
    this.client = new HBaseClient({ masters: this.servers, limits: { procedureMsMax: 30_000 } });
  }

  /** Starts the rig and makes the tables. */
  static async start(copies: number, hasRedis: boolean): Promise<HBaseSide> {
    const words = ['--servers', String(limits.servers), '--copies', String(copies), ...(hasRedis ? ['--redis'] : [])];
    const side = new HBaseSide(copies, await rig('start', ...words));
    await initTables(side.client, { prefix, regions: limits.regions, compression: 'NONE' });
    return side;
  }

  /** How a node finds it: by ZooKeeper, or by its masters and region servers. */
  nodeFlags(byQuorum: boolean): string[] {
    const address = byQuorum ? ['--hbase-quorum', this.quorum] : ['--hbase-masters', this.servers];
    return ['--store', 'hbase', '--hbase-prefix', prefix, ...address, ...(this.redis === '' ? [] : ['--redis', this.redis])];
  }

  /** A store as a reader has it. */
  openStore(): HBaseStore {
    return new HBaseStore({ client: { masters: this.servers }, prefix, report: (what) => console.error(what) });
  }

  /** One of the region servers that serve users now. */
  async busyServer(pick: number): Promise<string> {
    const regions = await this.client.admin.regions(this.users);
    const ports = [...new Set(regions.flatMap(({ server }) => (server === null ? [] : [server.port])))].sort();
    return `server-${1 + this.ports.indexOf(ports[pick % ports.length])}`;
  }

  /** Each region server gets its share of the regions of users; one that comes back has none. */
  async spread(): Promise<void> {
    const regions = await this.client.admin.regions(this.users);
    const { servers } = await this.client.admin.status();
    const most = Math.ceil(regions.length / servers.length);
    const held = new Map(servers.map(({ port }) => [port, 0]));
    for (const region of regions) {
      const port = region.server?.port ?? 0;
      const count = held.get(port) ?? 0;
      if (count < most) {
        held.set(port, count + 1);
        continue;
      }
      const to = servers.find((server) => (held.get(server.port) ?? 0) < most);
      if (to === undefined) return;
      held.set(to.port, (held.get(to.port) ?? 0) + 1);
      await this.tryTo(async () => {
        await this.client.admin.move(region, to);
        this.moves++;
      });
    }
  }

  kill(name: string): void {
    process.kill(this.pids[name], 'SIGKILL');
  }

  pause(name: string): void {
    process.kill(this.pids[name], 'SIGSTOP');
  }

  goOn(name: string): void {
    process.kill(this.pids[name], 'SIGCONT');
  }

  /** Waits until the process is gone. @returns false when it still lives after `msMax` */
  async untilGone(name: string, msMax: number): Promise<boolean> {
    const endMs = performance.now() + msMax;
    while ((await rig('status')).pids[name] !== undefined) {
      if (performance.now() > endMs) return false;
      await delay(limits.pollMs * 10);
    }
    return true;
  }

  /** Starts it again, and waits until it serves. */
  async begin(name: string): Promise<void> {
    this.pids = (await rig('begin', name)).pids;
  }

  /** Moves regions of users to any other server, one after the other, and splits some at borders of slots, for `ms`. */
  async moveAndSplit(random: RandomStream, ms: number): Promise<void> {
    const endMs = performance.now() + ms;
    const splitsAtEnd = this.splits + limits.splitsMax;
    while (performance.now() < endMs) {
      await this.tryTo(async () => {
        const regions = await this.client.admin.regions(this.users);
        const region = regions[random.below(regions.length)];
        if (this.splits < splitsAtEnd && random.permille(limits.splitPermille)) await this.split(region, random);
        else await this.move(region, random);
      });
    }
  }

  /** The node's cache is empty from one moment to the next. */
  flushRedis(): Promise<void> {
    const { hostname, port } = new URL(this.redis);
    return new Promise((resolve, reject) => {
      const socket = connect({ host: hostname, port: Number(port) }, () => socket.write('FLUSHALL\r\n'));
      socket.once('error', reject);
      socket.once('data', (answer) => {
        socket.destroy();
        if (answer.toString().startsWith('+OK')) resolve();
        else reject(new Error(`Redis answered FLUSHALL with ${answer.toString()}`));
      });
    });
  }

  close(): Promise<unknown> {
    this.client.close();
    return rig('stop', '--kill');
  }

  /** What HBase refuses is noted: it may be busy with a fault. */
  private async tryTo(change: () => Promise<void>): Promise<void> {
    try {
      await change();
    } catch (error) {
      if (!(error instanceof HBaseError)) throw error;
      this.refused.push(error.message);
      await delay(limits.pollMs * 5);
    }
  }

  private async move(region: RegionLocation, random: RandomStream): Promise<void> {
    const { servers } = await this.client.admin.status();
    const others = servers.filter(({ port }: ServerName) => port !== region.server?.port);
    if (others.length === 0) return;
    await this.client.admin.move(region, others[random.below(others.length)]);
    this.moves++;
  }

  private async split(region: RegionLocation, random: RandomStream): Promise<void> {
    const from = slotNumber(region.startKey, 0);
    const to = slotNumber(region.endKey, partitions * slotsPerPartition);
    if (to - from < 2) return;
    const at = from + 1 + random.below(to - from - 1);
    const partition = Math.floor(at / slotsPerPartition);
    await this.client.admin.split(region, Uint8Array.of(partition >> 8, partition & 255, at % slotsPerPartition));
    this.splits++;
  }
}

/** Number of the slot that begins at this border of a region. */
function slotNumber(border: Uint8Array, otherwise: number): number {
  return border.length < 3 ? otherwise : (border[0] * 256 + border[1]) * slotsPerPartition + border[2];
}
