/** Routes on users: oneself, by id, by name. */
import { z } from 'zod';
import { newLookup } from '../../protocol/generated/client-frames.ts';
import { ErrorCode, errorName } from '../../protocol/generated/codes.ts';
import { FrameType } from '../../protocol/generated/frame-type.ts';
import type { Frame } from '../../protocol/generated/frames.ts';
import type { UserNamesFrame } from '../../protocol/generated/server-frames.ts';
import { defaultLimits } from '../../protocol/limits.ts';
import { Problem, problemOfCode } from '../http/problem.ts';
import { apiRoute } from './api-route.ts';
import { userName } from './conversation-routes.ts';
import { idTextSchema, nameSchema, noFields, userSchema } from './schemas.ts';

export const meRoute = apiRoute({
  method: 'get',
  path: '/v1/me',
  summary: 'The user of the token',
  description: 'Made at the first use of a name that none has yet, if the node is configured so.',
  access: 'user',
  pathSchema: noFields,
  querySchema: noFields,
  bodySchema: null,
  answerSchema: userSchema,
  answerStatus: ['200 OK', 'id and name'],
  async handle(context) {
    const call = await context.call();
    return { id: call.user, name: call.name };
  },
});

export const userRoute = apiRoute({
  method: 'get',
  path: '/v1/users/{id}',
  summary: 'A user by id',
  description: '',
  access: 'user',
  pathSchema: z.object({ id: idTextSchema }),
  querySchema: noFields,
  bodySchema: null,
  answerSchema: userSchema,
  answerStatus: ['200 OK', 'id and name'],
  async handle(context, { path }) {
    const name = await userName(await context.call(), path.id);
    if (name === '') throw new Problem(404, 'noSuchUser', 'no user has this id');
    return { id: path.id, name };
  },
});

export const lookupRoute = apiRoute({
  method: 'get',
  path: '/v1/users',
  summary: 'A user by name',
  description: 'The exact name. Nobody of that name: an empty list.',
  access: 'user',
  pathSchema: noFields,
  querySchema: z.object({ name: nameSchema }),
  bodySchema: null,
  answerSchema: z.object({ users: z.array(userSchema) }),
  answerStatus: ['200 OK', 'none or one'],
  async handle(context, { query }) {
    const call = await context.call();
    const frame = newLookup();
    frame.requestId = call.newRequestId();
    frame.name = query.name;
    const answer = await call.ask(
      frame,
      (candidate: Frame): candidate is UserNamesFrame => candidate.type === FrameType.userNames && candidate.requestId === frame.requestId,
    );
    if (answer.code !== ErrorCode.ok && answer.code !== ErrorCode.noSuchUser) {
      throw problemOfCode(answer.code, `the name cannot be looked up: ${errorName(answer.code)}`, defaultLimits.retryAfterMs);
    }
    return { users: answer.user === 0 ? [] : [{ id: answer.user, name: query.name }] };
  },
});

export const createUserRoute = apiRoute({
  method: 'post',
  path: '/v1/admin/users',
  summary: 'Makes a user',
  description: 'Of a name that has one already: that one. Needed where new names are not made by their first token (PARLEY_CREATE_USERS).',
  access: 'admin',
  pathSchema: noFields,
  querySchema: noFields,
  bodySchema: z.object({ name: nameSchema.describe('the `sub` of the tokens to come') }),
  answerSchema: userSchema,
  answerStatus: ['200 OK', 'id and name'],
  async handle(context, { body }) {
    const call = await context.callAs(body.name);
    return { id: call.user, name: call.name };
  },
});
