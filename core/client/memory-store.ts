/**
 * A store that lives as long as its object: for tests, programs that keep nothing, and browsers that forbid IndexedDB.
 *
 * Given to a second `createParley` after the first was closed, it plays a restart.
 */
import type { ClientRecord } from '../engine/client/client-port.ts';
import { applyRecords, RecordMap } from '../engine/client/client-records.ts';
import type { OpenedStore, OutboxStore } from './outbox-store.ts';

export class MemoryStore implements OutboxStore {
  private readonly table = new RecordMap();
  private readonly deviceId: number;

  /** @param deviceId random, the same as long as the store is the same. */
  constructor(deviceId: number) {
    this.deviceId = deviceId;
  }

  open(): Promise<OpenedStore> {
    return Promise.resolve({ deviceId: this.deviceId, outbox: 'memory', records: this.table.list() });
  }

  store(storeId: string, records: readonly ClientRecord[]): Promise<void> {
    applyRecords(this.table, storeId, records);
    return Promise.resolve();
  }

  onAdopted(): void {}

  close(): Promise<void> {
    return Promise.resolve();
  }
}
