/**
 * Writes the history of a run: every entry goes to the checkers as it comes, and to a listener when somebody wants the file.
 *
 * Method: it also keeps what the hosts of the run need to say in the history what they see: which message a sendId or a text belongs to, and
 * which messages have no outcome yet.
 */

import { readKeyId, Tag } from '../core/model/keys.ts';
import { forEachRow } from '../core/model/row-batch.ts';
import { readEntryValue } from '../core/model/values.ts';
import { decodeFrame } from '../core/protocol/codec.ts';
import { FrameType } from '../core/protocol/generated/frame-type.ts';
import { type EntryStruct, type EventStruct, newEntryStruct } from '../core/protocol/generated/structs.ts';
import { RowOp, Table } from '../core/store/port.ts';
import type { CheckerSet } from './checkers/all.ts';
import { type BadgeEntry, conversationKey, type EventFields, type HistoryEntry, hex64, type InboxEntry } from './history/entry.ts';
import { errorCodeName } from './names.ts';
import { textOf } from './text.ts';

type Fields = { readonly type: string; readonly op: string; readonly process: string } & Readonly<Record<string, unknown>>;

/** A message the application wrote. */
export interface Message {
  readonly name: string;
  readonly conversation: string;
  readonly user: number;
  readonly kind: number;
  readonly target: number;
  readonly text: string;
  /** The client store whose outbox holds it. */
  readonly store: string;
  open: boolean;
}

/** What a device says of a conversation: up to `seq` it is here, or was read. */
export interface Said {
  readonly op: 'ack' | 'read';
  readonly conversation: string;
  readonly seq: number;
}

/** Where the instants of the entries come from: virtual time, or the monotonic clock of a real run. */
export interface HistoryClock {
  readonly nowUs: number;
}

export class Recorder {
  /** Messages without an outcome, in the order of writing. */
  readonly open = new Map<string, Message>();
  readonly messages = new Map<string, Message>();
  /** Names of users and sends, for people. */
  readonly names = new Map<string, string>();
  /** Inbox rows that became durable so far: while there are more, an owner still works through what it owes. */
  inboxRows = 0;
  onEntry: ((entry: HistoryEntry) => void) | undefined;
  readonly #clock: HistoryClock;
  readonly #checkers: CheckerSet;
  readonly #messageOfContent = new Map<string, Message>();
  readonly #attempted = new Set<string>();

  constructor(clock: HistoryClock, checkers: CheckerSet) {
    this.#clock = clock;
    this.#checkers = checkers;
  }

