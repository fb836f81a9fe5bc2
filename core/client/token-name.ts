/**
 * Name of a token's user: the `sub` of a JWT, without any check (the server does that). Only names the store.
 */

import { decodeBase64url } from '../protocol/base64url.ts';
import { decodeUtf8 } from '../protocol/utf8.ts';

/** '' when the token is no JWT. */
export function userNameOf(token: string): string {
  const payload = decodeBase64url(token.split('.').at(1) ?? '');
  if (payload === null) return '';
  try {
    const claims: unknown = JSON.parse(decodeUtf8(payload) ?? '{}');
    return typeof claims === 'object' && claims !== null && 'sub' in claims ? String(claims.sub) : '';
  } catch {
    return '';
  }
}
