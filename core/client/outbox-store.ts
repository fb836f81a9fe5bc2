/**
 * Port to where a client keeps what must outlive a tab or a process: cursors, bookmark, and outboxes.
 *
 * One store belongs to one user on one device; several tabs may have it open. An outbox is leased by one tab at a time; the
 * shared records (cursors, bookmark, storeId) are written by all, so there values only grow, inside one transaction that compares
 * the storeId (`applyRecords` in client-records.ts is that transaction's logic for every implementation).
 */
import type { ClientRecord } from '../engine/client/client-port.ts';

export interface OutboxStore {
  /**
   * Opens the store for a tab: returns the device id (made at the first open), shared records, and the records of the outboxes
   * leased to this tab: every free one that holds unanswered sends, and one to write into. Called once, before all else.
   */
  open(): Promise<OpenedStore>;
  /** Stores these in one transaction, after all stored before; resolves when they survive a crash of the process. */
  store(storeId: string, records: readonly ClientRecord[]): Promise<void>;
  /** Calls back with the records of an outbox whose tab died while this one lives; it is leased to this tab now. */
  onAdopted(listener: (records: readonly ClientRecord[]) => void): void;
  /** Gives leases back. */
  close(): Promise<void>;
}

export interface OpenedStore {
  readonly deviceId: number;
  /** Outbox this tab writes into: prefix of its records' keys, see client-records.ts. */
  readonly outbox: string;
  readonly records: readonly ClientRecord[];
}
