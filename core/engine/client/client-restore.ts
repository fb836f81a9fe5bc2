/**
 * Gives the records of the client's store back to the parts of a session.
 */
import { encodeUtf8 } from '../../protocol/utf8.ts';
import type { ClientContext } from './client-context.ts';
import type { ClientRecord } from './client-port.ts';
import {
  type BookmarkRecord,
  bookmarkKey,
  type ConversationRecord,
  type ParsedKey,
  parseKey,
  type SenderRecord,
  type SendRecord,
  type StoreRecord,
  storeKey,
} from './client-records.ts';
import type { Conversation } from './conversation.ts';
import type { Outbox } from './outbox.ts';
import { Send, Sender } from './send.ts';

export interface RestoredSend {
  readonly conversation: Conversation;
  readonly send: Send;
}

/** Takes all records; returns the unanswered sends in order of writing. `localId` gives each its name. */
export function restoreRecords(
  context: ClientContext,
  outbox: Outbox,
  records: readonly ClientRecord[],
  localId: () => number,
): RestoredSend[] {
  // The own user first: conversations are found by their peer.
  for (const { key, value } of records) {
    if (key === storeKey) restoreStore(context, value as StoreRecord);
    else if (key === bookmarkKey) restoreBookmark(context, value as BookmarkRecord);
  }
  const sends: { parsed: ParsedKey; record: SendRecord }[] = [];
  const touched = new Set<Conversation>();
  for (const { key, value } of records) {
    const parsed = parseKey(key);
    if (parsed === null) continue;
    const conversation = context.conversation(parsed.a, parsed.b);
    if (parsed.kind === 'conversation') conversation.load(value as ConversationRecord);
    if (parsed.kind === 'sender') restoreSender(senderOf(conversation, parsed, outbox), value as SenderRecord);
    if (parsed.kind === 'send') sends.push({ parsed, record: value as SendRecord });
    if (parsed.kind !== 'conversation') touched.add(conversation);
  }
  sends.sort((left, right) => left.record.order - right.record.order);
  const restored = sends.map(({ parsed, record }) => restoreSend(context, outbox, parsed, record, localId()));
  for (const conversation of touched) outbox.restored(conversation);
  return restored;
}

function restoreStore(context: ClientContext, record: StoreRecord): void {
  context.user = record.user;
  context.name = record.name;
  context.storeId = record.storeId;
  context.storeIdHigh = Number.parseInt(record.storeId.slice(0, 8), 16);
  context.storeIdLow = Number.parseInt(record.storeId.slice(8), 16);
}

function restoreBookmark(context: ClientContext, record: BookmarkRecord): void {
  context.epoch = record.epoch;
  context.batch = record.batch;
}

function senderOf(conversation: Conversation, parsed: ParsedKey, outbox: Outbox): Sender {
  const high = Number.parseInt(parsed.sender.slice(0, 8), 16);
  const low = Number.parseInt(parsed.sender.slice(8), 16);
  const known = conversation.senders.find((sender) => sender.high === high && sender.low === low);
  if (known !== undefined) return known;
  const sender = new Sender(conversation, parsed.outbox, high, low);
  outbox.restoreSender(sender);
  return sender;
}

function restoreSender(sender: Sender, record: SenderRecord): void {
  sender.next = Math.max(sender.next, record.next);
  sender.retired = record.retired;
  sender.baseNext = record.baseNext;
  sender.baseOpen = record.baseOpen;
}

function restoreSend(context: ClientContext, outbox: Outbox, parsed: ParsedKey, record: SendRecord, localId: number): RestoredSend {
  const conversation = context.conversation(parsed.a, parsed.b);
  const { kind, target, replyTo, order, floor, sendId } = record;
  const high = Number.parseInt(sendId.slice(0, 8), 16);
  const low = Number.parseInt(sendId.slice(8), 16);
  const send = new Send(localId, kind, encodeUtf8(record.body), target, replyTo, order, floor, high, low);
  send.clientSeq = parsed.clientSeq;
  outbox.restoreSend(conversation, senderOf(conversation, parsed, outbox), send);
  return { conversation, send };
}
