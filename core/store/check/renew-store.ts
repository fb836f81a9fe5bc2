/**
 * `parley store renew DIR`: gives a store that was put back from a backup a new storeId, so that clients give up cursors of events and
 * numbers of sends that the backup does not have (DESIGN 5, "Restored store").
 */
import { randomFillSync } from 'node:crypto';
import { storeIdKey } from '../../model/keys.ts';
import { writeStoreId } from '../../model/values.ts';
import { FrameWriter } from '../../protocol/writer.ts';
import { openEmbeddedStore, StoreUnavailableError } from '../embedded/embedded-store.ts';
import { type GetResult, Table, type WriteOutcome } from '../port.ts';
import { requireStore } from './check-store.ts';

/** Resolves when the new word is durable. @throws NoStoreError, StoreUnavailableError, StoreDamagedError */
export async function renewStore(directory: string): Promise<void> {
  await requireStore(directory);
  const store = await openEmbeddedStore(directory);
  try {
    const old = await new Promise<GetResult>((resolve) => store.get(Table.cluster, storeIdKey, resolve));
    if (old.kind !== 'ok') throw new StoreUnavailableError(`store ${directory}: its id cannot be read`);
    const [high, low] = randomFillSync(new Uint32Array(2));
    const writer = new FrameWriter(16);
    writeStoreId(writer, high ?? 0, low ?? 0);
    const outcome = await new Promise<WriteOutcome>((resolve) => store.compareAndSet(storeIdKey, old.value, writer.copy(), resolve));
    if (outcome.kind !== 'ok') throw new StoreUnavailableError(`store ${directory}: the new id could not be written (${outcome.kind})`);
  } finally {
    await new Promise<void>((resolve) => store.close(resolve));
  }
}
