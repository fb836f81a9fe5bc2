/**
 * Parley's four tables in HBase: how `parley hbase init` makes them, and why so.
 *
 * One family with one column, one version, no time to live: a row is one cell that is replaced. Deleted cells go at the next compaction.
 */
import { type HBaseClient, HBaseError, mutateRowsCoprocessor, type TableSchema } from '../../hbase/index.ts';
import { Table } from '../port.ts';

export const family = Buffer.from('f');
export const qualifier = Buffer.from('q');

const names: Readonly<Record<Table, string>> = {
  [Table.users]: 'users',
  [Table.groups]: 'groups',
  [Table.names]: 'names',
  [Table.cluster]: 'cluster',
};

export const compressions = ['NONE', 'GZ', 'SNAPPY', 'LZ4', 'ZSTD'] as const;
export type Compression = (typeof compressions)[number];

export interface InitOptions {
  readonly prefix: string;
  /** Regions that the tables of users and groups begin with. */
  readonly regions: number;
  /** Whether its codec works on all servers is not seen by the master (probe-codec.ts). */
  readonly compression: Compression;
}

export interface InitResult {
  readonly table: string;
  readonly made: boolean;
}

const partitions = 900;
const slotPrefixBytes = 3;

/** Name of the table in HBase. */
export function tableName(prefix: string, table: Table): string {
  return `${prefix}_${names[table]}`;
}

/** Makes the tables that are not there; those that are stay as they are. @throws HBaseError */
export function initTables(client: HBaseClient, options: InitOptions): Promise<InitResult[]> {
  const make = async (table: Table): Promise<InitResult> => {
    const schema = schemaOf(table, options);
    const isThere = (await client.admin.describe(schema.name)) !== null;
    return { table: schema.name, made: !isThere && (await create(client, schema, splitKeys(table, options.regions))) };
  };
  return Promise.all(Object.values(Table).map(make));
}

/** What another init made meanwhile is there, too. */
async function create(client: HBaseClient, schema: TableSchema, keys: readonly Uint8Array[]): Promise<boolean> {
  try {
    await client.admin.createTable(schema, keys);
    return true;
  } catch (error) {
    if (error instanceof HBaseError && error.javaClass.endsWith('TableExistsException')) return false;
    throw error;
  }
}

export function schemaOf(table: Table, { prefix, compression }: Omit<InitOptions, 'regions'>): TableSchema {
  const isLog = table === Table.users || table === Table.groups;
  return {
    name: tableName(prefix, table),
    attributes: {
      // The batch of DESIGN 7: rows of one region, atomic, on a condition.
      coprocessor$1: `|${mutateRowsCoprocessor}|536870911|`,
      // A region ends where a slot ends, so a batch never lies in two: keys of a slot share their first three bytes.
      SPLIT_POLICY: splitPolicyOf(table),
      'KeyPrefixRegionSplitPolicy.prefix_length': String(slotPrefixBytes),
      // hflush to every replica before the answer; ASYNC_WAL would lose what was acknowledged.
      DURABILITY: 'SYNC_WAL',
    },
    families: [
      {
        name: 'f',
        attributes: {
          VERSIONS: '1',
          KEEP_DELETED_CELLS: 'FALSE',
          // Timestamps are counters, not clock: a time to live would mean nothing.
          TTL: '2147483647',
          // Logs are read in pages: keys that repeat are cut (108 bytes a row instead of 155); single rows: an index in each block.
          DATA_BLOCK_ENCODING: isLog ? 'FAST_DIFF' : 'ROW_INDEX_V1',
          // A page of a history is some KB.
          BLOCKSIZE: '16384',
          // Heads, watermarks, senders and names are read one by one.
          BLOOMFILTER: 'ROW',
          COMPRESSION: compression,
          // Rows that are rewritten before a flush are folded in memory.
          IN_MEMORY_COMPACTION: 'BASIC',
        },
      },
    ],
  };
}

function splitPolicyOf(table: Table): string {
  const policy = table === Table.cluster ? 'DisabledRegionSplitPolicy' : 'KeyPrefixRegionSplitPolicy';
  return `org.apache.hadoop.hbase.regionserver.${policy}`;
}

/** Regions begin where partitions do. */
export function splitKeys(table: Table, regions: number): Uint8Array[] {
  if (table === Table.cluster || table === Table.names) return [];
  const count = Math.min(Math.max(regions, 1), partitions);
  return Array.from({ length: count - 1 }, (_, index) => {
    const partition = Math.floor(((index + 1) * partitions) / count);
    return Uint8Array.of(partition >> 8, partition & 255, 0);
  });
}
