// `parley serve` as a process on the embedded store: starts, serves, stops in order, and says in one sentence why it cannot start.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { top } from '../../_util/source-files.ts';

const main = join(top, 'dist/core/cli/main.js');

interface Process {
  readonly url: string;
  readonly exit: Promise<number | null>;
  stop(): void;
}

async function serve(directory: string): Promise<Process> {
  const child = spawn(process.execPath, [main, 'serve', '--port', '0', '--data', directory, '--log', 'warn'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const exit = new Promise<number | null>((resolve) => child.once('exit', resolve));
  let output = '';
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      const found = /http:\S+/.exec(output);
      if (found !== null) resolve(found[0]);
    });
    child.once('exit', (code) => reject(new Error(`exit ${code}: ${output}`)));
  });
  return { url, exit, stop: () => void child.kill('SIGTERM') };
}

/** Runs to the end. */
function parley(args: readonly string[], environment: Record<string, string> = {}): { code: number | null; out: string; error: string } {
  const result = spawnSync(process.execPath, [main, ...args], {
    encoding: 'utf8',
    env: { ...process.env, ...environment },
    timeout: 15_000,
  });
  return { code: result.status, out: result.stdout, error: result.stderr };
}

function newDirectory(): string {
  return mkdtempSync(join(tmpdir(), 'parley-cli-'));
}

async function me(url: string): Promise<unknown> {
  const { token } = (await (await fetch(`${url}v1/dev/token`, { method: 'POST', body: '{"name":"ann"}' })).json()) as { token: string };
  return (await fetch(`${url}v1/me`, { headers: { authorization: `Bearer ${token}` } })).json();
}

describe('parley serve', () => {
  it('needs the built program', () => {
    expect(existsSync(main), 'npm run build:code').toBe(true);
  });

  it('stops on SIGTERM and finds everything again', async () => {
    const directory = newDirectory();
    const first = await serve(directory);
    expect((await fetch(`${first.url}readyz`)).status).toBe(200);
    const ann = await me(first.url);
    first.stop();
    expect(await first.exit).toBe(0);
    const second = await serve(directory);
    expect(await me(second.url)).toEqual(ann);
    const locked = parley(['serve', '--port', '0', '--data', directory]);
    expect(locked).toMatchObject({ code: 1 });
    expect(locked.error).toMatch(/parley serve: store .*/);
    second.stop();
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

  it('says which value is wrong', () => {
    expect(parley(['serve'], { PARLEY_PORT: 'x' })).toMatchObject({ code: 1 });
    expect(parley(['serve', '--nonsense'])).toMatchObject({ code: 2 });
    expect(parley(['nonsense'])).toMatchObject({ code: 2 });
    expect(parley(['--help']).out).toContain('parley serve');
    expect(parley(['serve', '--help']).out).toContain('PARLEY_PORT');
  }, 60_000);
});
