/** Routes on the failed-request log: what waits in it, and sending it again now (`parley failed`). */
import { z } from 'zod';
import { readFrames } from '../../protocol/codec.ts';
import { FrameType } from '../../protocol/generated/frame-type.ts';
import type { FailedRequest, FailedRequests } from '../engine-access.ts';
import { Problem } from '../http/problem.ts';
import { type ApiContext, apiRoute } from './api-route.ts';
import { idSchema, noFields, watermarkTextSchema } from './schemas.ts';

export const failedListRoute = apiRoute({
  method: 'get',
  path: '/v1/admin/failed-requests',
  summary: 'Sends by HTTP that wait for the store',
  description: 'The oldest first, some at a time; `after` is the id of the last one seen.',
  access: 'admin',
  pathSchema: noFields,
  querySchema: z.object({ after: watermarkTextSchema.optional() }),
  bodySchema: null,
  answerSchema: z.object({
    requests: z.array(
      z.object({
        id: idSchema,
        at: z.int().describe('ms since 1970'),
        user: z.string(),
        conversation: z.string(),
        kind: z.int().describe('1 message, 2 edit, 3 deletion'),
        bytes: z.int().describe('length of its body'),
        idempotencyKey: z.string(),
      }),
    ),
  }),
  answerStatus: ['200 OK', 'the requests'],
  async handle(context, { query }) {
    return { requests: (await logOf(context).list(query.after ?? 0)).map(forApi) };
  },
});

export const failedReplayRoute = apiRoute({
  method: 'post',
  path: '/v1/admin/failed-requests/replay',
  summary: 'Sends them again now',
  description: 'In their order, as far as the store takes them. It happens by itself once the store is back.',
  access: 'admin',
  pathSchema: noFields,
  querySchema: noFields,
  bodySchema: null,
  answerSchema: z.object({
    accepted: z.int(),
    ended: z.int().describe('rejected or refused: the log of the node says why'),
    left: z.int(),
  }),
  answerStatus: ['200 OK', 'what became of them'],
  handle: (context) => logOf(context).replay(),
});

function logOf({ failedRequests }: ApiContext): FailedRequests {
  if (failedRequests === null) throw new Problem(404, 'notFound', 'this node keeps no failed requests: its store is on its own disk');
  return failedRequests;
}

function forApi({ id, atMs, name, frame }: FailedRequest): object {
  let shown: object = { id, at: atMs, user: name };
  readFrames(frame, (send) => {
    if (send.type !== FrameType.send) return;
    const { conversationA, conversationB, kind, body, idempotencyKey } = send;
    shown = { ...shown, conversation: `${conversationA}-${conversationB}`, kind, bytes: body.length, idempotencyKey };
  });
  return shown;
}
