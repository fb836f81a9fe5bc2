// The command line around the server: help, suggestions, versions, tokens, and the check of a data directory; all as processes.
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { suggest } from '../../../core/cli/suggest.ts';
import { top } from '../../_util/source-files.ts';
import { newDirectory, parley, type Server, serve } from './parley.ts';

describe('parley', () => {
  it('shows its help, that of each command, and its version', () => {
    const help = parley(['--help']);
    expect(help.code).toBe(0);
    const names = [...help.out.matchAll(/^ {2}parley (\w+) {3,}/gm)].map((match) => match[1] ?? '');
    expect(names).toEqual(['serve', 'doctor', 'store', 'hbase', 'failed', 'token', 'sim']);
    for (const name of names) {
      const page = parley(['help', name]);
      expect(page).toMatchObject({ code: 0, error: '', out: expect.stringContaining(`parley ${name}:`) });
      expect(parley([name, '--help']).out).toBe(page.out);
    }
    const { version } = JSON.parse(readFileSync(join(top, 'package.json'), 'utf8')) as { version: string };
    expect(parley(['--version'])).toEqual({ code: 0, out: `${version}\n`, error: '' });
  }, 60_000);

  it('answers wrong arguments with exit code 2 and what was meant', () => {
    expect(parley([])).toMatchObject({ code: 2, out: '', error: expect.stringContaining('parley serve') });
    expect(parley(['stroe'])).toMatchObject({ code: 2, error: expect.stringMatching(/no command "stroe"; did you mean "parley store"\?/) });
    expect(parley(['nonsense'])).toMatchObject({ code: 2, error: expect.stringMatching(/^parley: no command "nonsense"\n/) });
    expect(parley(['help', 'serv'])).toMatchObject({ code: 2, error: expect.stringContaining('parley serve') });
    expect(parley(['store', 'chekc', '.'])).toMatchObject({
      code: 2,
      error: expect.stringContaining('did you mean "parley store check"?'),
    });
    for (const args of [
      ['store'],
      ['store', 'check'],
      ['store', 'check', 'a', 'b'],
      ['store', 'check', '.', '--nonsense'],
      ['token'],
      ['token', 'a', '--hours', '0'],
    ]) {
      expect(parley(args), args.join(' ')).toMatchObject({ code: 2, out: '' });
    }
  }, 60_000);

  it.each([
    ['serv', 'serve'],
    ['st', 'store'],
    ['srever', 'serve'],
    ['tokne', 'token'],
    ['x', ''],
    ['', ''],
    ['failed', ''],
  ])('suggests for %s: %s', (word, meant) => {
    expect(suggest(word, ['serve', 'store', 'token', 'sim'])).toBe(meant);
  });
});

describe('parley token', () => {
  it('signs for a development node and for one with a secret', async () => {
    const directory = newDirectory();
    const development = await serve(directory);
    const token = parley(['token', 'ada', '--data', directory]).out.trim();
    expect(await nameOf(development, token)).toBe('ada');
    development.kill('SIGTERM');
    await development.exit;
    const environment = {
      PARLEY_JWT_SECRET: 's'.repeat(32),
      PARLEY_JWT_ISSUER: 'us',
      PARLEY_JWT_AUDIENCE: 'parley',
      PARLEY_CREATE_USERS: 'true',
    };
    const production = await serve(directory, environment);
    expect(await nameOf(production, token)).toBe(401);
    const signed = JSON.parse(parley(['token', 'ada', '--json', '--hours', '1'], environment).out) as { token: string; expiresAt: number };
    expect(await nameOf(production, signed.token)).toBe('ada');
    expect(Math.abs(signed.expiresAt - Date.now() - 3_600_000)).toBeLessThan(60_000);
    const without = parley(['token', 'ada', '--data', join(directory, 'index')]);
    expect(without).toMatchObject({ code: 1, out: '', error: expect.stringMatching(/^parley token: no secret: set PARLEY_JWT_SECRET/) });
  }, 60_000);
});

