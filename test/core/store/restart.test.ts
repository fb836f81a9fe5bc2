/** The embedded store over restarts: what was answered `ok` is there again, whether or not it was closed. */
import { cp, mkdtemp, readdir, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type EmbeddedStore,
  openEmbeddedStore,
  StoreDamagedError,
  StoreUnavailableError,
} from '../../../core/store/embedded/embedded-store.ts';
import { Table } from '../../../core/store/port.ts';
import { EmbeddedTarget, smallLimits } from './embedded-target.ts';
import { batchOf, bytesOf, close, fenceKeyOf, keyIn, valueAt, write } from './harness.ts';

/** Fence of batch n. */
function fence(batch: number): Uint8Array {
  return bytesOf(1, batch >> 8, batch & 255);
}

async function writeBatches(store: EmbeddedStore, from: number, to: number, valueBytes: number): Promise<void> {
  for (let batch = from; batch < to; batch += 1) {
    const value = new Uint8Array(valueBytes).fill(batch);
    const request = batchOf({
      expected: batch === 0 ? null : fence(batch - 1),
      fence: fence(batch),
      changes: [{ key: keyIn(1, 2, 16, batch & 255), value }],
    });
    let outcome = await write(store, request);
    // The index lags; the test's own limit of time bounds this.
    while (outcome.kind === 'failed' && outcome.reason === 'busy') {
      await setTimeout(5);
      outcome = await write(store, request);
    }
    expect(outcome).toEqual({ kind: 'ok' });
  }
}

async function expectBatches(store: EmbeddedStore, count: number, valueBytes: number): Promise<void> {
  expect(await valueAt(store, Table.users, fenceKeyOf(1, 2))).toEqual(fence(count - 1));
  for (let batch = Math.max(0, count - 200); batch < count; batch += 1) {
    const value = await valueAt(store, Table.users, keyIn(1, 2, 16, batch & 255));
    expect(Buffer.compare(value ?? new Uint8Array(0), new Uint8Array(valueBytes).fill(batch))).toBe(0);
  }
}

describe('embedded store over restarts', () => {
  const target = new EmbeddedTarget();
  let store: EmbeddedStore;
  beforeEach(async () => {
    store = await target.open();
  });
  afterEach(() => target.dispose());

  it('shows everything after close and open, several times', async () => {
    for (let round = 0; round < 4; round += 1) {
      await writeBatches(store, round * 20, round * 20 + 20, 3000);
      await close(store);
      store = await target.reopen();
      await expectBatches(store, round * 20 + 20, 3000);
    }
    await close(store);
  });

  it('rolls and recycles segments', async () => {
    await writeBatches(store, 0, 250, 20_000);
    expect(store.stats().segmentFiles).toBeLessThanOrEqual(12);
    expect(store.stats().bytes).toBeGreaterThan(12 * 256 * 1024);
    await close(store);
    store = await target.reopen();
    await expectBatches(store, 250, 20_000);
    await close(store);
  });

  it('recovers a copy of the directory taken while it served', async () => {
    await writeBatches(store, 0, 30, 2000);
    const copy = await mkdtemp(join(tmpdir(), 'parley-copy-'));
    await cp(target.directory, copy, { recursive: true });
    const recovered = await openEmbeddedStore(copy, { limits: smallLimits });
    await expectBatches(recovered, 30, 2000);
    await close(recovered);
    await rm(copy, { recursive: true });
    await close(store);
  });

  it('refuses a second process, or a second opening in this one', async () => {
    await expect(target.reopen()).rejects.toThrow(StoreUnavailableError);
    await close(store);
  });

  // LevelDB does not sync the first MANIFEST of a new database, so a power cut soon after the first start leaves this.
  it('opens with a lock whose files a power cut emptied, and still lets nobody else in', async () => {
    await close(store);
    const lock = join(target.directory, 'lock');
    for (const name of await readdir(lock)) if (name.startsWith('MANIFEST')) await truncate(join(lock, name));
    store = await target.reopen();
    await expect(target.reopen()).rejects.toThrow(StoreUnavailableError);
    await close(store);
  });

  it('refuses a directory without its identity, by name', async () => {
    await writeBatches(store, 0, 3, 10);
    await close(store);
    await rm(join(target.directory, 'identity'));
    await expect(target.reopen()).rejects.toThrow(/identity is missing/);
  });

  it('refuses an unknown format with a clear error', async () => {
    await close(store);
    // The identity of a format 9 store: magic, checksum over version and word, version, word.
    const identity = Buffer.alloc(512);
    identity.write('PSTO');
    identity.writeUInt16BE(9, 8);
    const { crc32 } = await import('node:zlib');
    identity.writeUInt32BE(crc32(identity.subarray(8, 16)), 4);
    await writeFile(join(target.directory, 'identity'), identity);
    const opening = target.reopen();
    await expect(opening).rejects.toThrow(StoreDamagedError);
    await expect(opening).rejects.toThrow(/identity of format 9; this program knows format 1/);
  });

  it('rebuilds an index that was deleted while the journal has everything', async () => {
    await writeBatches(store, 0, 40, 100);
    await close(store);
    await rm(join(target.directory, 'index'), { recursive: true });
    store = await target.reopen();
    await expectBatches(store, 40, 100);
    await close(store);
  });

  it('reports an index that was deleted when the journal has been recycled', async () => {
    await writeBatches(store, 0, 250, 20_000);
    await close(store);
    await rm(join(target.directory, 'index'), { recursive: true });
    await expect(target.reopen()).rejects.toThrow(/index is empty, and the journal no longer has every record/);
  });
});
