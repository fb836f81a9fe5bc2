/**
 * What a device's store holds, as histories show it: after each transaction, and when a tab begins on it.
 */
import type { ClientRecord } from '../core/engine/client/client-port.ts';
import { type BookmarkRecord, bookmarkKey, type ConversationRecord, parseKey } from '../core/engine/client/client-records.ts';
import type { Recorder } from './recorder.ts';
import type { UserHost } from './user-host.ts';

export class DeviceRecords {
  readonly #host: UserHost;
  readonly #recorder: Recorder;

  constructor(host: UserHost, recorder: Recorder) {
    this.#host = host;
    this.#recorder = recorder;
  }

  /** A transaction ends: its entries are known, then its bookmark. */
  apply(storeId: string, records: readonly ClientRecord[]): void {
    const { device, process, userId: user } = this.#host;
    device.apply(storeId, records);
    let bookmark = false;
    for (const { key, value } of records) {
      if (value === null) continue;
      if (key === bookmarkKey) bookmark = true;
      else if (key.startsWith('c/')) this.#entry(key);
    }
    if (!bookmark) return;
    const stored = device.table.get(bookmarkKey) as BookmarkRecord | undefined;
    if (stored === undefined) return;
    this.#recorder.add({ process, type: 'ok', op: 'bookmark', user, epoch: stored.epoch, batch: stored.batch, storeId });
  }

  /** What the store holds as the tab begins; `cursors`: the history shows how far it says it has shown. */
  kept(cursors: boolean): void {
    const { device, process, shown, shownOthersNo } = this.#host;
    for (const { key } of device.table.list()) {
      if (parseKey(key)?.kind !== 'conversation') continue;
      const record = this.#entry(key);
      if (record === undefined || record.cursor === 0) continue;
      const conversation = key.slice(2);
      shown.set(conversation, record.cursor);
      shownOthersNo.set(conversation, record.cursorOthersNo);
      if (cursors) this.#recorder.add({ process, type: 'info', op: 'cursor', conversation, seq: record.cursor });
    }
  }

  #entry(key: string): ConversationRecord | undefined {
    const { device, process, userId: user } = this.#host;
    const record = device.table.get(key) as ConversationRecord | undefined;
    if (record === undefined) return undefined;
    const { storeId } = device;
    this.#recorder.add({ process, type: 'ok', op: 'entry', user, conversation: key.slice(2), lastSeq: record.lastSeq, storeId });
    return record;
  }
}
