/** The token of an HTTP request: `Authorization: Bearer …`, never a URL. */

import { defaultLimits } from '../../protocol/limits.ts';
import type { TokenVerifier, VerifiedToken } from '../auth/token-verifier.ts';
import type { Exchange } from './exchange.ts';
import { Problem, problemOfCode } from './problem.ts';

/** @throws Problem when there is none or it does not verify. */
export async function verifyBearer(exchange: Exchange, verifier: TokenVerifier): Promise<VerifiedToken> {
  const answer = await verifier.verify(bearerOf(exchange));
  if (!answer.ok) throw problemOfCode(answer.code, answer.why);
  return answer;
}

export function bearerOf(exchange: Exchange): string {
  const match = /^Bearer +([^\s]+) *$/i.exec(exchange.header('authorization'));
  const token = match?.[1] ?? '';
  if (token === '') throw new Problem(401, 'tokenMissing', 'send the token as Authorization: Bearer …');
  if (token.length > defaultLimits.tokenBytesMax) throw new Problem(401, 'tokenInvalid', 'the token is too long');
  return token;
}
