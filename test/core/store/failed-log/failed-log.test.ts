// Goal: what the failed-request log took is there after every end of the process, in its order, and a full disk is told, not hidden.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { FailedLog } from '../../../../core/store/failed-log/failed-log.ts';
import { createMemoryStore } from '../../../../core/store/memory-adapter.ts';
import type { GetResult, ScanRequest, ScanResult, Store, StoreWrite, Table, WriteOutcome } from '../../../../core/store/port.ts';
import { mountSmallDisk } from '../../../_util/small-disk.ts';

function frameOf(...bytes: number[]): Uint8Array {
  return Uint8Array.of(...bytes);
}

async function idsOf(log: FailedLog): Promise<number[]> {
  const ids: number[] = [];
  for (;;) {
    const page = await log.after(ids.at(-1) ?? 0);
    if (page.length === 0) return ids;
    ids.push(...page.map(({ id }) => id));
  }
}

function directory(): string {
  const made = mkdtempSync(join(tmpdir(), 'parley-failed-'));
  onTestFinished(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

/** Writes of which nobody knows what became, and reads that are not answered, while it is sick. */
class SickStore implements Store {
  isSick = false;
  private readonly store = createMemoryStore();

  write(request: StoreWrite, done: (outcome: WriteOutcome) => void): void {
    if (this.isSick) setTimeout(() => done({ kind: 'unknown' }), 1);
    else this.store.write(request, done);
  }

  get(table: Table, key: Uint8Array, done: (result: GetResult) => void): void {
    if (this.isSick) setTimeout(() => done({ kind: 'unavailable' }), 1);
    else this.store.get(table, key, done);
  }

  scan(request: ScanRequest, done: (result: ScanResult) => void): void {
    this.store.scan(request, done);
  }

  compareAndSet(key: Uint8Array, expected: Uint8Array | null, value: Uint8Array, done: (outcome: WriteOutcome) => void): void {
    this.store.compareAndSet(key, expected, value, done);
  }

  close(done: () => void): void {
    this.store.close(done);
  }
}

describe('failed-request log', () => {
  it('refuses what it cannot keep while its disk answers nothing, and goes on afterwards', async () => {
    const store = new SickStore();
    const log = await FailedLog.on(store);
    expect(await log.add('a', frameOf(1), 1)).toBe(1);
    store.isSick = true;
    expect(await log.add('a', frameOf(2), 2)).toBeNull();
    // Its fence is not known now, and cannot be read.
    expect(await Promise.all([log.add('a', frameOf(3), 3), log.add('b', frameOf(4), 4)])).toEqual([null, null]);
    store.isSick = false;
    const id = await log.add('b', frameOf(5), 5);
    expect(await idsOf(log)).toEqual([1, id]);
    await log.close();
  });

  it('keeps entries in their order over a restart, and forgets what was removed', async () => {
    const path = directory();
    let log = await FailedLog.open(path, () => {});
    const ids = await Promise.all(Array.from({ length: 200 }, (_, index) => log.add('åsa', frameOf(1, index), 1_000 + index)));
    expect(ids).toEqual(Array.from({ length: 200 }, (_, index) => index + 1));
    const [first, second] = await log.after(0);
    expect(second).toEqual({ id: 2, atMs: 1_001, name: 'åsa', frame: frameOf(1, 1) });
    expect(await Promise.all([log.remove(first), log.remove(second)])).toEqual([true, true]);
    const { size, bytes } = log;
    expect(size).toBe(198);
    await log.close();
    log = await FailedLog.open(path, () => {});
    expect(log).toMatchObject({ size, bytes });
    expect(await idsOf(log)).toEqual(ids.slice(2));
    expect(await log.add('bo', frameOf(2), 5)).toBe(201);
    await log.close();
  });

  it('takes one whose id is the next one although all others are gone', async () => {
    const path = directory();
    let log = await FailedLog.open(path, () => {});
    await log.add('a', frameOf(1), 1);
    for (const entry of await log.after(0)) await log.remove(entry);
    expect(log).toMatchObject({ size: 0, bytes: 0 });
    await log.close();
    log = await FailedLog.open(path, () => {});
    expect(await log.add('a', frameOf(1), 1)).toBe(2);
    await log.close();
  });

  it('on a full disk refuses what it cannot keep, loses nothing it took, and goes on once there is room', async (context) => {
    const disk = mountSmallDisk(context, 96 * 1024 * 1024);
    const path = join(disk.path, 'log');
    let log = await FailedLog.open(path, () => {});
    const giveBack = disk.fill(12 * 1024 * 1024);
    const taken: (number | null)[] = [];
    // Text that no index compresses.
    const frame = new Uint8Array(48 * 1024);
    while (taken.at(-1) !== null && taken.length < 2_000) {
      crypto.getRandomValues(frame);
      taken.push(await log.add('ann', frame.slice(), 1));
    }
    expect(taken.at(-1)).toBeNull();
    const kept = taken.slice(0, -1);
    expect(kept.length).toBeGreaterThan(20);
    giveBack();
    await expect.poll(() => log.add('ann', frameOf(9), 2), { timeout: 30_000 }).not.toBeNull();
    await log.close();
    log = await FailedLog.open(path, () => {});
    const found = await idsOf(log);
    expect(kept.filter((id) => id !== null && !found.includes(id))).toEqual([]);
    expect(log.size).toBe(found.length);
    await log.close();
  }, 90_000);
});
