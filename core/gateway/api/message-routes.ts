/** Routes on the messages of a conversation: send, edit, delete, history. */
import { z } from 'zod';
import { newHistory } from '../../protocol/generated/client-frames.ts';
import { ErrorCode, errorName } from '../../protocol/generated/codes.ts';
import { FrameType } from '../../protocol/generated/frame-type.ts';
import type { Frame } from '../../protocol/generated/frames.ts';
import type { PageFrame } from '../../protocol/generated/server-frames.ts';
import { conversationFromText } from '../../protocol/json-fields.ts';
import { defaultLimits } from '../../protocol/limits.ts';
import { Problem, problemOfCode } from '../http/problem.ts';
import { type ApiContext, apiRoute } from './api-route.ts';
import type { EngineCall } from './engine-call.ts';
import { eventForApi } from './event-json.ts';
import {
  acceptedSchema,
  conversationTextSchema,
  eventSchema,
  idSchema,
  noFields,
  queuedSchema,
  seqSchema,
  seqTextSchema,
  textSchema,
  u64Schema,
  watermarkTextSchema,
} from './schemas.ts';
import { sendOrQueue } from './sends.ts';

const conversationPath = z.object({ id: conversationTextSchema });
const messagePath = z.object({ id: conversationTextSchema, seq: seqTextSchema.describe('seq of the message') });
const keyHeader = {
  'idempotency-key': `at most ${defaultLimits.idempotencyKeyBytesMax} bytes: the same key of the same user gives at most one event, for 7 days`,
};
const ownNumbers = {
  senderId: u64Schema.optional(),
  clientSeq: z.int().min(1).optional().describe('1, 2, 3, … within (conversation, user, senderId)'),
  sendId: u64Schema.optional(),
};

/** Of sends, where the store is elsewhere. */
const queuedAnswer = [
  '202 Accepted',
  'the store is down: kept on the disk of this node, and sent again in order when the store is back; not durable in the store yet',
  queuedSchema,
] as const;

export const sendRoute = apiRoute({
  method: 'post',
  path: '/v1/conversations/{id}/messages',
  summary: 'Sends a message',
  description:
    'Accepted means durable. To be able to repeat it without a second message, give an Idempotency-Key, or own numbers (senderId, clientSeq, sendId).',
  access: 'user',
  headers: keyHeader,
  pathSchema: conversationPath,
  querySchema: noFields,
  bodySchema: z.object({ body: textSchema, replyTo: seqSchema.optional().describe('seq of the message it answers'), ...ownNumbers }),
  answerSchema: acceptedSchema,
  answerStatus: ['201 Created', 'the message is durable at this seq'],
  otherAnswer: queuedAnswer,
  async handle(context, { path, body }) {
    const idempotencyKey = keyOf(context);
    if (idempotencyKey === '' && body.senderId === undefined) {
      throw new Problem(
        400,
        'badRequest',
        'give an Idempotency-Key, or senderId, clientSeq and sendId: without them a repeat would double',
      );
    }
    const content = { kind: 1, body: body.body, target: 0, replyTo: body.replyTo ?? 0 } as const;
    return sendOrQueue(context, path.id, content, { ...body, idempotencyKey });
  },
});

export const editRoute = apiRoute({
  method: 'patch',
  path: '/v1/conversations/{id}/messages/{seq}',
  summary: 'Edits an own message',
  description: 'An event of its own; readers see the new text at the old place.',
  access: 'user',
  headers: keyHeader,
  pathSchema: messagePath,
  querySchema: noFields,
  bodySchema: z.object({ body: textSchema, ...ownNumbers }),
  answerSchema: acceptedSchema,
  answerStatus: ['200 OK', 'the edit is durable at this seq'],
  otherAnswer: queuedAnswer,
  async handle(context, { path, body }) {
    const content = { kind: 2, body: body.body, target: path.seq, replyTo: 0 } as const;
    const identity = { ...body, idempotencyKey: keyOf(context) };
    return sendOrQueue(context, path.id, content, identity);
  },
});

