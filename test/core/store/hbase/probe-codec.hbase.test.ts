// Goal: a codec that does not work is found out before tables depend on it. In the rig ZSTD is refused by the master, SNAPPY is taken and fails
// when files are written, GZ works.
import { afterAll, expect, it } from 'vitest';
import { HBaseClient } from '../../../../core/hbase/index.ts';
import { probeCodec } from '../../../../core/store/hbase/probe-codec.ts';
import { onHBase } from '../../../_util/on-hbase.ts';

onHBase('codecs of a real HBase', ({ masters }) => {
  const prefix = `probe${process.pid}`;
  const client = new HBaseClient({ masters });
  afterAll(() => client.close());

  it('says which work, leaves no table behind, and no server dies of it', async () => {
    const { servers } = await client.admin.status();
    const [gz, zstd, snappy] = await Promise.all((['GZ', 'ZSTD', 'SNAPPY'] as const).map((codec) => probeCodec(client, prefix, codec)));
    expect(gz).toBe('');
    expect(zstd).toContain('the master refuses it');
    expect(snappy).toContain('a compaction with it fails');
    for (const codec of ['gz', 'zstd', 'snappy']) expect(await client.admin.describe(`${prefix}_codec_${codec}`)).toBeNull();
    expect((await client.admin.status()).servers).toEqual(servers);
  }, 60_000);
});
