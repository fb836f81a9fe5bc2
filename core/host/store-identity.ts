/**
 * What a store says of itself in cluster rows: its random word, made with the store and renewed by a restore, which clients compare before
 * they trust their cursors; and the version of its values, so that an older program refuses a newer store before it serves anyone.
 */
import { randomBytes } from 'node:crypto';
import { cacheSecretKey, storeIdKey, valueVersionKey } from '../model/keys.ts';
import { readStoreId, valueVersion, writeStoreId } from '../model/values.ts';
import { FrameWriter } from '../protocol/writer.ts';
import { type GetResult, type Store, Table, type WriteOutcome } from '../store/port.ts';
import { StartError } from './errors.ts';
import { random32 } from './random.ts';

const triesMax = 20;
const pauseMs = 100;
const cacheSecretBytes = 32;

export interface StoreId {
  readonly high: number;
  readonly low: number;
}

/** Reads the word, or makes it. @throws StartError when the store can do neither for a while. */
export async function readOrCreateStoreId(store: Store): Promise<StoreId> {
  for (let tries = 0; tries < triesMax; tries++) {
    const found = await get(store, storeIdKey);
    if (found.kind === 'ok' && found.value !== null) return readStoreId(found.value);
    // Whatever comes of it, the row is read again: another attempt may have come first.
    if (found.kind === 'ok') await set(store, storeIdKey, null, newStoreId());
    else await pause();
  }
  throw new StartError('the store cannot write: is the disk full?');
}

/**
 * Notes that values of this program's version may stand in the store from now on.
 * @throws StartError when those of a newer one do, or the store cannot write for a while.
 */
export async function claimValueVersion(store: Store): Promise<void> {
  for (let tries = 0; tries < triesMax; tries++) {
    const found = await get(store, valueVersionKey);
    const version = found.kind === 'ok' ? (found.value?.[0] ?? 0) : -1;
    if (version > valueVersion) {
      throw new StartError(
        `the store holds values of version ${version}; this program knows ${valueVersion}: use the program that wrote them, or a backup from before`,
      );
    }
    if (version === valueVersion) return;
    if (found.kind === 'ok') await set(store, valueVersionKey, found.value, Uint8Array.of(valueVersion));
    else await pause();
  }
  throw new StartError('the store cannot write: is the disk full?');
}

/** Reads the secret that seals what lies in a cache, or makes it: 32 random bytes that every node of this store knows, and nobody else. @throws StartError */
export async function readOrCreateCacheSecret(store: Store): Promise<Uint8Array> {
  for (let tries = 0; tries < triesMax; tries++) {
    const found = await get(store, cacheSecretKey);
    if (found.kind === 'ok' && found.value !== null) return found.value;
    if (found.kind === 'ok') await set(store, cacheSecretKey, null, randomBytes(cacheSecretBytes));
    else await pause();
  }
  throw new StartError('the store cannot write: is the disk full?');
}

function get(store: Store, key: Uint8Array): Promise<GetResult> {
  return new Promise((resolve) => store.get(Table.cluster, key, resolve));
}

async function set(store: Store, key: Uint8Array, expected: Uint8Array | null, value: Uint8Array): Promise<void> {
  const outcome = await new Promise<WriteOutcome>((resolve) => store.compareAndSet(key, expected, value, resolve));
  if (outcome.kind !== 'ok') await pause();
}

function newStoreId(): Uint8Array {
  const writer = new FrameWriter(16);
  writeStoreId(writer, random32(), random32());
  return writer.copy();
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, pauseMs));
}
