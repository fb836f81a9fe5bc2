/** Which pages may call: the same rule as for sockets, told to browsers in their way. */
import type { Origins } from '../auth/origins.ts';
import type { Exchange } from './exchange.ts';
import { Problem } from './problem.ts';

const allowedHeaders = 'authorization, content-type, idempotency-key, parley-poll, parley-poll-number';
const exposedHeaders = 'parley-poll, retry-after';
const preflightSeconds = '600';

/** @throws Problem when the page may not. Adds the headers that another origin's page needs. */
export function checkOrigin(exchange: Exchange, origins: Origins): void {
  const origin = exchange.header('origin');
  if (origin === '') return;
  if (!origins.allows(origin, exchange.header('host')))
    throw new Problem(403, 'originNotAllowed', 'this origin is not allowed (PARLEY_ORIGINS)');
  exchange.addAnswerHeader('access-control-allow-origin', origin);
  exchange.addAnswerHeader('access-control-expose-headers', exposedHeaders);
  exchange.addAnswerHeader('vary', 'origin');
}

export function answerPreflight(exchange: Exchange, methods: string): void {
  exchange.addAnswerHeader('access-control-allow-methods', methods);
  exchange.addAnswerHeader('access-control-allow-headers', allowedHeaders);
  exchange.addAnswerHeader('access-control-max-age', preflightSeconds);
  exchange.send('204 No Content', {}, '');
}
