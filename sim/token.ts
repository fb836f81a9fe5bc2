/** Tokens of a run: readable text in place of a signed JWT, because signatures are the gateway's business. */
import { ErrorCode } from '../core/protocol/generated/codes.ts';

export interface SimToken {
  readonly name: string;
  readonly issuedAtMs: number;
  readonly expiresAtMs: number;
}

export function writeToken(token: SimToken): string {
  return `${token.name}|${token.issuedAtMs}|${token.expiresAtMs}`;
}

/** A new one, of somebody who may log in. */
export function freshToken(name: string, nowMs: number, lifeMs: number): string {
  return writeToken({ name, issuedAtMs: nowMs, expiresAtMs: nowMs + lifeMs });
}

function readToken(text: string): SimToken | null {
  const parts = text.split('|');
  if (parts.length !== 3) return null;
  return { name: parts[0], issuedAtMs: Number(parts[1]), expiresAtMs: Number(parts[2]) };
}

/** The token, or the code that says what is wrong with it. */
export function judgeToken(text: string, nowMs: number): SimToken | number {
  const token = readToken(text);
  if (token === null) return ErrorCode.tokenInvalid;
  return token.expiresAtMs <= nowMs ? ErrorCode.tokenExpired : token;
}