describe('parley store', () => {
  it('holds for a store of a real run, also after kill -9, and says where its space goes', async () => {
    const directory = newDirectory();
    await chat(await serve(directory), directory);
    const check = parley(['store', 'check', directory, '--json']);
    expect(check).toMatchObject({ code: 0, error: '' });
    expect(JSON.parse(check.out)).toMatchObject({ ok: true, problemCount: 0, conversations: 1 });
    expect(parley(['store', 'check', directory]).out).toMatch(/ holds: \d+ rows, 1 conversations\n$/);
    const stat = JSON.parse(parley(['store', 'stat', directory, '--json']).out) as {
      space: Record<string, { rows: number }>;
      journalFiles: number;
    };
    expect(stat.space).toMatchObject({ 'users/event': { rows: 42 }, 'users/idempotency': { rows: 42 }, 'users/account': { rows: 2 } });
    expect(stat.journalFiles).toBeGreaterThan(0);
    expect(parley(['store', 'stat', directory]).out).toMatch(/users\/event +42 /);
  }, 60_000);

  it('says in one sentence why it cannot look', async () => {
    const directory = newDirectory();
    for (const [path, why] of [
      [join(directory, 'nowhere'), /does not exist/],
      [directory, /holds no store/],
    ] as const) {
      expect(parley(['store', 'check', path])).toMatchObject({ code: 1, out: '', error: expect.stringMatching(why) });
      const { code, out } = parley(['store', 'stat', path, '--json']);
      expect({ code, ...(JSON.parse(out) as object) }).toMatchObject({ code: 1, ok: false, error: expect.stringMatching(why) });
    }
    const server = await serve(directory);
    expect(parley(['store', 'check', directory])).toMatchObject({ code: 1, error: expect.stringMatching(/another process has it open/) });
    server.kill('SIGKILL');
    await server.exit;
    // The identity of a store of format 9: magic, checksum over version and word, version, word.
    const identity = Buffer.alloc(512);
    identity.write('PSTO');
    identity.writeUInt16BE(9, 8);
    identity.writeUInt32BE(crc32(identity.subarray(8, 16)), 4);
    writeFileSync(join(directory, 'identity'), identity);
    const unknown = parley(['store', 'check', directory]);
    expect(unknown).toMatchObject({ code: 1, out: expect.stringMatching(/identity of format 9; this program knows format 1/) });
    rmSync(join(directory, 'identity'));
    expect(parley(['store', 'stat', directory])).toMatchObject({ code: 1, error: expect.stringMatching(/identity is missing/) });
  }, 60_000);
});

/** Two people write, edit, delete and read; then the server dies. */
async function chat(server: Server, directory: string): Promise<void> {
  const [ann, bob] = ['ann', 'bob'].map((name) => parley(['token', name, '--data', directory]).out.trim());
  const call = async (
    token: string | undefined,
    method: string,
    path: string,
    body?: object,
    key = '',
  ): Promise<Record<string, unknown>> => {
    const headers = { authorization: `Bearer ${token}`, ...(key === '' ? {} : { 'idempotency-key': key }) };
    const response = await fetch(`${server.url}v1/${path}`, {
      method,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    expect(response.status, `${method} ${path}`).toBeLessThan(300);
    return (await response.json()) as Record<string, unknown>;
  };
  const ids = [(await call(ann, 'GET', 'me')).id as number, (await call(bob, 'GET', 'me')).id as number].sort(
    (left, right) => left - right,
  );
  const messages = `conversations/${ids[0]}-${ids[1]}/messages`;
  for (let n = 0; n < 40; n++) await call(n % 2 === 0 ? ann : bob, 'POST', messages, { body: `nr ${n}` }, `key ${n}`);
  await call(ann, 'PATCH', `${messages}/1`, { body: 'better' });
  await call(ann, 'DELETE', `${messages}/1`);
  server.kill('SIGKILL');
  await server.exit;
}

async function nameOf(server: Server, token: string): Promise<unknown> {
  const response = await fetch(`${server.url}v1/me`, { headers: { authorization: `Bearer ${token}` } });
  return response.status === 200 ? ((await response.json()) as { name: string }).name : response.status;
}
