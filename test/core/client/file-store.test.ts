// Goal: the file store keeps what it confirmed, whatever the end of the file looks like.
import { appendFileSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { FileStore } from '../../../core/client/node/file-store.ts';

const shared = { key: 's', value: { storeId: 'a'.repeat(16), user: 1, name: 'n' } };
const send = { key: `o/x/m/1-2/${'b'.repeat(16)}/1`, value: { body: 'kept' } };

function newPath(): string {
  return join(mkdtempSync(join(tmpdir(), 'parley-store-')), 'outbox');
}

it('gives back device, outbox and records; a torn last line is dropped', async () => {
  const path = newPath();
  const first = new FileStore(path);
  const opened = await first.open();
  await first.store('', [send]);
  await first.store('a'.repeat(16), [shared, { key: 'b', value: { epoch: 2, batch: 3 } }]);
  await first.close();
  appendFileSync(path, '{"storeId":"aaaaaaaaaaaaaaaa","records":[{"key":"b","val');
  const again = await new FileStore(path).open();
  expect(again.deviceId).toBe(opened.deviceId);
  expect(again.outbox).toBe(opened.outbox);
  expect(again.records).toEqual(expect.arrayContaining([shared, send, { key: 'b', value: { epoch: 2, batch: 3 } }]));
});

it('damage before the end is not passed over', async () => {
  const path = newPath();
  const first = new FileStore(path);
  await first.open();
  await first.store('', [send]);
  await first.close();
  writeFileSync(path, `half a line\n${readFileSync(path, 'utf8')}`);
  await expect(new FileStore(path).open()).rejects.toThrow();
});

it('a lock of a process that is no more is taken over', async () => {
  const path = newPath();
  writeFileSync(`${path}.lock`, '999999999');
  const store = new FileStore(path);
  await store.open();
  await store.close();
});

it('does not grow without end', async () => {
  const path = newPath();
  const store = new FileStore(path);
  await store.open();
  for (let count = 0; count < 1_100; count++) await store.store('', [{ ...send, value: { body: String(count) } }]);
  await store.close();
  expect(readFileSync(path, 'utf8').split('\n').length).toBeLessThan(200);
  const again = await new FileStore(path).open();
  expect(again.records).toEqual([{ ...send, value: { body: '1099' } }]);
});
