/** Routes on conversations: the own list, and blocking. */
import { z } from 'zod';
import { newBlock, newList, newNames } from '../../protocol/generated/client-frames.ts';
import { ErrorCode, errorName } from '../../protocol/generated/codes.ts';
import { FrameType } from '../../protocol/generated/frame-type.ts';
import type { Frame } from '../../protocol/generated/frames.ts';
import type { DoneFrame, EntriesFrame, UserNamesFrame } from '../../protocol/generated/server-frames.ts';
import type { EntryStruct } from '../../protocol/generated/structs.ts';
import { conversationFromText, conversationToText } from '../../protocol/json-fields.ts';
import { defaultLimits } from '../../protocol/limits.ts';
import { Problem, problemOfCode } from '../http/problem.ts';
import { apiRoute } from './api-route.ts';
import type { EngineCall } from './engine-call.ts';
import { eventForApi } from './event-json.ts';
import { readPage } from './message-routes.ts';
import { conversationTextSchema, eventSchema, noFields, userSchema, watermarkTextSchema } from './schemas.ts';

const listMax = 50;

export const listRoute = apiRoute({
  method: 'get',
  path: '/v1/conversations',
  summary: 'Own conversations, the most recent first',
  description: 'With unread counts and the last event of each. Go on with `before` = the last `lastTimestamp` of the answer.',
  access: 'user',
  pathSchema: noFields,
  querySchema: z.object({
    before: watermarkTextSchema.optional().describe('only conversations whose lastTimestamp is lower'),
    limit: watermarkTextSchema.optional().describe(`most conversations; at most ${listMax}, 20 by default`),
  }),
  bodySchema: null,
  answerSchema: z.object({
    conversations: z.array(
      z.object({
        id: z.string(),
        peer: userSchema.describe('the other one; oneself for notes to self'),
        lastSeq: z.int(),
        lastTimestamp: z.int(),
        unread: z.int().describe('messages not read'),
        readSeq: z.int(),
        muted: z.boolean(),
        archived: z.boolean(),
        blocked: z.boolean().describe('by oneself'),
        lastEvent: eventSchema.nullable(),
      }),
    ),
    more: z.boolean(),
  }),
  answerStatus: ['200 OK', 'the conversations'],
  async handle(context, { query }) {
    const call = await context.call();
    const frame = newList();
    frame.requestId = call.newRequestId();
    frame.beforeTimestamp = query.before ?? 0;
    frame.limit = Math.min(query.limit ?? 20, listMax);
    const answer = await call.ask(
      frame,
      (candidate: Frame): candidate is EntriesFrame => candidate.type === FrameType.entries && candidate.requestId === frame.requestId,
    );
    if (answer.code !== ErrorCode.ok)
      throw problemOfCode(answer.code, `the list cannot be read: ${errorName(answer.code)}`, defaultLimits.retryAfterMs);
    return { conversations: await Promise.all(answer.entries.map((entry) => conversationForApi(call, entry))), more: answer.more };
  },
});

export const blockRoute = apiRoute({
  method: 'put',
  path: '/v1/conversations/{id}/block',
  summary: 'Blocks or unblocks the other user',
  description: 'While blocked, their sends are rejected.',
  access: 'user',
  pathSchema: z.object({ id: conversationTextSchema }),
  querySchema: noFields,
  bodySchema: z.object({ blocked: z.boolean() }),
  answerSchema: z.object({ conversation: z.string(), blocked: z.boolean() }),
  answerStatus: ['200 OK', 'durable'],
  async handle(context, { path, body }) {
    const ids = conversationFromText(path.id);
    if (ids === null) throw new Problem(400, 'badRequest', 'the conversation must be "A-B", the lower user id first');
    const call = await context.call();
    const frame = newBlock();
    frame.requestId = call.newRequestId();
    frame.conversationA = ids.a;
    frame.conversationB = ids.b;
    frame.blocked = body.blocked;
    await call.ask(frame, (answer: Frame): answer is DoneFrame => answer.type === FrameType.done && answer.requestId === frame.requestId);
    return { conversation: path.id, blocked: body.blocked };
  },
});

async function conversationForApi(call: EngineCall, entry: EntryStruct): Promise<unknown> {
  const id = conversationToText(entry.conversationA, entry.conversationB);
  const peer = entry.conversationA === call.user ? entry.conversationB : entry.conversationA;
  const [name, page] = await Promise.all([userName(call, peer), readPage(call, id, { newer: false, fromSeq: 0, limit: 1, bytesMax: 0 })]);
  const last = page.events.at(-1);
  return {
    id,
    peer: { id: peer, name },
    lastSeq: entry.lastSeq,
    lastTimestamp: entry.lastTimestamp,
    unread: Math.max(0, entry.lastOthersNo - entry.readOthersNo),
    readSeq: entry.readSeq,
    muted: (entry.flags & 1) !== 0,
    archived: (entry.flags & 2) !== 0,
    blocked: (entry.flags & 4) !== 0,
    lastEvent: last === undefined ? null : eventForApi(last),
  };
}

/** Name of a user; '': there is none. */
export async function userName(call: EngineCall, user: number): Promise<string> {
  const frame = newNames();
  frame.requestId = call.newRequestId();
  frame.users = [{ user, name: '' }];
  const answer = await call.ask(
    frame,
    (candidate: Frame): candidate is UserNamesFrame => candidate.type === FrameType.userNames && candidate.requestId === frame.requestId,
  );
  if (answer.code !== ErrorCode.ok)
    throw problemOfCode(answer.code, `the name cannot be read: ${errorName(answer.code)}`, defaultLimits.retryAfterMs);
  return answer.user === 0 ? '' : answer.name;
}
