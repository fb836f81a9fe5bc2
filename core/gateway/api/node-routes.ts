/** Routes on the node itself: what a page must know before it signs in, development tokens, ending sessions. */
import { z } from 'zod';
import { newEndSessions } from '../../protocol/generated/link-frames.ts';
import { protocolVersion } from '../../protocol/schema.ts';
import { signToken } from '../auth/dev-tokens.ts';
import { Problem } from '../http/problem.ts';
import { gatewayLimits } from '../limits.ts';
import { type ApiRoute, apiRoute } from './api-route.ts';
import { idSchema, nameSchema, noFields } from './schemas.ts';

export interface NodeRouteOptions {
  /** null: keys are configured, the node signs nothing. */
  readonly developmentSecret: Uint8Array | null;
  readonly version: string;
}

export function nodeRoutes(options: NodeRouteOptions): readonly ApiRoute[] {
  return [configRoute(options), developmentTokenRoute(options), endSessionsRoute];
}

function configRoute(options: NodeRouteOptions): ApiRoute {
  return apiRoute({
    method: 'get',
    path: '/v1/config',
    summary: 'What a client should know before it connects',
    description: '`development` true: anyone may sign in under any name.',
    access: 'none',
    pathSchema: noFields,
    querySchema: noFields,
    bodySchema: null,
    answerSchema: z.object({
      version: z.string(),
      protocol: z.int(),
      development: z.boolean(),
      bodyBytesMax: z.int(),
      nameBytesMax: z.int(),
    }),
    answerStatus: ['200 OK', 'the configuration'],
    async handle(context) {
      const { bodyBytesMax, nameBytesMax } = context.engine.limits;
      return {
        version: options.version,
        protocol: protocolVersion,
        development: options.developmentSecret !== null,
        bodyBytesMax,
        nameBytesMax,
      };
    },
  });
}

function developmentTokenRoute(options: NodeRouteOptions): ApiRoute {
  return apiRoute({
    method: 'post',
    path: '/v1/dev/token',
    summary: 'Development mode only: a token for any name',
    description: 'Not there (404) once PARLEY_JWT_SECRET, PARLEY_JWT_SECRETS or PARLEY_JWKS is set.',
    access: 'none',
    pathSchema: noFields,
    querySchema: noFields,
    bodySchema: z.object({ name: nameSchema }),
    answerSchema: z.object({ token: z.string(), expiresAt: z.int().describe('ms since 1970') }),
    answerStatus: ['200 OK', 'a signed token'],
    async handle(_context, { body }) {
      if (options.developmentSecret === null) throw new Problem(404, 'notFound', 'keys are configured: this node signs no tokens');
      return signToken(options.developmentSecret, { name: body.name, lifetimeMs: gatewayLimits.tokenLifetimeMs });
    },
  });
}

const endSessionsRoute = apiRoute({
  method: 'post',
  path: '/v1/admin/end-sessions',
  summary: "Ends a user's sessions",
  description: 'Those whose token was issued before `issuedBefore` (now by default). The answer comes when the order was given.',
  access: 'admin',
  pathSchema: noFields,
  querySchema: noFields,
  bodySchema: z.object({ user: idSchema, issuedBefore: z.int().min(0).optional().describe('ms since 1970') }),
  answerSchema: z.object({ user: idSchema, issuedBefore: z.int() }),
  answerStatus: ['202 Accepted', 'the order was given'],
  async handle(context, { body }) {
    const frame = newEndSessions();
    frame.user = body.user;
    frame.issuedBefore = Math.min(body.issuedBefore ?? Date.now(), Number.MAX_SAFE_INTEGER);
    context.engine.toOwner(frame);
    return { user: frame.user, issuedBefore: frame.issuedBefore };
  },
});
