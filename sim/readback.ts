/**
 * Reads the whole store back at the end of a run: every log, every watermark, straight from the rows, without the engine's help. Real runs
 * (kill test) do the same with the rows of the embedded store.
 */
import { Part, readKeyId, Tag } from '../core/model/keys.ts';
import { readEventValue, readWatermark } from '../core/model/values.ts';
import { newEventStruct } from '../core/protocol/generated/structs.ts';
import type { MemoryStore } from '../core/store/memory/memory-store.ts';
import { type Row, Table } from '../core/store/port.ts';
import { conversationKey, type EventFields } from './history/entry.ts';
import { eventFields, type InboxFields, inboxFields } from './recorder.ts';
import { everything } from './store-copy.ts';

export interface ReadWatermark {
  readonly member: number;
  readonly delivered: number;
  readonly read: number;
}

export interface ReadConversation {
  readonly key: string;
  readonly events: EventFields[];
  readonly watermarks: ReadWatermark[];
}

export function readBack(memory: MemoryStore): readonly ReadConversation[] {
  return readRows(memory.scan({ ...everything, table: Table.users }).rows);
}

/** The conversations in rows of the users table, given in the order of their keys. */
export function readRows(rows: Iterable<Row>): readonly ReadConversation[] {
  const conversations = new Map<string, ReadConversation>();
  for (const { key, value } of rows) {
    if (key[3] !== Tag.conversation) continue;
    const name = conversationKey(readKeyId(key, 4), readKeyId(key, 12));
    let conversation = conversations.get(name);
    if (conversation === undefined) {
      conversation = { key: name, events: [], watermarks: [] };
      conversations.set(name, conversation);
    }
    if (key[20] === Part.event) {
      const event = newEventStruct();
      readEventValue(value, event);
      conversation.events.push(eventFields(name, event));
    } else if (key[20] === Part.watermark) {
      conversation.watermarks.push({ member: readKeyId(key, 21), ...readWatermark(value) });
    }
  }
  // Newest first in the store.
  for (const conversation of conversations.values()) conversation.events.reverse();
  return [...conversations.values()];
}

/** All inbox entries, in the order in which they became durable (by slot; between slots it says nothing). */
export function readInboxes(memory: MemoryStore): readonly InboxFields[] {
  const inboxes: InboxFields[] = [];
  for (const { key, value } of memory.scan({ ...everything, table: Table.users }).rows) {
    if (key[3] === Tag.inbox) inboxes.push(inboxFields(readKeyId(key, 4), value));
  }
  return inboxes.sort((left, right) => left.epoch - right.epoch || left.batch - right.batch);
}
