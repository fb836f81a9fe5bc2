/** A damaged table of the index: named at the start, by the store check, and by a read that comes before the check behind has reached it. */
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { checkStore } from '../../../../core/store/check/check-store.ts';
import { openEmbeddedStore, StoreDamagedError } from '../../../../core/store/embedded/embedded-store.ts';
import { readLog } from '../../../../core/store/embedded/level-files/log-file.ts';
import { applyVersionEdit, type LiveTable } from '../../../../core/store/embedded/level-files/version-edits.ts';
import { Table } from '../../../../core/store/port.ts';
import { EmbeddedTarget, smallLimits } from '../embedded-target.ts';
import { batchOf, bytesOf, close, get, keyIn, write } from '../harness.ts';

const target = new EmbeddedTarget();
let directory = '';

/** A closed store whose journal was recycled, with several tables: values that do not pack. */
beforeAll(async () => {
  const store = await target.open();
  for (let batch = 0; batch < 250; batch += 1) {
    const changes = [{ key: keyIn(1, 2, 16, batch), value: bytesOfBatch(batch) }];
    const request = batchOf({ expected: batch === 0 ? null : bytesOf(1, batch - 1), fence: bytesOf(1, batch), changes });
    let outcome = await write(store, request);
    while (outcome.kind === 'failed' && outcome.reason === 'busy') {
      await setTimeout(5);
      outcome = await write(store, request);
    }
    expect(outcome).toEqual({ kind: 'ok' });
  }
  await close(store);
});
afterAll(() => target.dispose());
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'parley-store-'));
  await cp(target.directory, directory, { recursive: true });
});
afterEach(() => rm(directory, { recursive: true }));

/** 20 KB that look random: most bytes of a table are bytes of values. */
function bytesOfBatch(batch: number): Uint8Array {
  let state = batch + 1;
  return Uint8Array.from({ length: 20_000 }, () => {
    state = Math.imul(state, 1_664_525) + 1_013_904_223;
    return state >>> 24;
  });
}

/** Changes a byte in the middle of each table that `chosen` takes. */
async function damageTables(chosen: (table: LiveTable) => boolean): Promise<void> {
  const index = join(directory, 'index');
  const manifest = (await readFile(join(index, 'CURRENT'), 'latin1')).trim();
  const tables = new Map<number, LiveTable>();
  readLog(await readFile(join(index, manifest)), 0, (record) => applyVersionEdit(record, tables));
  const damaged = [...tables.values()].filter(chosen);
  expect(damaged.length).toBeGreaterThan(0);
  for (const { number } of damaged) {
    const path = join(index, `${String(number).padStart(6, '0')}.ldb`);
    const bytes = await readFile(path);
    bytes[bytes.length >> 1] ^= 4;
    await writeFile(path, bytes);
  }
}

const noticed = /index\/\d{6}\.ldb has a data block that does not match its checksum/;

it('is named at the start and by the store check', async () => {
  await damageTables(() => true);
  const opening = openEmbeddedStore(directory, { limits: smallLimits });
  await expect(opening).rejects.toThrow(StoreDamagedError);
  await expect(opening).rejects.toThrow(noticed);
  expect((await checkStore(directory)).problems.join()).toMatch(noticed);
});

it('is not served when the start had no time for it', async () => {
  const reports: string[] = [];
  const bounded = { limits: smallLimits, verifyAtOpenBytesMax: 0, report: (what: string) => reports.push(what) };
  const sound = await openEmbeddedStore(directory, bounded);
  for (let batch = 0; batch < 250; batch += 50) {
    expect(await get(sound, Table.users, keyIn(1, 2, 16, batch))).toEqual({ kind: 'ok', value: bytesOfBatch(batch) });
  }
  await close(sound);
  expect(reports).toEqual([]);
  // Those with the index's own rows, which have the lowest keys, are verified at any start.
  await damageTables((table) => table.smallest[0] > 0);
  const store = await openEmbeddedStore(directory, bounded);
  const read = await Promise.all(Array.from({ length: 250 }, (_, batch) => get(store, Table.users, keyIn(1, 2, 16, batch))));
  const wrong = read.filter(
    (result, batch) => result.kind === 'ok' && Buffer.compare(result.value ?? Buffer.alloc(0), bytesOfBatch(batch)) !== 0,
  );
  expect(wrong).toEqual([]);
  expect(read.some((result) => result.kind === 'unavailable')).toBe(true);
  // Whichever comes first: the read's own checksum, or the check of the tables behind it.
  expect(reports.join()).toMatch(new RegExp(`${noticed.source}|a read failed: a value does not match its checksum`));
  await close(store);
});