export const deleteRoute = apiRoute({
  method: 'delete',
  path: '/v1/conversations/{id}/messages/{seq}',
  summary: 'Deletes an own message',
  description: 'The text is gone for every later reader; the place in the conversation stays.',
  access: 'user',
  headers: keyHeader,
  pathSchema: messagePath,
  querySchema: noFields,
  bodySchema: null,
  answerSchema: acceptedSchema,
  answerStatus: ['200 OK', 'the deletion is durable at this seq'],
  otherAnswer: queuedAnswer,
  async handle(context, { path }) {
    const content = { kind: 3, body: '', target: path.seq, replyTo: 0 } as const;
    return sendOrQueue(context, path.id, content, { idempotencyKey: keyOf(context) });
  },
});

export const historyRoute = apiRoute({
  method: 'get',
  path: '/v1/conversations/{id}/messages',
  summary: 'Reads a part of a conversation',
  description: 'The newest events by default; `before` goes back, `after` goes forward. Events come seq ascending, without a hole.',
  access: 'user',
  pathSchema: conversationPath,
  querySchema: z.object({
    before: watermarkTextSchema.optional().describe('only events with a lower seq'),
    after: watermarkTextSchema.optional().describe('only events with a higher seq, the lowest first'),
    limit: watermarkTextSchema.optional().describe(`most events; at most ${defaultLimits.pageEventsMax}, 50 by default`),
    bytes: watermarkTextSchema.optional().describe('most bytes of events'),
  }),
  bodySchema: null,
  answerSchema: z.object({
    conversation: z.string(),
    events: z.array(eventSchema),
    more: z.boolean().describe('further events lie in the direction asked'),
    headSeq: z.int().min(0).describe('last seq of the conversation'),
    members: z.array(z.object({ user: idSchema, delivered: z.int(), read: z.int() })).describe('watermarks'),
  }),
  answerStatus: ['200 OK', 'the events'],
  async handle(context, { path, query }) {
    if (query.before !== undefined && query.after !== undefined) throw new Problem(400, 'badRequest', 'before or after, not both');
    const newer = query.after !== undefined;
    const page = await readPage(await context.call(), path.id, {
      newer,
      fromSeq: query.after ?? query.before ?? 0,
      limit: Math.min(query.limit ?? 50, defaultLimits.pageEventsMax),
      bytesMax: query.bytes ?? 0,
    });
    return {
      conversation: path.id,
      events: page.events.map(eventForApi),
      more: page.more,
      headSeq: page.headSeq,
      members: page.watermarks.map(({ user, delivered, read }) => ({ user, delivered, read })),
    };
  },
});

export interface PageRequest {
  readonly newer: boolean;
  readonly fromSeq: number;
  readonly limit: number;
  readonly bytesMax: number;
}

export async function readPage(call: EngineCall, conversation: string, request: PageRequest): Promise<PageFrame> {
  const ids = conversationFromText(conversation);
  if (ids === null) throw new Problem(400, 'badRequest', 'the conversation must be "A-B", the lower user id first');
  const frame = newHistory();
  const requestId = call.newRequestId();
  Object.assign(frame, request, { requestId, conversationA: ids.a, conversationB: ids.b });
  const page = await call.ask(
    frame,
    (answer: Frame): answer is PageFrame => answer.type === FrameType.page && answer.requestId === requestId,
  );
  if (page.code !== ErrorCode.ok)
    throw problemOfCode(page.code, `the page cannot be read: ${errorName(page.code)}`, retryAfterMs(page.code));
  return page;
}

function retryAfterMs(code: number): number {
  return code === ErrorCode.busy || code === ErrorCode.unavailable || code === ErrorCode.moved ? defaultLimits.retryAfterMs : 0;
}

function keyOf(context: ApiContext): string {
  const key = context.header('idempotency-key');
  if (Buffer.byteLength(key) > defaultLimits.idempotencyKeyBytesMax)
    throw new Problem(400, 'badRequest', 'the Idempotency-Key is too long');
  return key;
}
