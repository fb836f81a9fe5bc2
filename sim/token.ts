/** Tokens of a run: readable text in place of a signed JWT, because signatures are the gateway's business. */

export interface SimToken {
  readonly name: string;
  readonly issuedAtMs: number;
  readonly expiresAtMs: number;
}

export function writeToken(token: SimToken): string {
  return `${token.name}|${token.issuedAtMs}|${token.expiresAtMs}`;
}

export function readToken(text: string): SimToken | null {
  const parts = text.split('|');
  if (parts.length !== 3) return null;
  return { name: parts[0], issuedAtMs: Number(parts[1]), expiresAtMs: Number(parts[2]) };
}
