/** A store under test as promises, and rows and batches made short. */
import { RowBatch } from '../../../core/model/row-batch.ts';
import {
  type GetResult,
  type ScanRequest,
  type ScanResult,
  type Store,
  type StoreWrite,
  Table,
  type WriteOutcome,
} from '../../../core/store/port.ts';

export interface RowChange {
  readonly key: Uint8Array;
  /** `null`: delete. */
  readonly value: Uint8Array | null;
}

export interface BatchSpec {
  readonly id?: number;
  readonly table?: Table;
  readonly partition?: number;
  readonly slot?: number;
  readonly expected: Uint8Array | null;
  readonly fence: Uint8Array;
  readonly changes?: readonly RowChange[];
}

/** A key of the unit: its prefix and these bytes. */
export function keyIn(partition: number, slot: number, ...rest: number[]): Uint8Array {
  return Uint8Array.of(partition >> 8, partition & 255, slot, ...rest);
}

export function fenceKeyOf(partition: number, slot: number): Uint8Array {
  return keyIn(partition, slot, 0);
}

let lastId = 0;

export function batchOf(spec: BatchSpec): StoreWrite {
  const table = spec.table ?? Table.users;
  const partition = spec.partition ?? 1;
  const slot = spec.slot ?? 2;
  const batch = new RowBatch();
  batch.put(table, fenceKeyOf(partition, slot), spec.fence);
  for (const { key, value } of spec.changes ?? []) {
    if (value === null) batch.delete(table, key);
    else batch.put(table, key, value);
  }
  lastId += 1;
  return {
    id: spec.id ?? lastId,
    table,
    partition,
    slot,
    fenceKey: fenceKeyOf(partition, slot),
    expectedFence: spec.expected,
    ops: batch.bytes.slice(),
    opCount: batch.count,
  };
}

export function write(store: Store, request: StoreWrite): Promise<WriteOutcome> {
  return new Promise((resolve) => store.write(request, resolve));
}

export function get(store: Store, table: Table, key: Uint8Array): Promise<GetResult> {
  return new Promise((resolve) => store.get(table, key, resolve));
}

export async function valueAt(store: Store, table: Table, key: Uint8Array): Promise<Uint8Array | null> {
  const result = await get(store, table, key);
  if (result.kind !== 'ok') throw new Error('the store is unavailable');
  return result.value;
}

export function scan(store: Store, request: ScanRequest): Promise<ScanResult> {
  return new Promise((resolve) => store.scan(request, resolve));
}

export function compareAndSet(store: Store, key: Uint8Array, expected: Uint8Array | null, value: Uint8Array): Promise<WriteOutcome> {
  return new Promise((resolve) => store.compareAndSet(key, expected, value, resolve));
}

export function close(store: Store): Promise<void> {
  return new Promise((resolve) => store.close(resolve));
}

/** Bytes of small numbers, for values. */
export function bytesOf(...values: number[]): Uint8Array {
  return Uint8Array.from(values);
}
