/** Errors of the HTTP API: problem+json of RFC 9457, with the protocol's code by name. */
import { ErrorCode, errorName } from '../../protocol/generated/codes.ts';
import type { Exchange } from './exchange.ts';

const statusTexts: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  409: 'Conflict',
  410: 'Gone',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  422: 'Unprocessable Content',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  501: 'Not Implemented',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
};

/** An error that says how it is answered. Thrown by API handlers. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly status: number;
  /** Name of an ErrorCode, or one of HTTP's own (`badRequest`, `notFound`, …). */
  readonly code: string;
  readonly retryAfterMs: number;
  /** Further members of the answer. */
  readonly members: Readonly<Record<string, unknown>>;

  constructor(status: number, code: string, detail: string, retryAfterMs = 0, members: Readonly<Record<string, unknown>> = {}) {
    super(detail);
    this.status = status;
    this.code = code;
    this.retryAfterMs = retryAfterMs;
    this.members = members;
  }
}

const statusOfCode: Readonly<Record<number, number>> = {
  [ErrorCode.blocked]: 403,
  [ErrorCode.notAuthor]: 403,
  [ErrorCode.noSuchTarget]: 404,
  [ErrorCode.notMember]: 403,
  [ErrorCode.noSuchUser]: 404,
  [ErrorCode.tooLarge]: 413,
  [ErrorCode.badSend]: 400,
  [ErrorCode.unsupported]: 501,
  [ErrorCode.busy]: 503,
  [ErrorCode.unavailable]: 503,
  [ErrorCode.gap]: 409,
  [ErrorCode.moved]: 503,
  [ErrorCode.delayed]: 503,
  [ErrorCode.rateLimited]: 429,
  [ErrorCode.reset]: 409,
  [ErrorCode.malformed]: 400,
  [ErrorCode.tokenInvalid]: 401,
  [ErrorCode.tokenExpired]: 401,
  [ErrorCode.sessionEnded]: 401,
  [ErrorCode.wrongUser]: 403,
  [ErrorCode.goingAway]: 503,
};

export function problemOfCode(code: number, detail: string, retryAfterMs = 0, members: Readonly<Record<string, unknown>> = {}): Problem {
  return new Problem(statusOfCode[code] ?? 500, errorName(code), detail, retryAfterMs, members);
}

export function sendProblem(exchange: Exchange, problem: Problem): void {
  const { status, code, retryAfterMs, message, members } = problem;
  const title = statusTexts[status] ?? 'Error';
  const body = {
    type: `urn:parley:problem:${code}`,
    title,
    status,
    detail: message,
    code,
    ...(retryAfterMs > 0 ? { retryAfterMs } : {}),
    ...members,
  };
  const headers: Record<string, string> = { 'content-type': 'application/problem+json', 'cache-control': 'no-store' };
  if (retryAfterMs > 0) headers['retry-after'] = String(Math.ceil(retryAfterMs / 1000));
  if (status === 401) headers['www-authenticate'] = 'Bearer';
  exchange.send(`${status} ${title}`, headers, JSON.stringify(body));
}
