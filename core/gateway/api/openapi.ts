/**
 * The OpenAPI 3.1 document, made from the very definitions that the router uses.
 */
import { z } from 'zod';
import type { ApiRoute } from './api-route.ts';
import { problemSchema } from './schemas.ts';

type Json = Record<string, unknown>;

export function createOpenApi(routes: readonly ApiRoute[], version: string): Json {
  const paths: Record<string, Json> = {};
  for (const route of routes) {
    const operations = paths[route.path] ?? {};
    operations[route.method] = operationOf(route);
    paths[route.path] = operations;
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Parley',
      version,
      description: 'HTTP API of a Parley node. For live events use the WebSocket at /v1/socket or the long-poll at /v1/poll (PROTOCOL.md).',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    paths,
    components: {
      securitySchemes: {
        user: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: "a user's token" },
        admin: { type: 'http', scheme: 'bearer', description: 'PARLEY_ADMIN_SECRET' },
      },
      schemas: { Problem: schemaOf(problemSchema, 'output') },
    },
  };
}

function operationOf(route: ApiRoute): Json {
  const [status, meaning] = route.answerStatus;
  return {
    summary: route.summary,
    ...(route.description === '' ? {} : { description: route.description }),
    operationId: operationId(route),
    ...(route.access === 'none' ? { security: [] } : { security: [{ [route.access]: [] }] }),
    parameters: [
      ...parametersOf(route.pathSchema, 'path'),
      ...parametersOf(route.querySchema, 'query'),
      ...Object.entries(route.headers ?? {}).map(([name, description]) => ({
        name,
        in: 'header',
        description,
        schema: { type: 'string' },
      })),
    ],
    ...(route.bodySchema === null
      ? {}
      : { requestBody: { required: true, content: { 'application/json': { schema: schemaOf(route.bodySchema, 'input') } } } }),
    responses: {
      [status.slice(0, 3)]: { description: meaning, content: { 'application/json': { schema: schemaOf(route.answerSchema, 'output') } } },
      ...otherAnswerOf(route),
      default: {
        description: 'an error',
        content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    },
  };
}

function otherAnswerOf({ otherAnswer }: ApiRoute): Json {
  if (otherAnswer === undefined) return {};
  const [status, description, schema] = otherAnswer;
  return { [status.slice(0, 3)]: { description, content: { 'application/json': { schema: schemaOf(schema, 'output') } } } };
}

function parametersOf(schema: z.ZodObject, where: 'path' | 'query'): Json[] {
  return Object.entries(schema.shape).map(([name, type]) => {
    const { description, ...rest } = schemaOf(type as z.ZodType, 'input');
    const required = where === 'path' || !(type as z.ZodType).safeParse(undefined).success;
    return { name, in: where, required, ...(description === undefined ? {} : { description }), schema: rest };
  });
}

function schemaOf(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema: _dropped, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  return rest;
}

function operationId(route: ApiRoute): string {
  const words = route.path
    .replace('/v1/', '')
    .split(/[^a-zA-Z]+/)
    .filter((word) => word !== '');
  return route.method + words.map((word) => word[0].toUpperCase() + word.slice(1)).join('');
}
