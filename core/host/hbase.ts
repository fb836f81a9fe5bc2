/** A node's store on HBase: the client's options from the configuration, and what must hold before anything is served. */
import { HBaseClient, type HBaseOptions } from '../hbase/index.ts';
import { checkHBase } from '../store/hbase/check-hbase.ts';
import { HBaseStore } from '../store/hbase/hbase-store.ts';
import type { Config } from './config.ts';
import { ConfigError, StartError } from './errors.ts';
import type { Log } from './log.ts';
import { withoutRepeats } from './without-repeats.ts';

/** How long a node that starts waits for HBase. */
const startMsMax = 15_000;

/** @throws ConfigError when neither address is given */
export function hbaseOptions({ hbaseMasters, hbaseQuorum }: Config): HBaseOptions {
  if (hbaseMasters === '' && hbaseQuorum === '') {
    throw new ConfigError('HBase: set PARLEY_HBASE_MASTERS (host:port of masters) or PARLEY_HBASE_QUORUM (host:port of ZooKeeper)');
  }
  return { masters: hbaseMasters, quorum: hbaseQuorum, user: 'parley' };
}

/** A client for commands and checks; its addresses are read here. @throws ConfigError */
export function openHBaseClient(config: Config, waitMs: number = startMsMax): HBaseClient {
  const limits = { operationMsMax: waitMs, procedureMsMax: waitMs };
  try {
    return new HBaseClient({ ...hbaseOptions(config), limits });
  } catch (error) {
    if (error instanceof TypeError) throw new ConfigError(`HBase: ${error.message}`);
    throw error;
  }
}

/** @throws StartError saying what is wrong with this HBase, and what to do */
export async function openHBaseStore(config: Config, log: Log): Promise<HBaseStore> {
  const client = openHBaseClient(config);
  const checks = await checkHBase(client, config.hbasePrefix);
  client.close();
  for (const { check, state, advice } of checks) {
    if (state === 'failed') throw new StartError(`${check}: ${advice}`);
    if (state === 'warning') log.warn({ check }, advice);
  }
  return new HBaseStore({
    client: hbaseOptions(config),
    prefix: config.hbasePrefix,
    fsync: config.hbaseDurability === 'fsync',
    report: withoutRepeats((what, repeated) => log.warn(repeated === 0 ? { store: 'hbase' } : { store: 'hbase', repeated }, what)),
  });
}
