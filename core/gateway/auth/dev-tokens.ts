/**
 * Development mode: when no key is configured, the node signs tokens itself for any name that is typed on the page.
 *
 * Method: the secret is random and kept in the data directory, so that a page's token outlives a restart. Anyone who reaches the
 * port is anyone: the log and the page say so.
 */
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SignJWT } from 'jose';

export const developmentSecretFile = 'development-secret';

/** The secret of `directory`, made if there is none; without a directory one for this process. */
export function developmentSecret(directory: string | null): Uint8Array {
  if (directory === null) return randomBytes(32);
  const path = join(directory, developmentSecretFile);
  if (!existsSync(path)) writeFileSync(path, `${randomBytes(32).toString('hex')}\n`, { mode: 0o600 });
  const secret = Buffer.from(readFileSync(path, 'utf8').trim(), 'hex');
  if (secret.length < 32) throw new Error(`${path} holds no secret of 32 bytes: delete it, a new one is made`);
  return secret;
}

export interface SignedToken {
  readonly token: string;
  /** ms since 1970. */
  readonly expiresAt: number;
}

export interface TokenWish {
  readonly name: string;
  readonly lifetimeMs: number;
  /** '': none. */
  readonly issuer?: string;
  readonly audience?: string;
}

export async function signToken(secret: Uint8Array, wish: TokenWish): Promise<SignedToken> {
  const { name, lifetimeMs, issuer = '', audience = '' } = wish;
  const nowSeconds = Math.floor(Date.now() / 1000);
  const expiresAtSeconds = nowSeconds + Math.floor(lifetimeMs / 1000);
  const jwt = new SignJWT({})
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(name)
    .setIssuedAt(nowSeconds)
    .setExpirationTime(expiresAtSeconds);
  if (issuer !== '') jwt.setIssuer(issuer);
  if (audience !== '') jwt.setAudience(audience);
  return { token: await jwt.sign(secret), expiresAt: expiresAtSeconds * 1000 };
}
