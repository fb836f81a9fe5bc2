/** `parley hbase init`: makes the tables in HBase. */
import { type HBaseClient, HBaseError } from '../hbase/index.ts';
import { readConfig } from '../host/config.ts';
import { StartError } from '../host/errors.ts';
import { openHBaseClient } from '../host/hbase.ts';
import { bestCodec, probeCodec } from '../store/hbase/probe-codec.ts';
import { type Compression, compressions, initTables } from '../store/hbase/tables.ts';
import { type Command, ExitCode, out, startFailure, usage } from './command.ts';
import { readFlags } from './option-flags.ts';

const help = `parley hbase: makes Parley's tables in HBase; those that are there stay as they are

  parley hbase init [--hbase-masters HOST:PORT,… | --hbase-quorum HOST:PORT,…] [--hbase-prefix NAME] [--regions N] [--compression C] [--json]
      --hbase-masters  masters or region servers [PARLEY_HBASE_MASTERS]
      --hbase-quorum   or ZooKeeper [PARLEY_HBASE_QUORUM]
      --hbase-prefix   begin of the tables' names [PARLEY_HBASE_PREFIX or parley]
      --regions N      regions that users and groups begin with, at borders of partitions [1]; they split at borders of slots
      --compression C  ${compressions.join(', ')} [NONE]; a codec is tried on every region server first, and refused where it does not work;
                       auto: the first of ZSTD, SNAPPY, LZ4 that works, else NONE

Exit codes: 0 the tables are there · 1 they could not be made (the reason is printed) · 2 wrong arguments
`;

const initMsMax = 120_000;
const auto = 'auto' as const;
const regionsMax = 900;

export const hbaseCommand: Command = { name: 'hbase', summary: 'make the tables in HBase', run: hbase };

async function hbase(args: readonly string[]): Promise<number> {
  const read = readFlags(args, { regions: 'string', compression: 'string', json: 'boolean' }, true);
  if (typeof read === 'string') return usage('hbase', read, help);
  if (read.wantsHelp) {
    out(help);
    return ExitCode.ok;
  }
  const regions = Number(read.own.regions ?? 1);
  const compression = ([...compressions, auto] as const).find((name) => name === (read.own.compression ?? 'NONE'));
  if (read.positionals.length !== 1 || read.positionals[0] !== 'init') return usage('hbase', 'the one command is init', help);
  if (!Number.isInteger(regions) || regions < 1 || regions > regionsMax)
    return usage('hbase', `--regions must be 1 to ${regionsMax}`, help);
  if (compression === undefined) return usage('hbase', `--compression must be one of ${compressions.join(', ')}, ${auto}`, help);
  return init(read.flags, regions, compression, read.own.json === true);
}

async function init(
  flags: Parameters<typeof readConfig>[1],
  regions: number,
  wanted: Compression | typeof auto,
  isJson: boolean,
): Promise<number> {
  try {
    const config = readConfig(process.env, flags);
    const client = openHBaseClient(config, initMsMax);
    try {
      const compression = await codecOf(client, config.hbasePrefix, wanted);
      const tables = await initTables(client, { prefix: config.hbasePrefix, regions, compression });
      const lines = tables.map(({ table, made }) => `${table} ${made ? 'made' : 'was there'}\n`);
      out(isJson ? `${JSON.stringify({ ok: true, compression, tables })}\n` : `compression ${compression}\n${lines.join('')}`);
      return ExitCode.ok;
    } finally {
      client.close();
    }
  } catch (error) {
    if (isJson && error instanceof Error) out(`${JSON.stringify({ ok: false, error: error.message })}\n`);
    return startFailure('hbase', error instanceof HBaseError ? new StartError(error.message) : error);
  }
}

/** @throws StartError when the codec that is wanted does not work here */
async function codecOf(client: HBaseClient, prefix: string, wanted: Compression | typeof auto): Promise<Compression> {
  if (wanted === auto) return bestCodec(client, prefix);
  const why = await probeCodec(client, prefix, wanted);
  if (why !== '') throw new StartError(`compression ${wanted} does not work on this HBase: ${why}`);
  return wanted;
}
