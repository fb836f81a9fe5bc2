/**
 * The built server as a process of its own on one core, with all its threads, on a fresh directory.
 */
import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../free-port.ts';
import { startMeasured } from './measured-child.ts';

const startMs = 20_000;
const stopMs = 12_000;
const serverPath = 'dist/core/cli/main.js';

export interface BenchServerOptions {
  /** Core for all its threads; null: not pinned. */
  readonly core: number | null;
  /** Before the program: flags of Node. */
  readonly nodeFlags?: readonly string[];
  /** A data directory that was there before and stays; without one a fresh one that goes with the server. */
  readonly directory?: string;
}

export class BenchServer {
  readonly port: number;
  readonly streamPort: number;
  readonly secret: string;
  /** Why it ended without being asked to; '' while it lives. */
  died = '';
  /** The end of what it said on its error output. */
  stderr = '';
  private readonly child: ChildProcess;
  /** Goes with it. */
  private readonly ownDirectory: string | null;
  private stopping = false;

  private constructor(child: ChildProcess, ownDirectory: string | null, ports: readonly [number, number], secret: string) {
    this.child = child;
    this.ownDirectory = ownDirectory;
    [this.port, this.streamPort] = ports;
    this.secret = secret;
    child.stderr?.on('data', (chunk: Buffer) => {
      this.stderr = (this.stderr + chunk.toString()).slice(-4096);
    });
    child.on('error', (error) => {
      this.died = error.message;
    });
    child.on('exit', (code, signal) => {
      if (!this.stopping) this.died = `exit code ${code}, signal ${signal}`;
    });
  }

  /** Starts it and waits until it is ready. @throws when it is not in time. */
  static async start(options: BenchServerOptions): Promise<BenchServer> {
    const directory = options.directory ?? freshDirectory();
    const ports = [await freePort(), await freePort()] as const;
    const secret = randomBytes(32).toString('hex');
    const flags = ['serve', '--port', String(ports[0]), '--stream-port', String(ports[1]), '--data', directory, '--log', 'warn'];
    const args = [...(options.nodeFlags ?? []), serverPath, ...flags];
    const child = startMeasured(options.core, process.execPath, args, {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, PARLEY_JWT_SECRET: secret, PARLEY_CREATE_USERS: 'true' },
    });
    const server = new BenchServer(child, options.directory === undefined ? directory : null, ports, secret);
    const deadline = Date.now() + startMs;
    while (!(await server.isReady())) {
      if (server.died !== '' || Date.now() > deadline) {
        await server.stop();
        throw new Error(`the server did not start${server.died === '' ? '' : `: ${server.died}`}\n${server.stderr}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return server;
  }

  /** taskset replaces itself by the server: the same process. */
  get pid(): number {
    return this.child.pid ?? 0;
  }

  async stop(): Promise<void> {
    this.stopping = true;
    if (this.child.exitCode === null && this.child.signalCode === null && this.child.pid !== undefined) {
      const gone = new Promise((resolve) => this.child.once('exit', resolve));
      this.child.kill('SIGTERM');
      const timer = setTimeout(() => this.child.kill('SIGKILL'), stopMs);
      await gone;
      clearTimeout(timer);
    }
    if (this.ownDirectory !== null) rmSync(this.ownDirectory, { recursive: true, force: true });
  }

  private async isReady(): Promise<boolean> {
    try {
      return (await fetch(`http://127.0.0.1:${this.port}/readyz`)).status === 200;
    } catch {
      return false;
    }
  }
}

/** In the system's place for such things. */
export function freshDirectory(): string {
  return mkdtempSync(join(tmpdir(), 'parley-bench-'));
}
