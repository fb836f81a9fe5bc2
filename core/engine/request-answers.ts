/** Answers to requests that change something: `done` once it is durable, else `failed`. Home and user owner give the same. */
import { ErrorCode } from '../protocol/generated/codes.ts';
import { FrameType } from '../protocol/generated/frame-type.ts';
import type { Node } from './machine.ts';
import type { OwnerContext } from './owner-context.ts';
import type { Gather } from './slot/gather.ts';

/** `done` is told when the gather's batch is durable; `failed` when it is rolled back. */
export function answerWhenDurable(context: OwnerContext, gather: Gather, node: Node, session: number, requestId: number): void {
  const inner = context.inner;
  inner.reset();
  inner.varint(FrameType.done);
  inner.varint(requestId);
  const instead = (code: number): void => tellFailed(context, node, session, requestId, code);
  gather.answers.push({ node, session, frame: inner.copy(), instead });
}

/** The request did not take effect: repeat it later, unless the code says that it never will. */
export function tellFailed(context: OwnerContext, node: Node, session: number, requestId: number, code: number): void {
  const isFinal = code === ErrorCode.notMember || code === ErrorCode.noSuchTarget;
  const inner = context.inner;
  inner.reset();
  inner.varint(FrameType.failed);
  inner.varint(requestId);
  inner.varint(code);
  inner.varint(isFinal ? 0 : context.limits.retryAfterMs);
  context.toSession(node, session, 0);
}
