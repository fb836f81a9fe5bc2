/** Events as the HTTP API shows them. */
import type { EventStruct } from '../../protocol/generated/structs.ts';
import { u64ToText } from '../../protocol/json-fields.ts';
import { decodeUtf8 } from '../../protocol/utf8.ts';

const kinds: Readonly<Record<number, string>> = { 1: 'message', 2: 'edit', 3: 'deletion' };

export function eventForApi(event: EventStruct): Record<string, unknown> {
  return {
    seq: event.seq,
    messageNo: event.messageNo,
    authorNo: event.authorNo,
    timestamp: event.timestamp,
    kind: kinds[event.kind] ?? `kind${event.kind}`,
    author: event.author,
    senderId: u64ToText(event.senderIdHigh, event.senderIdLow),
    clientSeq: event.clientSeq,
    sendId: u64ToText(event.sendIdHigh, event.sendIdLow),
    body: decodeUtf8(event.body) ?? '',
    ...(event.target === 0 ? {} : { target: event.target }),
    ...(event.editSeq === 0 ? {} : { editSeq: event.editSeq }),
    ...(event.deleted ? { deleted: true } : {}),
    ...(event.replyTo === 0 ? {} : { replyTo: event.replyTo }),
  };
}
