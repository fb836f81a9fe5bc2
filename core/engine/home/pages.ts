/**
 * Pages of a log: `sync` (forward from a cursor) and `history` (both directions), with the conversation's watermarks.
 *
 * Method: event keys hold the complement of seq, so older pages are forward scans and newer ones reverse scans; a row's value behind its
 * version byte is copied into the page as it is. A hole in what the store gives is our own fault and stops the process.
 */
import { readKeyId, writeEventKey } from '../../model/keys.ts';
import { newHistory, newSync, readHistory, readSync } from '../../protocol/generated/client-frames.ts';
import { ErrorCode } from '../../protocol/generated/codes.ts';
import { FrameType } from '../../protocol/generated/frame-type.ts';
import type { FrameReader } from '../../protocol/reader.ts';
import { type Row, type ScanResult, Table } from '../../store/port.ts';
import type { Arrival } from '../arrival.ts';
import { assert } from '../assert.ts';
import type { Node } from '../machine.ts';
import type { OwnerContext } from '../owner-context.ts';
import type { ConversationState } from './conversation-state.ts';
import type { Conversations } from './conversations.ts';

/** Bytes of an event key before its last eight. */
const seqAt = 21;
const noRows: readonly Row[] = [];

interface Request {
  readonly node: Node;
  readonly session: number;
  /** Who asks. */
  readonly user: number;
  readonly requestId: number;
  readonly newer: boolean;
}

export class Pages {
  private readonly context: OwnerContext;
  private readonly conversations: Conversations;
  private readonly historyFrame = newHistory();
  private readonly syncFrame = newSync();

  constructor(context: OwnerContext, conversations: Conversations) {
    this.context = context;
    this.conversations = conversations;
  }

  history(arrival: Arrival, reader: FrameReader): void {
    const frame = this.historyFrame;
    if (!readHistory(reader, frame)) return;
    const conversation = this.find(arrival, frame.requestId, frame.conversationA, frame.conversationB);
    if (conversation === null) return;
    const request = { node: arrival.from, session: arrival.session, user: arrival.user, requestId: frame.requestId, newer: frame.newer };
    if (frame.newer) {
      this.newer(conversation, request, frame.fromSeq, frame.limit, frame.bytesMax);
      return;
    }
    const before = frame.fromSeq === 0 ? conversation.durableSeq + 1 : Math.min(frame.fromSeq, conversation.durableSeq + 1);
    this.read(conversation, request, 1, before - 1, frame.limit, frame.bytesMax);
  }

  /** The edge has split a `sync`: one item a frame. */
  sync(arrival: Arrival, reader: FrameReader): void {
    const frame = this.syncFrame;
    if (!readSync(reader, frame)) return;
    for (const item of frame.items) {
      const conversation = this.find(arrival, frame.requestId, item.conversationA, item.conversationB);
      if (conversation === null) continue;
      const request = { node: arrival.from, session: arrival.session, user: arrival.user, requestId: frame.requestId, newer: true };
      this.newer(conversation, request, item.afterSeq, frame.limit, frame.bytesMax);
    }
  }

  /** Answers a request that waited in vain. */
  refuseLater(arrival: Arrival, reader: FrameReader, type: number, code: number): void {
    if (type === FrameType.history) {
      if (!readHistory(reader, this.historyFrame)) return;
      const { requestId, conversationA, conversationB } = this.historyFrame;
      this.answerCode(arrival.from, arrival.session, requestId, conversationA, conversationB, code);
      return;
    }
    if (!readSync(reader, this.syncFrame)) return;
    for (const item of this.syncFrame.items) {
      this.answerCode(arrival.from, arrival.session, this.syncFrame.requestId, item.conversationA, item.conversationB, code);
    }
  }

  /**
   * Reads events `[first, last]` ascending for the owner's own use (telling again); `then(null)`: the store cannot be read now.
   */
  readEvents(
    conversation: ConversationState,
    first: number,
    last: number,
    limit: number,
    then: (rows: readonly Row[] | null) => void,
  ): void {
    this.scan(conversation, first, last, true, limit, this.context.limits.pageBytesMax, (result) => {
      then(result.kind === 'ok' ? result.rows : null);
    });
  }

  private find(arrival: Arrival, requestId: number, a: number, b: number): ConversationState | null {
    if (b === 0 || (arrival.user !== a && arrival.user !== b)) {
      const code = b === 0 ? ErrorCode.unsupported : ErrorCode.notMember;
      this.answerCode(arrival.from, arrival.session, requestId, a, b, code);
      return null;
    }
    if (this.context.readsUnderWay >= this.context.limits.readsPerSlotMax) {
      this.answerCode(arrival.from, arrival.session, requestId, a, b, ErrorCode.busy);
      return null;
    }
    return this.conversations.need(arrival, a, b);
  }

