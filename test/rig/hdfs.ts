/**
 * HDFS under the rig's HBase: a namenode and datanodes in processes of their own, from the same jar, so that each write lies in several copies.
 *
 * Without it HBase's files are those of this machine: one copy.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Artifacts } from './artifacts.ts';
import type { Processes } from './processes.ts';
import { propertiesText } from './site.ts';

const host = '127.0.0.1';
const namenodeClass = 'org.apache.hadoop.hdfs.server.namenode.NameNode';
const datanodeClass = 'org.apache.hadoop.hdfs.server.datanode.DataNode';
/** What they say in their logs. */
const formatted = 'SHUTDOWN_MSG';
const namenodeReady = 'NameNode RPC up at';
const datanodeReady = 'successfully registered with NN';

export interface HdfsLayout {
  /** Datanodes, and copies of each block. */
  readonly copies: number;
  /** ZooKeeper's: HDFS's ports follow. */
  readonly port: number;
  readonly directory: string;
}

export class Hdfs {
  private readonly layout: HdfsLayout;
  private readonly processes: Processes;

  constructor(layout: HdfsLayout, processes: Processes) {
    this.layout = layout;
    this.processes = processes;
  }

  static isPart(name: string): boolean {
    return name === 'namenode' || name.startsWith('datanode-');
  }

  /** Names of its processes. */
  static names(copies: number): string[] {
    return copies === 0 ? [] : ['namenode', ...Array.from({ length: copies }, (_, index) => `datanode-${index + 1}`)];
  }

  /** Starts it; an empty one is made first. The directory's folders are there. */
  async start(artifacts: Artifacts, isNew: boolean): Promise<void> {
    const { directory, copies } = this.layout;
    const settings = settingsOf(this.layout);
    writeFileSync(join(directory, 'conf/hdfs-site.xml'), propertiesText(settings));
    writeFileSync(join(directory, 'conf/core-site.xml'), propertiesText({ 'fs.defaultFS': addressOf(this.layout) }));
    if (isNew) {
      this.processes.launch(artifacts, 'format', '128m', 1, namenodeClass, ['-format', '-force', '-nonInteractive']);
      await this.processes.waitForLog('format', 0, formatted);
      await this.processes.end('format', 5_000);
    }
    await Promise.all(Hdfs.names(copies).map((name) => this.begin(artifacts, name)));
  }

  /** Starts one of its processes, and waits until it serves. */
  async begin(artifacts: Artifacts, name: string): Promise<void> {
    const { processes, layout } = this;
    const logged = processes.logBytes(name);
    if (name === 'namenode') {
      processes.launch(artifacts, name, '128m', 1, namenodeClass, []);
      await processes.waitForLog(name, logged, namenodeReady);
      return;
    }
    const number = Number(name.replace('datanode-', ''));
    const own = {
      'dfs.datanode.data.dir': `file://${layout.directory}/hdfs/${name}`,
      'dfs.datanode.address': `${host}:${layout.port + 30 + number}`,
      'dfs.datanode.http.address': `${host}:${layout.port + 40 + number}`,
      'dfs.datanode.ipc.address': `${host}:${layout.port + 50 + number}`,
    };
    const words = Object.entries(own).flatMap(([key, value]) => ['-D', `${key}=${value}`]);
    processes.launch(artifacts, name, '96m', 1, datanodeClass, words);
    await processes.waitForLog(name, logged, datanodeReady);
  }
}

/** As HBase is told. */
export function addressOf({ port }: Pick<HdfsLayout, 'port'>): string {
  return `hdfs://${host}:${port + 20}`;
}

function settingsOf({ copies, port, directory }: HdfsLayout): Record<string, string | number | boolean> {
  return {
    'dfs.namenode.name.dir': `file://${directory}/hdfs/namenode`,
    'dfs.namenode.rpc-address': `${host}:${port + 20}`,
    'dfs.namenode.rpc-bind-host': host,
    'dfs.namenode.http-address': `${host}:${port + 21}`,
    'dfs.replication': copies,
    // One datanode may be gone: its part is copied elsewhere later, writers go on with the others.
    'dfs.client.block.write.replace-datanode-on-failure.policy': 'NEVER',
    'dfs.namenode.datanode.registration.ip-hostname-check': false,
    'dfs.permissions.enabled': false,
    'dfs.namenode.safemode.extension': 0,
    // A dead datanode is known as such after 14 s, not after ten minutes.
    'dfs.heartbeat.interval': 1,
    'dfs.namenode.heartbeat.recheck-interval': 2_000,
  };
}
