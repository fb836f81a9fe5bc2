/**
 * Whether a compression codec works on every region server, found out without harm.
 *
 * The master takes a codec whose classes are there, also where its native part is not. A flush that then fails ends the server, but a
 * compaction that fails is only logged. So the probe's table is flushed uncompressed, and only a compaction is to compress: two files that
 * have become one say that the codec works. The region is moved to each server in turn.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { type HBaseClient, HBaseError, type RegionLocation, type TableSchema } from '../../hbase/index.ts';
import { type Compression, family, qualifier } from './tables.ts';

/** Best first, of those worth their CPU; without one of them rows stay as they are. */
const preferred: readonly Compression[] = ['ZSTD', 'SNAPPY', 'LZ4'];
const compactMsMax = 10_000;
const pollMs = 100;

/** @returns '' when it works on every server, else why not. @throws HBaseError for trouble of another kind */
export async function probeCodec(client: HBaseClient, prefix: string, codec: Compression): Promise<string> {
  if (codec === 'NONE') return '';
  const table = `${prefix}_codec_${codec.toLowerCase()}`;
  try {
    await client.admin.createTable(schemaOf(table, codec));
  } catch (error) {
    if (!(error instanceof HBaseError) || error.nextStep !== 'final' || error.javaClass.endsWith('TableExistsException')) throw error;
    return `the master refuses it: ${error.message.slice(0, 200)}`;
  }
  try {
    const { servers } = await client.admin.status();
    for (const server of servers) {
      const [region] = await client.admin.regions(table);
      if (region.server?.port !== server.port || region.server.host !== server.host) await client.admin.move(region, server);
      if (!(await compactsOn(client, table))) return `a compaction with it fails on ${server.host}:${server.port}`;
    }
    return '';
  } finally {
    await client.admin.deleteTable(table);
  }
}

/** The best codec that works here. */
export async function bestCodec(client: HBaseClient, prefix: string): Promise<Compression> {
  for (const codec of preferred) if ((await probeCodec(client, prefix, codec)) === '') return codec;
  return 'NONE';
}

function schemaOf(name: string, codec: Compression): TableSchema {
  // Without COMPRESSION_COMPACT_MAJOR a major compaction takes that of COMPRESSION_COMPACT; here both are said.
  const attributes = {
    COMPRESSION: 'NONE',
    COMPRESSION_COMPACT: codec,
    COMPRESSION_COMPACT_MAJOR: codec,
    COMPRESSION_COMPACT_MINOR: codec,
  };
  return { name, attributes: {}, families: [{ name: 'f', attributes }] };
}

async function compactsOn(client: HBaseClient, table: string): Promise<boolean> {
  const [region] = await client.admin.regions(table);
  for (const content of ['a', 'b']) await putAndFlush(client, region, content);
  await client.admin.compact(region);
  const endMs = performance.now() + compactMsMax;
  while (performance.now() < endMs) {
    if ((await client.admin.storeFiles(region)) === 1) return true;
    await delay(pollMs);
  }
  return false;
}

async function putAndFlush(client: HBaseClient, region: RegionLocation, content: string): Promise<void> {
  const row = Buffer.from(content);
  await client.mutate(region.table, { kind: 'put', row, family, qualifier, value: new Uint8Array(1_000), timestamp: 1 });
  await client.admin.flush(region);
}
