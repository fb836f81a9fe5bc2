// Goal: the store model keeps the contract of the port in every trouble: what was told ok is there for later reads, an attempt takes effect
// at most once and only against its fence bytes, and a crash loses only what was not told. Method: random chains of one slot.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RowBatch } from '../../core/model/row-batch.ts';
import { type GetResult, type ScanResult, type StoreWrite, Table, type WriteOutcome } from '../../core/store/port.ts';
import { Scheduler } from '../../sim/scheduler.ts';
import type { StoreOptions } from '../../sim/store-fate.ts';
import { StoreModel } from '../../sim/store-model.ts';

const fenceKey = Uint8Array.of(0, 0, 0, 0);
const rowKey = Uint8Array.of(0, 0, 0, 1);

function write(id: number, expected: number | null, next: number): StoreWrite {
  const batch = new RowBatch();
  batch.put(Table.users, fenceKey, Uint8Array.of(next));
  batch.put(Table.users, rowKey, Uint8Array.of(next));
  return {
    id,
    table: Table.users,
    partition: 0,
    slot: 0,
    fenceKey,
    expectedFence: expected === null ? null : Uint8Array.of(expected),
    ops: batch.bytes,
    opCount: 2,
  };
}

const calmOptions: StoreOptions = {
  latencyUsMin: 10,
  latencyUsMax: 100,
  unknownPermille: 0,
  unknownUs: 300,
  laterUsMax: 1_000,
  busyPermille: 0,
  unavailablePermille: 0,
  readFailedPermille: 0,
};

class User {
  incarnation = 1;
  readonly outcomes = new Map<number, WriteOutcome>();
  read: Uint8Array | null = null;
  written(id: number, outcome: WriteOutcome): void {
    this.outcomes.set(id, outcome);
  }
  got(_id: number, result: GetResult): void {
    if (result.kind === 'ok') this.read = result.value;
  }
  scanned(_id: number, _result: ScanResult): void {}
}

function setUp(seed: number, options: StoreOptions) {
  const scheduler = new Scheduler(seed);
  const applied: number[] = [];
  const store = new StoreModel(seed, scheduler, options, (ops) => applied.push(ops[ops.length - 1]));
  return { scheduler, store, applied, user: new User() };
}

describe('store model', () => {
  it('answers every write, applies a chain in its order, and no attempt twice', () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const { scheduler, store, applied, user } = setUp(seed, {
          ...calmOptions,
          unknownPermille: 500,
          busyPermille: 100,
          unavailablePermille: 100,
        });
        for (let id = 1; id <= 20; id += 1) {
          const last = applied.at(-1) ?? null;
          // The same bytes again and again, as the engine does after "unknown".
          store.write(write(id, last, (last ?? 0) + 1), user);
          if (id % 3 === 0) store.write(write(id, last, (last ?? 0) + 1), user);
          scheduler.run(scheduler.nowUs + 400);
        }
        scheduler.run(scheduler.nowUs + 10_000);
        expect(user.outcomes.size).toBe(20);
        expect(applied).toEqual(applied.map((_value, index) => index + 1));
        expect(store.memory.get(Table.users, rowKey)?.[0] ?? 0).toBe(applied.length);
      }),
      { numRuns: 200 },
    );
  });

  it('a crash loses nothing that was told ok, and the answers of the dead process reach nobody', () => {
    const seen = new Set<string>();
    for (let seed = 0; seed < 200; seed += 1) {
      const { scheduler, store, applied, user } = setUp(seed, calmOptions);
      store.write(write(1, null, 1), user);
      scheduler.run(200);
      expect(user.outcomes.get(1)).toEqual({ kind: 'ok' });
      store.write(write(2, 1, 2), user);
      store.crashed(user);
      user.incarnation += 1;
      const atOnce = applied.length;
      scheduler.run(10_000);
      expect(user.outcomes.has(2)).toBe(false);
      expect(applied[0]).toBe(1);
      seen.add(`${atOnce} ${applied.length}`);
    }
    // Lost, there at once, and there later: all three happen.
    expect([...seen].sort()).toEqual(['1 1', '1 2', '2 2']);
  });

  it('a read that began after the ok sees the write', () => {
    for (let seed = 0; seed < 50; seed += 1) {
      const { scheduler, store, user } = setUp(seed, calmOptions);
      store.write(write(1, null, 1), user);
      scheduler.run(200);
      store.get(1, Table.users, rowKey, user);
      scheduler.run(400);
      expect(user.read).toEqual(Uint8Array.of(1));
    }
  });
});
