/**
 * The store of one device (in a browser: IndexedDB): records, transactions that take time, leases of outboxes, snapshots for backups.
 *
 * Method: the transaction is the client's own `applyRecords` over its own map; a crash loses the transactions that have not ended. Tabs of
 * one device share one of these.
 */
import type { ClientRecord } from '../core/engine/client/client-port.ts';
import {
  applyRecords,
  outboxPrefix,
  parseKey,
  RecordMap,
  type SendRecord,
  type StoreRecord,
  storeKey,
} from '../core/engine/client/client-records.ts';
import type { RandomStream } from './random.ts';

export interface DeviceStoreOpened {
  readonly outbox: string;
  readonly records: readonly ClientRecord[];
}

export class DeviceStore {
  readonly name: string;
  deviceId: number;
  readonly #random: RandomStream;
  /** Wiped or put back, and no tab has begun on it since. */
  replaced = false;
  table = new RecordMap();
  /** Outbox → tab that leases it. */
  readonly #leases = new Map<string, string>();
  #nextOutbox = 1;
  #backup: { deviceId: number; records: readonly ClientRecord[]; nextOutbox: number } | null = null;

  constructor(name: string, random: RandomStream) {
    this.name = name;
    this.#random = random;
    this.deviceId = random.id53();
  }

  /** Leases every free outbox to the tab; it goes on in the first of them, or in a new one. */
  open(tab: string): DeviceStoreOpened {
    const free = this.#outboxes().filter((outbox) => !this.#leases.has(outbox));
    if (free.length === 0) {
      free.push(String(this.#nextOutbox));
      this.#nextOutbox += 1;
    }
    for (const outbox of free) this.#leases.set(outbox, tab);
    const prefixes = free.map(outboxPrefix);
    const records = this.table.list().filter(({ key }) => !key.startsWith('o/') || prefixes.some((prefix) => key.startsWith(prefix)));
    return { outbox: free[0], records };
  }

  /** The tab died: its leases are free. */
  release(tab: string): void {
    for (const [outbox, holder] of this.#leases) if (holder === tab) this.#leases.delete(outbox);
  }

  /** Gives the free outboxes that hold something to a tab that lives; null: there are none. */
  adopt(tab: string): readonly ClientRecord[] | null {
    const free = this.#outboxes().filter((outbox) => !this.#leases.has(outbox));
    if (free.length === 0) return null;
    for (const outbox of free) this.#leases.set(outbox, tab);
    const prefixes = free.map(outboxPrefix);
    return this.table.list().filter(({ key }) => prefixes.some((prefix) => key.startsWith(prefix)));
  }

  apply(storeId: string, records: readonly ClientRecord[]): void {
    applyRecords(this.table, storeId, records);
  }

  takeBackup(): void {
    this.#backup = { deviceId: this.deviceId, records: this.table.list(), nextOutbox: this.#nextOutbox };
  }

  /** False: there is no backup. All tabs must be closed. */
  restoreBackup(): boolean {
    if (this.#backup === null) return false;
    this.#leases.clear();
    this.replaced = true;
    this.deviceId = this.#backup.deviceId;
    this.#nextOutbox = this.#backup.nextOutbox;
    this.table = new RecordMap();
    for (const { key, value } of this.#backup.records) this.table.set(key, value);
    return true;
  }

  /** Everything is gone: the device is a new one. All tabs must be closed. */
  wipe(): void {
    this.#leases.clear();
    this.replaced = true;
    this.#backup = null;
    this.deviceId = this.#random.id53();
    this.table = new RecordMap();
  }

  /** The server's store that this one belongs to; '': none yet. */
  get storeId(): string {
    return (this.table.get(storeKey) as StoreRecord | undefined)?.storeId ?? '';
  }

  /** What lies unanswered in an outbox, "conversation kind target text" → sendId; `freeOnly`: in one that no tab leases. */
  openSends(freeOnly: boolean): Map<string, string> {
    const sends = new Map<string, string>();
    for (const { key, value } of this.table.list()) {
      const parsed = parseKey(key);
      if (parsed?.kind !== 'send' || (freeOnly && this.#leases.has(parsed.outbox))) continue;
      const send = value as SendRecord;
      sends.set(`${parsed.a}-${parsed.b} ${send.kind} ${send.target} ${send.body}`, send.sendId);
    }
    return sends;
  }

  #outboxes(): string[] {
    const outboxes = new Set<string>();
    for (const { key } of this.table.list()) if (key.startsWith('o/')) outboxes.add(key.slice(2, key.indexOf('/', 2)));
    return [...outboxes];
  }
}