  add(fields: Fields): void {
    const entry = { us: this.#clock.nowUs, clock: 0, ...fields } as unknown as HistoryEntry;
    this.#checkers.observe(entry);
    this.onEntry?.(entry);
  }

  // ---- sends

  wrote(process: string, message: Message): void {
    this.messages.set(message.name, message);
    this.open.set(message.name, message);
    this.#messageOfContent.set(contentKey(message.conversation, message.user, message.kind, message.target, message.text), message);
    const { name, conversation, user, kind, text, target } = message;
    this.add({ process, type: 'invoke', op: 'send', conversation, message: name, user, kind, text, target });
  }

  /** Which message has this content; contents are unique in a run. */
  messageOf(conversation: string, user: number, kind: number, target: number, text: string): Message | undefined {
    return this.#messageOfContent.get(contentKey(conversation, user, kind, target, text));
  }

  accepted(process: string, message: Message, seq: number): void {
    this.#close(message);
    this.add({ process, type: 'ok', op: 'send', conversation: message.conversation, message: message.name, sendId: '', seq });
  }

  failed(process: string, message: Message, code: string): void {
    this.#close(message);
    this.add({ process, type: 'fail', op: 'send', conversation: message.conversation, message: message.name, code });
  }

  lost(process: string, message: Message): void {
    this.#close(message);
    this.add({ process, type: 'info', op: 'send', conversation: message.conversation, message: message.name, code: 'lost' });
  }

  /** An older state of its device came back and holds the message under this identity. */
  restored(process: string, message: Message, sendId: string): void {
    message.open = true;
    this.open.set(message.name, message);
    const { conversation, name } = message;
    this.add({ process, type: 'info', op: 'send', conversation, message: name, code: 'restored', sendId });
  }

  // ---- frames

  /** A frame leaves a client; returns how far it says that it has (read) a conversation, if that is what it says. */
  tapUp(process: string, user: number, bytes: Uint8Array, start: number, end: number): Said | undefined {
    const type = bytes[start];
    if (type !== FrameType.send && type !== FrameType.ack && type !== FrameType.read) return undefined;
    const frame = decodeFrame(bytes, start, end);
    if ('failed' in frame) throw new Error(`a client sent a frame that cannot be read: ${frame.reason}`);
    if (frame.type === FrameType.ack || frame.type === FrameType.read) {
      const op = frame.type === FrameType.ack ? 'ack' : 'read';
      const conversation = conversationKey(frame.conversationA, frame.conversationB);
      this.add({ process, type: 'invoke', op, user, conversation, seq: frame.seq });
      return { op, conversation, seq: frame.seq };
    }
    if (frame.type === FrameType.send) {
      const sendId = hex64(frame.sendIdHigh, frame.sendIdLow);
      if (this.#attempted.has(sendId)) return undefined;
      this.#attempted.add(sendId);
      const conversation = conversationKey(frame.conversationA, frame.conversationB);
      const message = this.messageOf(conversation, user, frame.kind, frame.target, textOf(frame.body));
      const senderId = hex64(frame.senderIdHigh, frame.senderIdLow);
      if (message !== undefined) this.names.set(sendId, `of ${message.name}`);
      const { clientSeq } = frame;
      this.add({ process, type: 'info', op: 'attempt', user, conversation, message: message?.name ?? '?', senderId, clientSeq, sendId });
    }
    return undefined;
  }

  /** A frame leaves a node for a client. */
  tapDown(process: string, bytes: Uint8Array, start: number, end: number): void {
    const type = bytes[start];
    if (type !== FrameType.accepted && type !== FrameType.rejected && type !== FrameType.counterConflict) return;
    const frame = decodeFrame(bytes, start, end);
    if ('failed' in frame) throw new Error(`a node sent a frame that cannot be read: ${frame.reason}`);
    if (frame.type === FrameType.accepted) {
      const conversation = conversationKey(frame.conversationA, frame.conversationB);
      this.add({ process, type: 'ok', op: 'answer', conversation, sendId: hex64(frame.sendIdHigh, frame.sendIdLow), seq: frame.seq });
    } else if (frame.type === FrameType.counterConflict) {
      const conversation = conversationKey(frame.conversationA, frame.conversationB);
      const sendId = hex64(frame.sendIdHigh, frame.sendIdLow);
      this.add({ process, type: 'info', op: 'answer', conversation, sendId, code: 'counterConflict' });
    } else if (frame.type === FrameType.rejected) {
      const conversation = conversationKey(frame.conversationA, frame.conversationB);
      const code = errorCodeName(frame.code);
      this.add({ process, type: 'fail', op: 'answer', conversation, sendId: hex64(frame.sendIdHigh, frame.sendIdLow), code });
    }
  }

  /** A frame arrived at a client. */
  tapArrived(process: string, user: number, bytes: Uint8Array, start: number, end: number): void {
    const type = bytes[start];
    if (type !== FrameType.ackConfirmed && type !== FrameType.readConfirmed && type !== FrameType.welcome && type !== FrameType.error)
      return;
    const frame = decodeFrame(bytes, start, end);
    if ('failed' in frame) return;
    if (frame.type === FrameType.welcome) {
      this.add({ process, type: 'info', op: 'welcome', storeId: hex64(frame.storeIdHigh, frame.storeIdLow) });
    } else if (frame.type === FrameType.error) {
      this.add({ process, type: 'info', op: 'ended', code: errorCodeName(frame.code) });
    } else if (frame.type === FrameType.ackConfirmed) {
      const conversation = conversationKey(frame.conversationA, frame.conversationB);
      this.add({ process, type: 'ok', op: 'ack', user, conversation, seq: frame.seq });
    } else if (frame.type === FrameType.readConfirmed && !frame.inbox) {
      const conversation = conversationKey(frame.conversationA, frame.conversationB);
      this.add({ process, type: 'ok', op: 'read', user, conversation, seq: frame.seq });
    }
  }

  // ---- store

  /** A batch took effect: its inbox entries are durable. */
  applied(ops: Uint8Array): void {
    forEachRow(ops, (op, table, keyAt, valueAt, end) => {
      if (table !== Table.users || op !== RowOp.put || ops[keyAt + 3] !== Tag.inbox || valueAt - keyAt !== inboxKeyBytes) return;
      this.inbox(inboxFields(readKeyId(ops, keyAt + 4), ops.subarray(valueAt, end)));
    });
  }

  /** An inbox entry is durable. */
  inbox(fields: InboxFields): void {
    this.inboxRows += 1;
    this.add({ process: 'store', type: 'info', op: 'inbox', ...fields });
  }

  #close(message: Message): void {
    message.open = false;
    this.open.delete(message.name);
  }
}

export type BadgeFields = Pick<BadgeEntry, 'user' | 'conversation' | 'lastSeq' | 'read' | 'unread'>;
export type InboxFields = Pick<InboxEntry, 'user' | 'conversation' | 'lastSeq' | 'read' | 'unread' | 'epoch' | 'batch'>;

/** How histories show a row of a user's inbox. */
export function inboxFields(user: number, value: Uint8Array): InboxFields {
  readEntryValue(value, entryStruct);
  const { epoch, batch } = entryStruct;
  return { ...badgeFields(user, entryStruct), epoch, batch };
}

/** How histories show what a device shows of an inbox entry. */
export function badgeFields(user: number, entry: EntryStruct): BadgeFields {
  const { conversationA, conversationB, lastSeq, readSeq: read, lastOthersNo, readOthersNo } = entry;
  const unread = Math.max(0, lastOthersNo - readOthersNo);
  return { user, conversation: conversationKey(conversationA, conversationB), lastSeq, read, unread };
}

const entryStruct = newEntryStruct();

/** The batch holds an obligation of the conversation. */
export function opensObligation(ops: Uint8Array, conversation: string): boolean {
  let opens = false;
  forEachRow(ops, (op, table, keyAt) => {
    if (table !== Table.users || op !== RowOp.put || ops[keyAt + 3] !== Tag.obligation) return;
    if (conversationKey(readKeyId(ops, keyAt + 4), readKeyId(ops, keyAt + 12)) === conversation) opens = true;
  });
  return opens;
}

/** u16 partition, u8 slot, u8 tag, user, conversation. */
const inboxKeyBytes = 4 + 8 + 16;

/** How histories show an event. */
export function eventFields(conversation: string, event: EventStruct): EventFields {
  return {
    conversation,
    seq: event.seq,
    messageNo: event.messageNo,
    timestamp: event.timestamp,
    author: event.author,
    senderId: hex64(event.senderIdHigh, event.senderIdLow),
    clientSeq: event.clientSeq,
    sendId: hex64(event.sendIdHigh, event.sendIdLow),
    kind: event.kind,
    text: textOf(event.body),
    // The deletion of a message also empties its edits.
    changed: event.editSeq > 0 || event.deleted || (event.kind === 2 && event.body.length === 0),
  };
}

function contentKey(conversation: string, user: number, kind: number, target: number, text: string): string {
  return `${conversation} ${user} ${kind} ${target} ${text}`;
}
