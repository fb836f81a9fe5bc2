/**
 * Keys of a JWKS: from a URL (jose fetches, caches and rotates), or from a file that is read again when it changed.
 */
import { readFileSync, statSync } from 'node:fs';
import { createLocalJWKSet, createRemoteJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';

/** @throws Error when a file cannot be read or holds no JWKS: at the start, where someone sees it. */
export function createKeySet(fileOrUrl: string): JWTVerifyGetKey {
  if (/^https?:/i.test(fileOrUrl)) return createRemoteJWKSet(new URL(fileOrUrl));
  return createFileKeySet(fileOrUrl);
}

function createFileKeySet(path: string): JWTVerifyGetKey {
  let readAtMs = statSync(path).mtimeMs;
  let keys = readKeys(path);
  const reload = (): boolean => {
    try {
      const changedAtMs = statSync(path).mtimeMs;
      if (changedAtMs === readAtMs) return false;
      keys = readKeys(path);
      readAtMs = changedAtMs;
      return true;
    } catch {
      // Being written just now, or gone: the keys we have stay good.
      return false;
    }
  };
  return async (header, token) => {
    reload();
    try {
      return await keys(header, token);
    } catch (error) {
      if (error instanceof errors.JWKSNoMatchingKey && reload()) return keys(header, token);
      throw error;
    }
  };
}

function readKeys(path: string): JWTVerifyGetKey {
  return createLocalJWKSet(JSON.parse(readFileSync(path, 'utf8')) as JSONWebKeySet);
}
