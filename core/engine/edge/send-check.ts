/**
 * Reads what the edge must know of a `send` and checks it, without making a view or a string.
 *
 * Method: the fields in wire order by the primitives of the reader, because the generated reader would refuse a long body as
 * malformed (it is answered with `refused{tooLarge}`) and makes a view of each body.
 */
import { ErrorCode } from '../../protocol/generated/codes.ts';
import type { Limits } from '../../protocol/limits.ts';
import type { FrameReader } from '../../protocol/reader.ts';
import { validUtf8 } from '../../protocol/utf8.ts';

const MessageKind = { message: 1, edit: 2, deletion: 3 } as const;

/** The frame read last. */
export class SendCheck {
  conversationA = 0;
  conversationB = 0;
  senderIdHigh = 0;
  senderIdLow = 0;
  clientSeq = 0;
  sendIdHigh = 0;
  sendIdLow = 0;
  private kind = 0;
  private bodyBytes = 0;
  private target = 0;
  private replyTo = 0;
  private keyBytes = 0;
  private readonly limits: Limits;

  constructor(limits: Limits) {
    this.limits = limits;
  }

  /** Reads the frame whose type the reader has passed; false: malformed. */
  read(r: FrameReader): boolean {
    this.conversationA = r.id53();
    this.conversationB = r.secondId(this.conversationA);
    r.u64();
    this.senderIdHigh = r.high;
    this.senderIdLow = r.low;
    this.clientSeq = r.varint();
    r.u64();
    this.sendIdHigh = r.high;
    this.sendIdLow = r.low;
    this.kind = r.u8();
    this.bodyBytes = skipText(r, this.limits.frameBytesMax);
    this.target = 0;
    this.replyTo = 0;
    this.keyBytes = 0;
    if (r.position < r.end) this.readOptional(r);
    return r.failure === '';
  }

  /** ErrorCode of the refusal this send earns by itself; ok: none. Of whom it is and where it goes is another check. */
  refusal(isRequest: boolean): number {
    if (this.bodyBytes > this.limits.bodyBytesMax) return ErrorCode.tooLarge;
    if (this.conversationB === 0) return ErrorCode.unsupported;
    if (!this.hasGoodNumber(isRequest) || !this.hasGoodContent()) return ErrorCode.badSend;
    return ErrorCode.ok;
  }

  /** A number of the outbox, or, by HTTP only, a key instead. */
  private hasGoodNumber(isRequest: boolean): boolean {
    if (this.keyBytes === 0) return this.clientSeq >= 1;
    return isRequest && this.clientSeq === 0;
  }

  private hasGoodContent(): boolean {
    switch (this.kind) {
      case MessageKind.message:
        return this.bodyBytes > 0 && this.target === 0;
      case MessageKind.edit:
        return this.bodyBytes > 0 && this.target >= 1 && this.replyTo === 0;
      case MessageKind.deletion:
        return this.bodyBytes === 0 && this.target >= 1 && this.replyTo === 0;
      default:
        return false;
    }
  }

  private readOptional(r: FrameReader): void {
    for (let tag = r.tag(0); tag !== 0; tag = r.tag(tag)) {
      const outer = r.enter();
      if (tag === 1) this.target = r.varint();
      else if (tag === 2) this.replyTo = r.varint();
      else if (tag === 3) this.keyBytes = skipText(r, this.limits.idempotencyKeyBytesMax);
      else r.skip();
      r.leave(outer);
    }
  }
}

/** Passes a text and returns its length in bytes. */
function skipText(r: FrameReader, bytesMax: number): number {
  const count = r.count(bytesMax);
  const start = r.position;
  if (count > 0 && !validUtf8(r.bytes, start, start + count)) return r.fail('badText');
  r.position = r.failure === '' ? start + count : r.end;
  return count;
}
