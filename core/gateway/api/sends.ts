/** Sends by HTTP: a message, an edit or a deletion as one `send` frame, repeated while the engine says "come again". */

import { randomUUID } from 'node:crypto';
import { encodeFrames } from '../../protocol/codec.ts';
import type { SendFrame } from '../../protocol/generated/client-frames.ts';
import { newSend } from '../../protocol/generated/client-frames.ts';
import { ErrorCode, errorName } from '../../protocol/generated/codes.ts';
import { FrameType } from '../../protocol/generated/frame-type.ts';
import type { Frame } from '../../protocol/generated/frames.ts';
import type {
  AcceptedFrame,
  CounterConflictFrame,
  ExpiredFrame,
  RefusedFrame,
  RejectedFrame,
  RetryFrame,
} from '../../protocol/generated/server-frames.ts';
import { conversationFromText, u64FromText } from '../../protocol/json-fields.ts';
import { defaultLimits } from '../../protocol/limits.ts';
import { encodeUtf8 } from '../../protocol/utf8.ts';
import { Problem, problemOfCode } from '../http/problem.ts';
import { gatewayLimits } from '../limits.ts';
import type { ApiContext } from './api-route.ts';
import type { EngineCall } from './engine-call.ts';

export interface SendIdentity {
  readonly senderId?: string | undefined;
  readonly clientSeq?: number | undefined;
  readonly sendId?: string | undefined;
  readonly idempotencyKey: string;
}

type SendAnswer = AcceptedFrame | RejectedFrame | RetryFrame | CounterConflictFrame | ExpiredFrame | RefusedFrame;

export interface SendContent {
  readonly kind: 1 | 2 | 3;
  readonly body: string;
  readonly target: number;
  readonly replyTo: number;
}

export type Sent = { readonly conversation: string; readonly seq: number } | { readonly conversation: string; readonly queued: number };

/**
 * Sends, and answers with the seq of the event; or, where the store is down and the node keeps such requests, with its number there.
 * @throws Problem for every other end
 */
export async function sendOrQueue(context: ApiContext, conversation: string, content: SendContent, identity: SendIdentity): Promise<Sent> {
  const frame = createSend(conversation, content, identity);
  try {
    return { conversation, seq: await sendFrame(await context.call(), frame) };
  } catch (problem) {
    if (!(problem instanceof Problem) || !isStoreDown(problem)) throw problem;
    const queued = (await context.failedRequests?.add(context.token?.name ?? '', encodeFrames([frame]))) ?? null;
    if (queued === null) throw problem;
    context.answersOther();
    return { conversation, queued };
  }
}

/** The store did not answer, or not well, after all retries. A node that is merely busy, or stops, is another thing. */
function isStoreDown({ code }: Problem): boolean {
  return code === 'unavailable' || code === 'delayed' || code === 'timeout';
}

/** Returns the seq of the event. @throws Problem for every other end. */
export async function sendFrame(call: EngineCall, frame: SendFrame): Promise<number> {
  const endMs = Date.now() + gatewayLimits.sendRetryMs;
  for (;;) {
    const answer = await call.ask(frame, isSendAnswer(frame));
    if (answer.type === FrameType.accepted) return answer.seq;
    if (answer.type !== FrameType.retry) throw problemOf(answer);
    const mayCome = answer.code !== ErrorCode.gap && Date.now() + answer.retryAfterMs < endMs;
    if (!mayCome) throw problemOf(answer);
    await new Promise((resolve) => setTimeout(resolve, Math.max(10, answer.retryAfterMs)));
  }
}

function createSend(conversation: string, content: SendContent, identity: SendIdentity): SendFrame {
  const ids = conversationFromText(conversation);
  if (ids === null) throw new Problem(400, 'badRequest', 'the conversation must be "A-B", the lower user id first');
  const frame = newSend();
  frame.conversationA = ids.a;
  frame.conversationB = ids.b;
  frame.kind = content.kind;
  frame.body = encodeUtf8(content.body);
  // Checked here already: a frame longer than any would end the call instead of being refused.
  if (frame.body.length > defaultLimits.bodyBytesMax)
    throw problemOfCode(ErrorCode.tooLarge, `a body has at most ${defaultLimits.bodyBytesMax} bytes`);
  frame.target = content.target;
  frame.replyTo = content.replyTo;
  addIdentity(frame, identity);
  return frame;
}

function addIdentity(frame: SendFrame, identity: SendIdentity): void {
  const { senderId, clientSeq, sendId, idempotencyKey } = identity;
  const numbers = [senderId, clientSeq, sendId].filter((member) => member !== undefined).length;
  if (numbers !== 0 && numbers !== 3) throw new Problem(400, 'badRequest', 'senderId, clientSeq and sendId go together');
  if (numbers === 3 && idempotencyKey !== '') throw new Problem(400, 'badRequest', 'give an Idempotency-Key or own numbers, not both');
  if (senderId !== undefined && clientSeq !== undefined && sendId !== undefined) {
    [frame.senderIdHigh, frame.senderIdLow] = words(senderId);
    [frame.sendIdHigh, frame.sendIdLow] = words(sendId);
    frame.clientSeq = clientSeq;
    return;
  }
  frame.idempotencyKey = idempotencyKey === '' ? randomUUID() : idempotencyKey;
  const random = BigInt(`0x${randomUUID().replaceAll('-', '').slice(0, 16)}`);
  [frame.sendIdHigh, frame.sendIdLow] = words(random.toString());
}

function words(text: string): [number, number] {
  const value = u64FromText(text);
  if (value === null) throw new Problem(400, 'badRequest', `${text} is no unsigned 64-bit number`);
  return [value.high, value.low];
}

function isSendAnswer(send: SendFrame): (frame: Frame) => frame is SendAnswer {
  return (frame): frame is SendAnswer => {
    switch (frame.type) {
      case FrameType.accepted:
      case FrameType.rejected:
      case FrameType.retry:
      case FrameType.counterConflict:
      case FrameType.expired:
      case FrameType.refused:
        return frame.sendIdHigh === send.sendIdHigh && frame.sendIdLow === send.sendIdLow;
      default:
        return false;
    }
  };
}

function problemOf(answer: Exclude<SendAnswer, AcceptedFrame>): Problem {
  switch (answer.type) {
    case FrameType.rejected:
      return problemOfCode(answer.code, `rejected: ${errorName(answer.code)}`);
    case FrameType.refused:
      return problemOfCode(answer.code, `refused: ${errorName(answer.code)}`);
    case FrameType.counterConflict:
      return new Problem(409, 'counterConflict', 'this key or number was used for another send: send it under a new one');
    case FrameType.expired:
      return new Problem(409, 'expired', 'older than the window: look for its sendId in the history');
    case FrameType.retry: {
      const members = answer.code === ErrorCode.gap ? { expected: answer.expected } : {};
      return problemOfCode(answer.code, `not accepted yet: ${errorName(answer.code)}; send the same again`, answer.retryAfterMs, members);
    }
    default:
      throw new Error('unreachable: every answer of a send is handled');
  }
}
