// Goal: who this tab is. Method: kept in sessionStorage, so that two windows of one browser can be two people and a reload stays the
// same one; `?name=ada` in the address logs in at once (development mode).

export interface Identity {
  readonly name: string;
  /** null: the server is in development mode and signs a token for the name. */
  readonly token: string | null;
}

const storageKey = 'parley-identity';

/** From the address, else from this tab's last time; null: nobody yet. */
export function currentIdentity(): Identity | null {
  const address = new URL(location.href);
  const name = address.searchParams.get('name')?.trim();
  if (name === undefined || name === '') return storedIdentity();
  address.searchParams.delete('name');
  history.replaceState(null, '', address);
  const identity = { name, token: null };
  keepIdentity(identity);
  return identity;
}

export function keepIdentity(identity: Identity): void {
  sessionStorage.setItem(storageKey, JSON.stringify(identity));
}

export function forgetIdentity(): void {
  sessionStorage.removeItem(storageKey);
}

/** The name inside a token (its `sub`), read without checking: the server checks. null: it is no token. */
export function identityOfToken(token: string): Identity | null {
  try {
    const payload = token.split('.')[1].replace(/-/g, '+').replace(/_/g, '/');
    const text = new TextDecoder().decode(Uint8Array.from(atob(payload), (character) => character.charCodeAt(0)));
    const claims: unknown = JSON.parse(text);
    if (typeof claims !== 'object' || claims === null || !('sub' in claims) || typeof claims.sub !== 'string') return null;
    return { name: claims.sub, token };
  } catch {
    return null;
  }
}

function storedIdentity(): Identity | null {
  const stored: unknown = JSON.parse(sessionStorage.getItem(storageKey) ?? 'null');
  if (typeof stored !== 'object' || stored === null || !('name' in stored) || typeof stored.name !== 'string') return null;
  const token = 'token' in stored && typeof stored.token === 'string' ? stored.token : null;
  return { name: stored.name, token };
}
