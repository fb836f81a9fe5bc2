// Goal: the built server as a process of its own, on a free port and a data directory that outlives a restart.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { top } from '../_util/source-files.ts';

const program = join(top, 'dist/core/cli/main.js');
const page = join(top, 'dist/dashboards/chat/index.html');
const readyMsMax = 20_000;

export class ServerProcess {
  readonly url: string;
  private readonly port: number;
  private readonly data = mkdtempSync(join(tmpdir(), 'parley-page-'));
  private child: ChildProcess | null = null;
  private said = '';

  constructor(port: number) {
    this.port = port;
    this.url = `http://127.0.0.1:${port}/`;
  }

  async start(): Promise<void> {
    for (const built of [program, page]) if (!existsSync(built)) throw new Error(`${built} is missing: npm run build`);
    const env = { ...process.env, PARLEY_PORT: String(this.port), PARLEY_DATA: this.data, PARLEY_LOG: 'warn' };
    const child = spawn(process.execPath, [program, 'serve'], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes: Buffer) => (this.said += String(bytes)));
    this.child = child;
    const endMs = Date.now() + readyMsMax;
    while (!(await this.isReady())) {
      if (child.exitCode !== null || Date.now() > endMs) throw new Error(`the server is not ready:\n${this.said}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** SIGTERM, as an operator stops it. Throws when it does not end with 0. */
  async stop(): Promise<void> {
    const { child } = this;
    if (child === null) return;
    this.child = null;
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    const [code] = await ended;
    if (code !== 0) throw new Error(`the server ended with ${String(code)}:\n${this.said}`);
  }

  /** Ends it and removes its data. */
  async remove(): Promise<void> {
    await this.stop();
    rmSync(this.data, { recursive: true, force: true });
  }

  private async isReady(): Promise<boolean> {
    try {
      return (await fetch(`${this.url}readyz`)).ok;
    } catch {
      return false;
    }
  }
}

/** A server on a port nobody listens on. */
export async function newServer(): Promise<ServerProcess> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  probe.close();
  await once(probe, 'close');
  return new ServerProcess(address.port);
}
