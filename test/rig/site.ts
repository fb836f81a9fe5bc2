/** The configuration of the rig's HBase: hbase-site.xml and log4j2.properties, each setting with its reason. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Layout {
  /** One JVM holds everything; else ZooKeeper, master and each region server have their own. */
  readonly oneProcess: boolean;
  readonly servers: number;
  /** ZooKeeper's port; the master has the next, region server i (from 1) this plus 10 plus i. */
  readonly port: number;
  readonly directory: string;
  /** HDFS of the rig (hdfs.ts); null: files of this machine. */
  readonly hdfs: string | null;
}

const host = '127.0.0.1';
/** How long a dead region server goes unnoticed. */
const sessionMs = 6_000;

export function writeSite(layout: Layout): void {
  for (const name of ['conf', 'logs', 'pids', 'hbase', 'zookeeper', 'tmp']) mkdirSync(join(layout.directory, name), { recursive: true });
  writeFileSync(join(layout.directory, 'conf/hbase-site.xml'), propertiesText(settingsOf(layout)));
  writeFileSync(join(layout.directory, 'conf/log4j2.properties'), loggingText);
}

/** Settings as Hadoop and HBase read them. */
export function propertiesText(settings: Readonly<Record<string, string | number | boolean>>): string {
  const lines = Object.entries(settings).map(([name, value]) => `<property><name>${name}</name><value>${value}</value></property>`);
  return `<?xml version="1.0"?>\n<configuration>\n${lines.join('\n')}\n</configuration>\n`;
}

function settingsOf({ oneProcess, servers, port, directory, hdfs }: Layout): Record<string, string | number | boolean> {
  return {
    'hbase.cluster.distributed': !oneProcess,
    ...(hdfs === null ? localFiles(directory) : filesOnHdfs(hdfs)),
    'hbase.tmp.dir': `${directory}/tmp`,
    'hbase.zookeeper.quorum': host,
    'hbase.zookeeper.property.clientPort': port,
    'hbase.zookeeper.property.dataDir': `${directory}/zookeeper`,
    'hbase.zookeeper.property.tickTime': 1_000,
    'hbase.zookeeper.property.maxClientCnxns': 0,
    'hbase.zookeeper.property.admin.enableServer': false,
    'zookeeper.session.timeout': sessionMs,
    // Nothing listens outside this machine.
    'hbase.master.hostname': host,
    'hbase.unsafe.regionserver.hostname': host,
    'hbase.master.ipc.address': host,
    'hbase.regionserver.ipc.address': host,
    'hbase.master.port': port + 1,
    'hbase.master.info.port': -1,
    'hbase.regionserver.info.port': -1,
    // Region servers of one JVM take any free port.
    ...(oneProcess ? { 'hbase.regionserver.port': 0 } : {}),
    // Ready means that all region servers are there.
    'hbase.master.wait.on.regionservers.mintostart': servers,
    'hbase.master.wait.on.regionservers.maxtostart': servers,
    'hbase.master.wait.on.regionservers.interval': 200,
    'hbase.regionserver.msginterval': 1_000,
    'hbase.regionserver.handler.count': 30,
    // Regions move when a test says so.
    'hbase.balancer.period': 600_000,
    'hbase.status.published': false,
  };
}

function localFiles(directory: string): Record<string, string | boolean> {
  return {
    'hbase.rootdir': `file://${directory}/hbase`,
    // Raw local files: a flush reaches the kernel, so a killed process loses nothing; logs are fenced as HDFS does it by lease recovery.
    'fs.file.impl': 'RigFileSystem',
    // The asynchronous log is for HDFS only.
    'hbase.wal.provider': 'filesystem',
    'hbase.unsafe.stream.capability.enforce': false,
  };
}

function filesOnHdfs(hdfs: string): Record<string, string | number> {
  return {
    'hbase.rootdir': `${hdfs}/hbase`,
    'hbase.wal.provider': 'asyncfs',
    // A dead server's log is taken over when HDFS has recovered its lease: looked after sooner than by default (4 s, then 64 s).
    'hbase.lease.recovery.first.pause': 1_000,
    'hbase.lease.recovery.dfs.timeout': 3_000,
  };
}

const loggingText = `status = error
appender.out.type = Console
appender.out.name = out
appender.out.layout.type = PatternLayout
appender.out.layout.pattern = %d{ISO8601} %-5p [%t] %c{1}: %m%n
rootLogger = INFO,out
logger.zk.name = org.apache.zookeeper
logger.zk.level = WARN
logger.zk2.name = org.apache.hadoop.hbase.shaded.org.apache.zookeeper
logger.zk2.level = WARN
`;
