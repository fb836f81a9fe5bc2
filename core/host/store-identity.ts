/** The store's random word, in a cluster row: made with the store, renewed by a restore. Clients compare it before they trust their cursors. */
import { storeIdKey } from '../model/keys.ts';
import { readStoreId, writeStoreId } from '../model/values.ts';
import { FrameWriter } from '../protocol/writer.ts';
import { type GetResult, type Store, Table, type WriteOutcome } from '../store/port.ts';
import { StartError } from './errors.ts';
import { random32 } from './random.ts';

const triesMax = 20;
const pauseMs = 100;

export interface StoreId {
  readonly high: number;
  readonly low: number;
}

/** Reads the word, or makes it. @throws StartError when the store can do neither for a while. */
export async function readOrCreateStoreId(store: Store): Promise<StoreId> {
  for (let tries = 0; tries < triesMax; tries++) {
    const found = await get(store);
    if (found.kind === 'ok' && found.value !== null) return readStoreId(found.value);
    // Whatever comes of it, the row is read again: another attempt may have come first.
    if (found.kind === 'ok') await create(store);
    else await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
  throw new StartError('the store cannot write: is the disk full?');
}

function get(store: Store): Promise<GetResult> {
  return new Promise((resolve) => store.get(Table.cluster, storeIdKey, resolve));
}

async function create(store: Store): Promise<void> {
  const writer = new FrameWriter(16);
  writeStoreId(writer, random32(), random32());
  const outcome = await new Promise<WriteOutcome>((resolve) => store.compareAndSet(storeIdKey, null, writer.copy(), resolve));
  if (outcome.kind !== 'ok') await new Promise((resolve) => setTimeout(resolve, pauseMs));
}
