// Tokens: secrets and their rotation, keys from a file and a URL, and everything a token may lack.
import { mkdtempSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { describe, expect, it, onTestFinished } from 'vitest';
import { developmentSecret, signToken } from '../../../core/gateway/auth/dev-tokens.ts';
import { createKeySet } from '../../../core/gateway/auth/jwks.ts';
import { createTokenVerifier } from '../../../core/gateway/auth/token-verifier.ts';
import { ErrorCode } from '../../../core/protocol/generated/codes.ts';

const secret = new Uint8Array(32).fill(1);
const otherSecret = new Uint8Array(32).fill(2);
const now = () => Math.floor(Date.now() / 1000);

function sign(claims: Record<string, unknown>, key = secret): Promise<string> {
  return new SignJWT({ sub: 'ann', iat: now(), exp: now() + 60, ...claims }).setProtectedHeader({ alg: 'HS256' }).sign(key);
}

describe('secrets', () => {
  it('verify, each of them', async () => {
    const verifier = createTokenVerifier({ secrets: [otherSecret, secret], jwks: null });
    const answer = await verifier.verify(await sign({}));
    expect(answer).toMatchObject({ ok: true, name: 'ann' });
    expect(await verifier.verify(await sign({}, otherSecret))).toMatchObject({ ok: true });
    expect(await verifier.verify(await sign({}, new Uint8Array(32).fill(3)))).toMatchObject({ ok: false, code: ErrorCode.tokenInvalid });
  });

  it.each([
    ['expired', { exp: 1, iat: 0 }, ErrorCode.tokenExpired],
    ['not yet good', { nbf: Math.floor(Date.now() / 1000) + 600 }, ErrorCode.tokenInvalid],
    ['without exp', { exp: undefined }, ErrorCode.tokenInvalid],
    ['without iat', { iat: undefined }, ErrorCode.tokenInvalid],
    ['issued in the future', { iat: Math.floor(Date.now() / 1000) + 600 }, ErrorCode.tokenInvalid],
    ['without sub', { sub: undefined }, ErrorCode.tokenInvalid],
    ['with an empty sub', { sub: '' }, ErrorCode.tokenInvalid],
    ['with a long sub', { sub: 'ö'.repeat(65) }, ErrorCode.tokenInvalid],
    ['with a lone surrogate', { sub: '\ud800' }, ErrorCode.tokenInvalid],
  ])('refuse a token %s', async (_name, claims, code) => {
    const verifier = createTokenVerifier({ secrets: [secret], jwks: null });
    expect(await verifier.verify(await sign(claims))).toMatchObject({ ok: false, code });
  });

  it('refuse a token without a signature', async () => {
    const verifier = createTokenVerifier({ secrets: [secret], jwks: null });
    const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const unsigned = `${part({ alg: 'none' })}.${part({ sub: 'ann', iat: now(), exp: now() + 60 })}.`;
    expect(await verifier.verify(unsigned)).toMatchObject({ ok: false, code: ErrorCode.tokenInvalid });
  });

  it('want issuer and audience when told so', async () => {
    const verifier = createTokenVerifier({ secrets: [secret], jwks: null, issuer: 'us', audience: 'parley' });
    expect(await verifier.verify(await sign({}))).toMatchObject({ ok: false });
    expect(await verifier.verify(await sign({ iss: 'us', aud: 'parley' }))).toMatchObject({ ok: true });
  });

  it('of development outlive a restart', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'parley-secret-'));
    const first = developmentSecret(directory);
    expect(developmentSecret(directory)).toEqual(first);
    const { token } = await signToken(first, { name: 'ann', lifetimeMs: 60_000 });
    expect(await createTokenVerifier({ secrets: [first], jwks: null }).verify(token)).toMatchObject({ ok: true, name: 'ann' });
  });
});

describe('a JWKS', () => {
  async function keyPair(kid: string): Promise<{ jwk: object; token: () => Promise<string> }> {
    const { publicKey, privateKey } = await generateKeyPair('ES256');
    const jwk = { ...(await exportJWK(publicKey)), kid, alg: 'ES256', use: 'sig' };
    const claims = { sub: 'ann', iat: now(), exp: now() + 60 };
    return { jwk, token: () => new SignJWT(claims).setProtectedHeader({ alg: 'ES256', kid }).sign(privateKey) };
  }

  it('in a file is read again when it changed', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'parley-jwks-')), 'keys.json');
    const [one, two] = [await keyPair('one'), await keyPair('two')];
    writeFileSync(file, JSON.stringify({ keys: [one.jwk] }));
    const verifier = createTokenVerifier({ secrets: [], jwks: createKeySet(file) });
    expect(await verifier.verify(await one.token())).toMatchObject({ ok: true, name: 'ann' });
    expect(await verifier.verify(await two.token())).toMatchObject({ ok: false });
    writeFileSync(file, JSON.stringify({ keys: [two.jwk] }));
    utimesSync(file, new Date(), new Date(Date.now() + 5_000));
    expect(await verifier.verify(await two.token())).toMatchObject({ ok: true });
    expect(await verifier.verify(await one.token())).toMatchObject({ ok: false });
  });

  it('at a URL is fetched; one that does not answer is our trouble', async () => {
    const one = await keyPair('one');
    const server = createServer((_request, response) => response.end(JSON.stringify({ keys: [one.jwk] })));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    onTestFinished(() => void server.close());
    const verifier = createTokenVerifier({ secrets: [], jwks: createKeySet(`http://127.0.0.1:${port}/keys`) });
    expect(await verifier.verify(await one.token())).toMatchObject({ ok: true });
    const dead = createTokenVerifier({ secrets: [], jwks: createKeySet('http://127.0.0.1:1/keys') });
    expect(await dead.verify(await one.token())).toMatchObject({ ok: false, code: ErrorCode.unavailable });
  });

  it('never takes its keys for shared secrets', async () => {
    const one = await keyPair('one');
    const file = join(mkdtempSync(join(tmpdir(), 'parley-jwks-')), 'keys.json');
    writeFileSync(file, JSON.stringify({ keys: [one.jwk] }));
    const verifier = createTokenVerifier({ secrets: [], jwks: createKeySet(file) });
    expect(await verifier.verify(await sign({}, new TextEncoder().encode(JSON.stringify(one.jwk))))).toMatchObject({ ok: false });
  });

  it('that cannot be read is told at the start', () => {
    expect(() => createKeySet('no-such-file.json')).toThrow('no-such-file.json');
  });
});