  private newer(conversation: ConversationState, request: Request, afterSeq: number, limit: number, bytesMax: number): void {
    if (afterSeq > conversation.durableSeq) {
      this.context.counters.resets += 1;
      this.answer(conversation, request, ErrorCode.reset, noRows, false);
      return;
    }
    this.read(conversation, request, afterSeq + 1, conversation.durableSeq, limit, bytesMax);
  }

  private read(conversation: ConversationState, request: Request, first: number, last: number, limit: number, bytesMax: number): void {
    if (last < first || limit === 0) {
      this.answer(conversation, request, ErrorCode.ok, noRows, last >= first);
      return;
    }
    const { pageEventsMax, pageBytesMax } = this.context.limits;
    const rowsMax = Math.min(limit, pageEventsMax);
    const bytes = bytesMax === 0 ? pageBytesMax : Math.min(bytesMax, pageBytesMax);
    this.scan(conversation, first, last, request.newer, rowsMax, bytes, (result) => {
      // What was read may be old by now, if the lease ended or another claimed the slot meanwhile.
      if (result.kind === 'unavailable' || conversation.dropped || !this.context.serves(conversation.slot.partition)) {
        this.answerCode(request.node, request.session, request.requestId, conversation.a, conversation.b, ErrorCode.unavailable);
        return;
      }
      const rows = request.newer ? result.rows : result.rows.toReversed();
      checkDense(rows, request.newer ? first : last - rows.length + 1);
      this.answer(conversation, request, ErrorCode.ok, rows, result.more);
    });
  }

  private scan(
    conversation: ConversationState,
    first: number,
    last: number,
    newer: boolean,
    limit: number,
    bytesMax: number,
    then: (result: ScanResult) => void,
  ): void {
    const { key } = this.context;
    const { slot, a, b } = conversation;
    key.reset();
    writeEventKey(key, slot.partition, slot.slot, a, b, last);
    const start = key.copy();
    key.reset();
    writeEventKey(key, slot.partition, slot.slot, a, b, first);
    key.u8(0);
    const log = { head: conversation.durableSeq, changed: conversation.changedSeq };
    conversation.readsUnderWay += 1;
    this.context.scan(
      { table: Table.users, start, end: key.copy(), limit, reverse: newer, bytesMax, log },
      {
        scanned: (result) => {
          conversation.readsUnderWay -= 1;
          then(result);
        },
      },
    );
  }

  private answer(conversation: ConversationState, request: Request, code: number, rows: readonly Row[], more: boolean): void {
    const w = this.context.inner;
    w.reset();
    w.varint(FrameType.page);
    w.varint(request.requestId);
    w.id53(conversation.a);
    w.id53(conversation.b);
    w.varint(code);
    w.varint(conversation.durableSeq);
    w.varint(conversation.durableOthersNo(request.user));
    // Events appended since the scan began count as further ones.
    const last = rows.length === 0 ? 0 : seqOf(rows[rows.length - 1]);
    const behind = request.newer && rows.length > 0 && last < conversation.durableSeq;
    w.u8(more || behind ? 1 : 0);
    this.writeWatermarks(conversation);
    w.varint(rows.length);
    for (const row of rows) w.framed(row.value, 1, row.value.length);
    if (conversation.blockedBy !== 0) {
      w.varint(1);
      const mark = w.openLength(1);
      w.varint(conversation.blockedBy);
      w.closeLength(mark, 1);
    }
    this.context.toSession(request.node, request.session, 0);
  }

  private writeWatermarks(conversation: ConversationState): void {
    const w = this.context.inner;
    const users = conversation.toSelf ? [conversation.a] : [conversation.a, conversation.b];
    w.varint(users.length);
    for (const user of users) {
      const member = conversation.member(user);
      const mark = w.openLength(1);
      w.id53(user);
      w.varint(member.delivered);
      w.varint(member.read);
      w.closeLength(mark, 1);
    }
  }

  private answerCode(node: Node, session: number, requestId: number, a: number, b: number, code: number): void {
    const w = this.context.inner;
    w.reset();
    w.varint(FrameType.page);
    w.varint(requestId);
    w.id53(a);
    w.id53(b);
    w.varint(code);
    w.varint(0);
    w.varint(0);
    w.u8(0);
    w.varint(0);
    w.varint(0);
    this.context.toSession(node, session, 0);
  }
}

function checkDense(rows: readonly Row[], first: number): void {
  for (let index = 0; index < rows.length; index++) assert(seqOf(rows[index]) === first + index, 'a hole in a log');
}

/** The seq in an event's key: the complement of its last eight bytes. */
export function seqOf(row: Row): number {
  const complement = new Uint8Array(8);
  for (let index = 0; index < 8; index++) complement[index] = ~row.key[seqAt + index];
  return readKeyId(complement, 0);
}
