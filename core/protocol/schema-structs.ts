/** Structs of the schema. */
import { type Field, field, type StructName } from './schema-types.ts';

/** Structs: parts of frames, and (Event, Entry) the very bytes that stand in store rows behind the version byte. */
export const structs: Readonly<Record<StructName, readonly Field[]>> = {
  Event: [
    field('seq', 'varint', 'position in the conversation: 1, 2, 3, … without a hole'),
    field('messageNo', 'varint', 'number of messages up to and with this event'),
    field(
      'authorNo',
      'varint',
      'number of messages of its author up to and with this event: what others have unread is a difference of it',
    ),
    field('timestamp', 'varint', 'ms since 1970 by the home owner; never goes back within a conversation'),
    field('kind', 'u8', '1 message, 2 edit, 3 deletion'),
    field('author', 'id53', 'user who sent it'),
    field('senderId', 'u64', 'outbox it came from'),
    field('clientSeq', 'varint', 'number within that outbox; 0: sent by HTTP with an Idempotency-Key'),
    field('sendId', 'u64', 'the random word of this send: only an equal one resolves an outbox entry'),
    field('body', 'text', 'message or edited text; empty for a deletion and a deleted message', { max: 'bodyBytesMax' }),
    field('target', 'varint', 'edit and deletion: seq of the message they change', { tag: 1 }),
    field(
      'editSeq',
      'varint',
      'message or edit: seq of the later edit or deletion that changed this row (an edit that was replaced has no text)',
      { tag: 2 },
    ),
    field('deleted', 'bool', 'message: it was deleted, the body is gone', { tag: 3 }),
    field('replyTo', 'varint', 'message: seq of the message it answers', { tag: 4 }),
  ],
  Entry: [
    field('conversation', 'conversation', 'whose log it speaks of'),
    field('lastSeq', 'varint', 'highest seq known to the inbox'),
    field('lastOthersNo', 'varint', 'number of messages of others up to lastSeq'),
    field('lastTimestamp', 'varint', 'timestamp at lastSeq: the list is ordered by it'),
    field('readSeq', 'varint', 'own read watermark'),
    field('readOthersNo', 'varint', 'number of messages of others up to readSeq: unread = lastOthersNo - readOthersNo'),
    field('flags', 'varint', 'bit 0 muted, bit 1 archived, bit 2 blocked by me'),
    field('epoch', 'varint', 'version: epoch of the durable batch that holds the entry; 0: not yet durable'),
    field('batch', 'varint', 'version: number of that batch'),
  ],
  Watermark: [
    field('user', 'id53', 'member'),
    field('delivered', 'varint', 'every event up to here reached a device of the member'),
    field('read', 'varint', 'every event up to here was read'),
  ],
  SyncItem: [field('conversation', 'conversation', 'to catch up'), field('afterSeq', 'varint', 'last seq the device has; 0: none')],
  UserName: [field('user', 'id53', 'user id'), field('name', 'string', 'its name; empty: no such user', { max: 'nameBytesMax' })],
};
