/**
 * Errors of the library: one class that answers the caller's questions itself. Worth trying again? Who can change it?
 */
import { errorName } from '../protocol/generated/codes.ts';

/** Who can do something about an error: the caller, the peer, nobody but time (server, network), or the authors of this library. */
export type Blame = 'caller' | 'peer' | 'server' | 'network' | 'library';

/** Local codes beside the names of the protocol's codes (`errorCodes` in PROTOCOL.md). */
export type LocalCode = 'closed' | 'timeout' | 'outboxFull' | 'storeFailed' | 'tokenMissing' | 'notConnected' | 'noTransport';

export class ParleyError extends Error {
  override readonly name = 'ParleyError';
  /** Name of a protocol code (`blocked`, `noSuchUser`, `busy`, …) or a `LocalCode`. */
  readonly code: string;
  readonly blame: Blame;
  /** The same call may succeed later without a change by the caller. */
  readonly retry: boolean;
  /** Wait at least so long before; 0: as you like. */
  readonly retryAfterMs: number;

  constructor(code: string, message: string, retryAfterMs = 0, options?: { readonly cause?: unknown }) {
    super(message, options);
    const [blame, retry] = judgements[code] ?? ['server', false];
    this.code = code;
    this.blame = blame;
    this.retry = retry;
    this.retryAfterMs = retryAfterMs;
  }
}

/** The error of a protocol code. */
export function errorOfCode(code: number, retryAfterMs = 0): ParleyError {
  const name = errorName(code);
  return new ParleyError(name, sentences[name] ?? `the server answered ${name}`, retryAfterMs);
}

const judgements: Readonly<Record<string, readonly [Blame, boolean]>> = {
  blocked: ['peer', false],
  notAuthor: ['caller', false],
  noSuchTarget: ['caller', false],
  notMember: ['caller', false],
  noSuchUser: ['caller', false],
  tooLarge: ['caller', false],
  badSend: ['caller', false],
  unsupported: ['caller', false],
  busy: ['server', true],
  unavailable: ['server', true],
  moved: ['server', true],
  delayed: ['server', true],
  rateLimited: ['caller', true],
  tokenInvalid: ['caller', false],
  tokenExpired: ['caller', true],
  tokenMissing: ['caller', true],
  wrongUser: ['caller', false],
  sessionEnded: ['caller', false],
  tooManyConnections: ['server', true],
  goingAway: ['server', true],
  helloTimeout: ['network', true],
  idle: ['network', true],
  slow: ['network', true],
  superseded: ['library', true],
  lowerAttempt: ['library', true],
  malformed: ['library', false],
  outOfOrder: ['library', false],
  frameTooLarge: ['library', false],
  protocolVersion: ['library', false],
  closed: ['caller', false],
  timeout: ['network', true],
  notConnected: ['caller', true],
  outboxFull: ['caller', true],
  storeFailed: ['caller', true],
  noTransport: ['network', true],
};

const sentences: Readonly<Record<string, string>> = {
  blocked: 'the other person blocks you',
  notAuthor: 'only the author may edit or delete a message',
  noSuchTarget: 'there is no such message, or it was deleted',
  notMember: 'you are no member of this conversation',
  noSuchUser: 'there is no such person',
  tooLarge: 'the text is too long',
  badSend: 'the message is empty or not well formed',
  unsupported: 'the server does not serve this yet',
  busy: 'the server is busy',
  unavailable: 'the server cannot read or write now',
  rateLimited: 'too many requests in a short time',
  tokenInvalid: 'the token was not accepted',
  tokenExpired: 'the token has expired',
  wrongUser: 'the token is of another user',
  sessionEnded: 'this session was ended',
  tooManyConnections: 'the server is full',
  goingAway: 'the server restarts',
  protocolVersion: 'the server does not speak this version of the protocol',
};
