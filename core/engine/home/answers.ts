/** The answers to a send, written into the context's scratch frame: identity first, then what the kind of answer adds. */
import { FrameType } from '../../protocol/generated/frame-type.ts';
import type { Node } from '../machine.ts';
import type { OwnerContext } from '../owner-context.ts';

/** What names a send (PROTOCOL.md). A `send` frame and a gathered event both have these. */
export interface SendIdentity {
  readonly senderIdHigh: number;
  readonly senderIdLow: number;
  readonly clientSeq: number;
  readonly sendIdHigh: number;
  readonly sendIdLow: number;
}

export class Answers {
  private readonly context: OwnerContext;

  constructor(context: OwnerContext) {
    this.context = context;
  }

  accepted(node: Node, session: number, a: number, b: number, send: SendIdentity, seq: number): void {
    this.identity(FrameType.accepted, a, b, send);
    this.context.inner.varint(seq);
    this.context.toSession(node, session, 0);
  }

  /** The frame, for an answer that waits for its batch. */
  rejectedFrame(a: number, b: number, send: SendIdentity, code: number): Uint8Array {
    this.identity(FrameType.rejected, a, b, send);
    this.context.inner.varint(code);
    return this.context.inner.copy();
  }

  rejected(node: Node, session: number, a: number, b: number, send: SendIdentity, code: number): void {
    this.identity(FrameType.rejected, a, b, send);
    this.context.inner.varint(code);
    this.context.toSession(node, session, 0);
  }

  retry(node: Node, session: number, a: number, b: number, send: SendIdentity, code: number, expected = 0): void {
    this.identity(FrameType.retry, a, b, send);
    this.context.inner.varint(code);
    this.context.inner.varint(this.context.limits.retryAfterMs);
    this.context.inner.varint(expected);
    this.context.toSession(node, session, 0);
  }

  counterConflict(node: Node, session: number, a: number, b: number, send: SendIdentity): void {
    this.identity(FrameType.counterConflict, a, b, send);
    this.context.toSession(node, session, 0);
  }

  expired(node: Node, session: number, a: number, b: number, send: SendIdentity): void {
    this.identity(FrameType.expired, a, b, send);
    this.context.toSession(node, session, 0);
  }

  refused(node: Node, session: number, a: number, b: number, send: SendIdentity, code: number): void {
    this.identity(FrameType.refused, a, b, send);
    this.context.inner.varint(code);
    this.context.toSession(node, session, 0);
  }

  private identity(type: number, a: number, b: number, send: SendIdentity): void {
    const inner = this.context.inner;
    inner.reset();
    inner.varint(type);
    inner.id53(a);
    inner.id53(b);
    inner.u64(send.senderIdHigh, send.senderIdLow);
    inner.varint(send.clientSeq);
    inner.u64(send.sendIdHigh, send.sendIdLow);
  }
}
