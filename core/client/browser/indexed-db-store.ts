/**
 * Outbox and cursors in IndexedDB; outboxes leased under Web Locks.
 *
 * Method: one object store of records by key. A `store` call is one read-write transaction that runs `applyRecords` over the keys it touches,
 * which are read first. The lock of an outbox is held as long as the tab lives; the browser frees it when the tab dies, and whoever
 * waits for it adopts the outbox.
 */
import type { ClientRecord } from '../../engine/client/client-port.ts';
import { applyRecords, bookmarkKey, outboxPrefix, RecordMap, storeKey } from '../../engine/client/client-records.ts';
import type { OpenedStore, OutboxStore } from '../outbox-store.ts';
import { randomHex, randomId53 } from '../random-id.ts';

const recordsName = 'records';
const deviceKey = 'device';
const lastKey = '\uffff';
const rescanMs = 20_000;

export class IndexedDbStore implements OutboxStore {
  private readonly name: string;
  private database: IDBDatabase | null = null;
  private readonly releases: (() => void)[] = [];
  private readonly leased = new Set<string>();
  private readonly watched = new Set<string>();
  private readonly watching = new AbortController();
  private rescan: ReturnType<typeof setInterval> | undefined;
  private adopted: (records: readonly ClientRecord[]) => void = () => {};

  /** @param name database; one for each server and user. */
  constructor(name: string) {
    this.name = name;
  }

  async open(): Promise<OpenedStore> {
    const database = await openDatabase(this.name);
    this.database = database;
    const deviceId = await this.device(database);
    const all = await readAll(database);
    const known = [...new Set(all.flatMap(({ key }) => outboxOf(key) ?? []))];
    const waiting = known.filter((outbox) => all.some(({ key }) => key.startsWith(`${outboxPrefix(outbox)}m/`)));
    for (const outbox of [...waiting, ...known.filter((other) => !waiting.includes(other))]) {
      // All that hold unanswered sends, and one to write into.
      if (waiting.includes(outbox) || this.leased.size === 0) await this.lease(outbox);
    }
    if (this.leased.size === 0) await this.lease(randomHex(fillRandom));
    this.watchOthers(known);
    this.rescan = setInterval(() => this.watchNew(), rescanMs);
    // Read after the leases: an outbox's owner may have written until then.
    const records = (await readAll(database)).filter(({ key }) => this.isMine(key));
    return { deviceId, outbox: [...this.leased][0], records };
  }

  async store(storeId: string, records: readonly ClientRecord[]): Promise<void> {
    const database = this.database;
    if (database === null) throw new Error('the store is closed');
    const transaction = database.transaction(recordsName, 'readwrite', { durability: 'strict' });
    const table = transaction.objectStore(recordsName);
    const before = new RecordMap();
    const keys = [storeKey, bookmarkKey, ...records.map(({ key }) => key).filter((key) => key.startsWith('c/'))];
    for (const key of keys) {
      const value: unknown = await requested(table.get(key));
      if (value !== undefined) before.set(key, value);
    }
    // A new storeId removes all shared records, also those not touched here.
    if (records.some(({ key }) => key === storeKey)) {
      for (const { key, value } of await readRange(table, IDBKeyRange.bound('c/', `c/${lastKey}`))) before.set(key, value);
    }
    const after = new RecordMap();
    for (const [key, value] of before.records) after.set(key, value);
    applyRecords(after, storeId, records);
    for (const key of before.records.keys()) if (after.get(key) === undefined) table.delete(key);
    for (const [key, value] of after.records) if (before.get(key) !== value) table.put(value, key);
    for (const { key, value } of records) if (value === null) table.delete(key);
    await done(transaction);
  }

  onAdopted(listener: (records: readonly ClientRecord[]) => void): void {
    this.adopted = listener;
  }

  close(): Promise<void> {
    clearInterval(this.rescan);
    this.watching.abort();
    for (const release of this.releases) release();
    this.database?.close();
    this.database = null;
    return Promise.resolve();
  }

  private async device(database: IDBDatabase): Promise<number> {
    const transaction = database.transaction(recordsName, 'readwrite', { durability: 'strict' });
    const table = transaction.objectStore(recordsName);
    const known: unknown = await requested(table.get(deviceKey));
    const deviceId = typeof known === 'number' ? known : randomId53(fillRandom);
    if (deviceId !== known) table.put(deviceId, deviceKey);
    await done(transaction);
    return deviceId;
  }

  private isMine(key: string): boolean {
    if (key === deviceKey) return false;
    const outbox = outboxOf(key);
    return outbox === null || this.leased.has(outbox);
  }

  /** Takes the outbox's lock if it is free, and holds it. */
  private lease(outbox: string): Promise<void> {
    return new Promise<void>((resolve, reject) => {
      navigator.locks
        .request(this.lockName(outbox), { ifAvailable: true }, (lock) => {
          if (lock === null) return resolve();
          this.leased.add(outbox);
          resolve();
          return this.hold();
        })
        .catch(reject);
    });
  }

  /** Tabs that came later have outboxes, too. */
  private watchNew(): void {
    if (this.database === null) return;
    readAll(this.database)
      .then((records) => this.watchOthers([...new Set(records.flatMap(({ key }) => outboxOf(key) ?? []))]))
      .catch(() => {});
  }

  /** Outboxes of living tabs: when one dies, its lock comes here, and so do its sends. */
  private watchOthers(known: readonly string[]): void {
    for (const outbox of known) {
      if (this.leased.has(outbox) || this.watched.has(outbox)) continue;
      this.watched.add(outbox);
      navigator.locks
        .request(this.lockName(outbox), { signal: this.watching.signal }, async () => {
          if (this.database === null) return;
          const records = await readRange(
            this.database.transaction(recordsName).objectStore(recordsName),
            IDBKeyRange.bound(outboxPrefix(outbox), outboxPrefix(outbox) + lastKey),
          );
          this.leased.add(outbox);
          this.adopted(records);
          await this.hold();
        })
        // Aborted by close().
        .catch(() => {});
    }
  }

  private hold(): Promise<void> {
    return new Promise<void>((resolve) => {
      this.releases.push(resolve);
    });
  }

  private lockName(outbox: string): string {
    return `${this.name} ${outbox}`;
  }
}

function outboxOf(key: string): string | null {
  return /^o\/([^/]+)\//.exec(key)?.[1] ?? null;
}

function fillRandom(words: Uint32Array<ArrayBuffer>): void {
  crypto.getRandomValues(words);
}

function openDatabase(name: string): Promise<IDBDatabase> {
  const request = indexedDB.open(name, 1);
  request.onupgradeneeded = () => request.result.createObjectStore(recordsName);
  return requested(request);
}

async function readAll(database: IDBDatabase): Promise<ClientRecord[]> {
  return await readRange(database.transaction(recordsName).objectStore(recordsName), null);
}

async function readRange(table: IDBObjectStore, range: IDBKeyRange | null): Promise<ClientRecord[]> {
  const keys = requested(table.getAllKeys(range));
  const values = requested(table.getAll(range));
  const found = await values;
  return (await keys).map((key, index) => ({ key: String(key), value: found[index] as unknown }));
}

function requested<Value>(request: IDBRequest<Value>): Promise<Value> {
  return new Promise<Value>((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

function done(transaction: IDBTransaction): Promise<void> {
  return new Promise<void>((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error);
  });
}
