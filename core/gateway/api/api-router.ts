/**
 * Answers the routes of the HTTP API: validates, logs in, calls the handler, and turns whatever comes out into JSON or a problem.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { z } from 'zod';
import { parseJson } from '../../protocol/json.ts';
import type { TokenVerifier, VerifiedToken } from '../auth/token-verifier.ts';
import type { EngineAccess, FailedRequests } from '../engine-access.ts';
import { bearerOf, verifyBearer } from '../http/bearer.ts';
import type { Exchange } from '../http/exchange.ts';
import { Problem } from '../http/problem.ts';
import { gatewayLimits } from '../limits.ts';
import type { ApiContext, ApiRoute } from './api-route.ts';
import { EngineCall } from './engine-call.ts';

export interface ApiOptions {
  readonly engine: EngineAccess;
  readonly verifier: TokenVerifier;
  /** '' : no administrator. */
  readonly adminSecret: string;
  readonly failedRequests: FailedRequests | null;
}

let requestsOpen = 0;

export async function answerApi(exchange: Exchange, route: ApiRoute, body: Uint8Array | null, options: ApiOptions): Promise<void> {
  if (requestsOpen >= gatewayLimits.requestsOpenMax) throw new Problem(503, 'busy', 'too many requests at once', 1_000);
  const calls: EngineCall[] = [];
  requestsOpen++;
  try {
    const token = await authorize(exchange, route, options);
    const input = {
      path: validated(route.pathSchema, pathOf(exchange, route), 'path'),
      query: validated(route.querySchema, Object.fromEntries(new URLSearchParams(exchange.query)), 'query'),
      body: route.bodySchema === null ? undefined : validated(route.bodySchema, bodyOf(body), 'body'),
    };
    let [status] = route.answerStatus;
    const answersOther = (): void => {
      status = route.otherAnswer?.[0] ?? status;
    };
    const answer = await route.handle(createContext(exchange, route, token, { options, calls, answersOther }), input);
    exchange.sendJson(status, answer);
  } finally {
    requestsOpen--;
    for (const call of calls) call.close();
  }
}

async function authorize(exchange: Exchange, route: ApiRoute, options: ApiOptions): Promise<VerifiedToken | null> {
  switch (route.access) {
    case 'none':
      return null;
    case 'user':
      return verifyBearer(exchange, options.verifier);
    case 'admin':
      if (options.adminSecret === '') throw new Problem(404, 'notFound', 'no PARLEY_ADMIN_SECRET is set: there is no administrator');
      if (!equalSecrets(bearerOf(exchange), options.adminSecret))
        throw new Problem(401, 'tokenInvalid', "this is not the administrator's secret");
      return null;
    default:
      throw new Error('unreachable: unknown access');
  }
}

function createContext(
  exchange: Exchange,
  route: ApiRoute,
  token: VerifiedToken | null,
  { options, calls, answersOther }: { readonly options: ApiOptions; readonly calls: EngineCall[]; readonly answersOther: () => void },
): ApiContext {
  const kept = (call: EngineCall): EngineCall => {
    calls.push(call);
    return call;
  };
  return {
    engine: options.engine,
    token,
    failedRequests: options.failedRequests,
    answersOther,
    header: (name) => exchange.header(name),
    async call() {
      if (token === null) throw new Error('a route without a user cannot call the engine');
      return kept(await EngineCall.open(options.engine, token));
    },
    async callAs(name) {
      if (route.access !== 'admin') throw new Error('only the administrator acts for others');
      const nowMs = Date.now();
      return kept(await EngineCall.open(options.engine, { name, issuedAtMs: nowMs, expiresAtMs: nowMs + gatewayLimits.requestMs }, true));
    },
  };
}

function pathOf(exchange: Exchange, route: ApiRoute): Record<string, string> {
  const names = Object.keys(route.pathSchema.shape);
  return Object.fromEntries(names.map((name, index) => [name, exchange.parameters[index] ?? '']));
}

function bodyOf(body: Uint8Array | null): unknown {
  if (body === null) throw new Problem(413, 'tooLarge', `a body has at most ${gatewayLimits.bodyBytesMax} bytes`);
  const value = parseJson(Buffer.from(body).toString('utf8'));
  if (value === undefined) throw new Problem(400, 'badRequest', 'the body is no JSON');
  return value;
}

function validated<Schema extends z.ZodType>(schema: Schema, value: unknown, where: string): z.output<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issues = result.error.issues.map((issue) => ({ path: [where, ...issue.path].join('.'), message: issue.message }));
  throw new Problem(400, 'badRequest', issues.map((issue) => `${issue.path}: ${issue.message}`).join('; '), 0, { issues });
}

/** Compares digests, so that neither length nor prefix shows in the time it takes. */
function equalSecrets(left: string, right: string): boolean {
  return timingSafeEqual(createHash('sha256').update(left).digest(), createHash('sha256').update(right).digest());
}
