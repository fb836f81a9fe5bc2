/** A store that idles covers its last records by a checkpoint all the same: a later start has nothing to replay. */
import { setTimeout } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { EmbeddedTarget } from '../embedded-target.ts';
import { batchOf, bytesOf, close, keyIn, write } from '../harness.ts';

it('makes a checkpoint of its last records without another call', async () => {
  const target = new EmbeddedTarget();
  const store = await target.open();
  for (let batch = 0; batch < 3; batch += 1) {
    const expected = batch === 0 ? null : bytesOf(1, batch - 1);
    const changes = [{ key: keyIn(1, 2, 16, batch), value: bytesOf(batch) }];
    expect(await write(store, batchOf({ expected, fence: bytesOf(1, batch), changes }))).toEqual({ kind: 'ok' });
  }
  const { lsn } = store.stats();
  while (store.stats().checkpointLsn < lsn) await setTimeout(10);
  expect(store.stats()).toMatchObject({ checkpointLsn: lsn, appliedLsn: lsn, lagBytes: 0 });
  await close(store);
  await target.dispose();
});
