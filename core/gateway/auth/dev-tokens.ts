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
import { gatewayLimits } from '../limits.ts';

const fileName = 'development-secret';

/** The secret of `directory`, made if there is none; without a directory one for this process. */
export function developmentSecret(directory: string | null): Uint8Array {
  if (directory === null) return randomBytes(32);
  const path = join(directory, fileName);
  if (!existsSync(path)) writeFileSync(path, `${randomBytes(32).toString('hex')}\n`, { mode: 0o600 });
  const secret = Buffer.from(readFileSync(path, 'utf8').trim(), 'hex');
  if (secret.length < 32) throw new Error(`${path} holds no secret of 32 bytes: delete it, a new one is made`);
  return secret;
}

export interface DevelopmentToken {
  readonly token: string;
  readonly expiresAtMs: number;
}

export async function signDevelopmentToken(secret: Uint8Array, name: string): Promise<DevelopmentToken> {
  const nowSeconds = Math.floor(Date.now() / 1000);
  const expiresAtSeconds = nowSeconds + gatewayLimits.tokenLifetimeMs / 1000;
  const token = await new SignJWT({})
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(name)
    .setIssuedAt(nowSeconds)
    .setExpirationTime(expiresAtSeconds)
    .sign(secret);
  return { token, expiresAtMs: expiresAtSeconds * 1000 };
}
