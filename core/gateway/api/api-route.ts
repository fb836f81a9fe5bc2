/**
 * What a route of the HTTP API is: one definition from which the router, the validation and the OpenAPI document follow.
 */
import type { z } from 'zod';
import type { VerifiedToken } from '../auth/token-verifier.ts';
import type { EngineAccess, FailedRequests } from '../engine-access.ts';
import type { EngineCall } from './engine-call.ts';

/** - `user`: a user's token · `admin`: the administrator's secret · `none`: anyone */
export type Access = 'user' | 'admin' | 'none';

export interface ApiContext {
  readonly engine: EngineAccess;
  /** Logs the caller in; only where access is `user`. Closed by the router. */
  call(): Promise<EngineCall>;
  /** Logs in the user of a name, who is made if there is none; only where access is `admin`. Closed by the router. */
  callAs(name: string): Promise<EngineCall>;
  readonly token: VerifiedToken | null;
  header(name: string): string;
  /** null: sends that find the store down are not kept. */
  readonly failedRequests: FailedRequests | null;
  /** Answers with the route's other status. */
  answersOther(): void;
}

export interface ApiRoute<
  Path extends z.ZodObject = z.ZodObject,
  Query extends z.ZodObject = z.ZodObject,
  Body extends z.ZodType = z.ZodType,
> {
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  /** As `/v1/users/{id}`; the members of `pathSchema` in their order. */
  readonly path: string;
  readonly summary: string;
  readonly description: string;
  readonly access: Access;
  readonly headers?: Readonly<Record<string, string>>;
  readonly pathSchema: Path;
  readonly querySchema: Query;
  readonly bodySchema: Body | null;
  readonly answerSchema: z.ZodType;
  /** Status of success and what it means. */
  readonly answerStatus: readonly [string, string];
  /** Another success: its status, what it means, its shape. */
  readonly otherAnswer?: readonly [string, string, z.ZodType];
  handle(context: ApiContext, input: { path: z.output<Path>; query: z.output<Query>; body: z.output<Body> }): Promise<unknown>;
}

/** Keeps the types of one definition together and forgets them for the table. */
export function apiRoute<Path extends z.ZodObject, Query extends z.ZodObject, Body extends z.ZodType>(
  route: ApiRoute<Path, Query, Body>,
): ApiRoute {
  return route as unknown as ApiRoute;
}
