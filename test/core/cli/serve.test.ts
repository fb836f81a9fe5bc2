// `parley serve` as a process on the embedded store: starts, serves, stops in order, and says in one sentence why it cannot start.
import { existsSync, statSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { main, newDirectory, parley, serve } from './parley.ts';

async function me(url: string): Promise<unknown> {
  const { token } = (await (await fetch(`${url}v1/dev/token`, { method: 'POST', body: '{"name":"ann"}' })).json()) as { token: string };
  return (await fetch(`${url}v1/me`, { headers: { authorization: `Bearer ${token}` } })).json();
}

describe('parley serve', () => {
  it('needs the built program', () => {
    expect(existsSync(main), 'npm run build:code').toBe(true);
  });

  it('stops on SIGTERM and finds everything again', async () => {
    const directory = join(newDirectory(), 'data');
    const first = await serve(directory);
    expect((await fetch(`${first.url}readyz`)).status).toBe(200);
    const ann = await me(first.url);
    // Messages lie there: for the server's user alone.
    expect(statSync(directory).mode & 0o777).toBe(0o700);
    first.kill('SIGTERM');
    expect(await first.exit).toBe(0);
    const second = await serve(directory);
    expect(await me(second.url)).toEqual(ann);
    const locked = parley(['serve', '--port', '0', '--data', directory]);
    expect(locked).toMatchObject({ code: 1 });
    expect(locked.error).toMatch(/^parley serve: store \S+: another process has it open/);
    second.kill('SIGTERM');
    expect(await second.exit).toBe(0);
  }, 60_000);

  it('says that the port is taken', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    const result = parley(['serve', '--port', String(port), '--store', 'memory', '--log', 'silent']);
    expect(result).toMatchObject({
      code: 1,
      error: `parley serve: cannot listen on 127.0.0.1:${port} (EADDRINUSE); choose another with PARLEY_PORT or --port\n`,
    });
  }, 30_000);

  it('says that the directory is none', () => {
    const file = join(newDirectory(), 'file');
    writeFileSync(file, '');
    const result = parley(['serve', '--port', '0', '--data', join(file, 'data')]);
    expect(result.code).toBe(1);
    expect(result.error).toMatch(/cannot be written \(ENOTDIR\).*PARLEY_DATA/);
  }, 30_000);

  it('says that /proc takes no directory (Node makes it for ever)', () => {
    const result = parley(['serve', '--port', '0', '--data', '/proc/parley/data']);
    expect(result.code).toBe(1);
    expect(result.error).toMatch(/cannot be written \(ENOENT\).*PARLEY_DATA/);
  }, 30_000);

  it('says which value is wrong', () => {
    expect(parley(['serve'], { PARLEY_PORT: 'x' })).toMatchObject({
      code: 2,
      error: expect.stringMatching(/PARLEY_PORT is "x": must be a port/),
    });
    expect(parley(['serve', '--nonsense'])).toMatchObject({ code: 2 });
    expect(parley(['serve', '--help']).out).toContain('PARLEY_PORT');
  }, 60_000);
});
