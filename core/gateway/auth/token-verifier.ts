/**
 * Verifies tokens: JWT signed with one of our secrets (HS256), or by a key of a JWKS.
 *
 * Method: jose does the cryptography; here are the rules. `exp` and `iat` are required: sessions end by them. `sub` is the user's external
 * name, at most nameBytesMax bytes. Nothing is cached but keys.
 */
import { errors, type JWTPayload, type JWTVerifyGetKey, type JWTVerifyOptions, jwtVerify } from 'jose';
import { ErrorCode } from '../../protocol/generated/codes.ts';
import { defaultLimits } from '../../protocol/limits.ts';
import { utf8Length, wellFormed } from '../../protocol/utf8.ts';

export interface VerifiedToken {
  readonly name: string;
  readonly issuedAtMs: number;
  readonly expiresAtMs: number;
}

export type TokenAnswer = ({ readonly ok: true } & VerifiedToken) | { readonly ok: false; readonly code: number; readonly why: string };

export interface TokenVerifier {
  verify(token: string): Promise<TokenAnswer>;
}

export interface TokenKeys {
  /** HS256; the first signs nothing here: all verify, so that a new one can be brought in before the old one goes. */
  readonly secrets: readonly Uint8Array[];
  readonly jwks: JWTVerifyGetKey | null;
  readonly issuer?: string | undefined;
  readonly audience?: string | undefined;
}

const asymmetric = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'];
/** Clocks of issuer and node may differ by so much. */
const clockToleranceSeconds = 5;

export function createTokenVerifier(keys: TokenKeys): TokenVerifier {
  const shared: JWTVerifyOptions = {
    requiredClaims: ['exp', 'iat', 'sub'],
    clockTolerance: clockToleranceSeconds,
    ...(keys.issuer === undefined ? {} : { issuer: keys.issuer }),
    ...(keys.audience === undefined ? {} : { audience: keys.audience }),
  };
  return {
    async verify(token) {
      let failure: unknown = new Error('no key is configured');
      for (const secret of keys.secrets) {
        try {
          const { payload } = await jwtVerify(token, secret, { ...shared, algorithms: ['HS256'] });
          return accept(payload);
        } catch (error) {
          failure = error;
          if (!(error instanceof errors.JWSSignatureVerificationFailed)) break;
        }
      }
      if (keys.jwks !== null && !(failure instanceof errors.JWTExpired)) {
        try {
          const { payload } = await jwtVerify(token, keys.jwks, { ...shared, algorithms: asymmetric });
          return accept(payload);
        } catch (error) {
          failure = error;
        }
      }
      return refuse(failure);
    },
  };
}

function accept(payload: JWTPayload): TokenAnswer {
  const { sub, iat, exp } = payload;
  const isName = typeof sub === 'string' && sub !== '' && wellFormed(sub) && utf8Length(sub) <= defaultLimits.nameBytesMax;
  if (!isName) return invalid(`sub must be a string of 1 to ${defaultLimits.nameBytesMax} bytes`);
  if (typeof iat !== 'number' || typeof exp !== 'number') return invalid('iat and exp must be numbers');
  if (!isTime(iat) || !isTime(exp)) return invalid('iat or exp is no time');
  if (iat > Date.now() / 1000 + clockToleranceSeconds) return invalid('iat lies in the future');
  return { ok: true, name: sub, issuedAtMs: Math.floor(iat * 1000), expiresAtMs: Math.floor(exp * 1000) };
}

function refuse(failure: unknown): TokenAnswer {
  if (failure instanceof errors.JWTExpired) return { ok: false, code: ErrorCode.tokenExpired, why: 'the token expired' };
  // Keys that cannot be fetched are our trouble, not the client's token's.
  if (failure instanceof errors.JWKSTimeout || (failure instanceof TypeError && failure.message.includes('fetch'))) {
    return { ok: false, code: ErrorCode.unavailable, why: 'the signing keys cannot be fetched now' };
  }
  return invalid(failure instanceof Error ? failure.message : 'the token does not verify');
}

function invalid(why: string): TokenAnswer {
  return { ok: false, code: ErrorCode.tokenInvalid, why };
}

function isTime(seconds: number): boolean {
  return seconds >= 0 && seconds * 1000 <= Number.MAX_SAFE_INTEGER / 2;
}
