/**
 * What must hold within one direct conversation: its head is its log's end, the log has every seq once, time and message numbers only
 * grow, and nothing (watermark, kept outcome, kept key) speaks of an event that is not there.
 *
 * Method: keys put the head first and the events newest first, so each row is judged by the head and the event before it.
 */
import { readKeyId } from '../../model/keys.ts';
import { type Head, readEventValue, readHead, readKeptKey, readSender, readWatermark } from '../../model/values.ts';
import { newEventStruct } from '../../protocol/generated/structs.ts';
import { defaultLimits } from '../../protocol/limits.ts';
import type { Row } from '../port.ts';
import { conversationPartAt } from './row-names.ts';

export class ConversationAudit {
  readonly #name: string;
  readonly #head: Head;
  readonly #hasHead: boolean;
  readonly #event = newEventStruct();
  /** Seq that the next event row must have; 0: all were seen. */
  #nextSeq: number;
  /** Of the event before (a later one). */
  #timestamp: number;
  #messageNo: number;
  #newest = true;

  /** `first`: the first row of the conversation. */
  constructor(name: string, kind: string, first: Row) {
    this.#name = name;
    this.#hasHead = kind === 'head';
    this.#head = this.#hasHead
      ? readHead(first.value)
      : { lastSeq: 0, lastMessageNo: 0, lowerMessageNo: 0, lastTimestamp: 0, blockedBy: 0, changedSeq: 0 };
    this.#nextSeq = this.#head.lastSeq;
    this.#timestamp = this.#head.lastTimestamp;
    this.#messageNo = this.#head.lastMessageNo;
  }

  get hasHead(): boolean {
    return this.#hasHead;
  }

  /** What is wrong with the row; '': nothing. @throws StoredValueError */
  judge(kind: string, row: Row): string {
    switch (kind) {
      case 'watermark':
        return this.#judgeWatermark(row.value);
      case 'sender':
        return this.#judgeSender(row.value);
      case 'event':
        return this.#judgeEvent(row);
      case 'idempotency':
        return this.#aboveHead('the seq of an idempotency key', readKeptKey(row.value).seq);
      default:
        return '';
    }
  }

  /** What is wrong now that the last row was seen; '': nothing. */
  end(): string {
    return this.#nextSeq > 0 ? `conversation ${this.#name}: events 1 to ${this.#nextSeq} are missing` : '';
  }

  #judgeWatermark(value: Uint8Array): string {
    const { delivered, read } = readWatermark(value);
    return Math.max(delivered, read) > this.#head.lastSeq ? `watermark ${delivered}/${read} above the head's ${this.#head.lastSeq}` : '';
  }

  #judgeSender(value: Uint8Array): string {
    const outcomes = readSender(value, defaultLimits.windowSends);
    for (let clientSeq = outcomes.last; outcomes.keeps(clientSeq); clientSeq--) {
      const problem = outcomes.code(clientSeq) === 0 ? this.#aboveHead(`the seq of send ${clientSeq}`, outcomes.seq(clientSeq)) : '';
      if (problem !== '') return problem;
    }
    return '';
  }

  #aboveHead(what: string, seq: number): string {
    return seq > this.#head.lastSeq ? `${what} is ${seq}, above the head's ${this.#head.lastSeq}` : '';
  }

  #judgeEvent(row: Row): string {
    const seq = seqOf(row.key);
    const wanted = this.#nextSeq;
    this.#nextSeq = seq - 1;
    if (seq !== wanted) return `event ${seq} where ${wanted} must be (head says ${this.#head.lastSeq})`;
    const event = this.#event;
    readEventValue(row.value, event);
    const { seq: told, timestamp, messageNo } = event;
    const later = { timestamp: this.#timestamp, messageNo: this.#messageNo };
    const newest = this.#newest;
    this.#timestamp = timestamp;
    this.#messageNo = messageNo;
    this.#newest = false;
    if (told !== seq) return `event ${seq} calls itself ${told}`;
    if (newest && (timestamp !== later.timestamp || messageNo !== later.messageNo))
      return `head and event ${seq} differ in time or message number`;
    if (event.editSeq > this.#head.changedSeq) {
      return `event ${seq} was changed by ${event.editSeq}, and the head says that no event after ${this.#head.changedSeq} changed one`;
    }
    if (timestamp > later.timestamp) return `event ${seq} is later than event ${seq + 1}`;
    if (messageNo > later.messageNo || messageNo < later.messageNo - 1) {
      return `event ${seq} has message number ${messageNo}, event ${seq + 1} has ${later.messageNo}`;
    }
    return event.authorNo > messageNo ? `event ${seq} counts more messages of its author than messages` : '';
  }
}

/** Events are keyed by the complement of seq. */
function seqOf(key: Uint8Array): number {
  return readKeyId(
    key.slice(conversationPartAt + 1).map((byte) => ~byte),
    0,
  );
}
