/**
 * The built server as a child process that is killed and started again, always on the same store and ports.
 *
 * Method: fixed ports below the kernel's range for outgoing connections: on one within it a client that tries to connect while nobody listens
 * may be connected to itself, and then holds the port.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { killLimits } from './limits.ts';

const portsFrom = 22_000;
const portsTo = 22_999;
const stderrKept = 4_096;

export class KillServer {
  readonly port: number;
  readonly streamPort: number;
  /** Signs the users' tokens. */
  readonly secret: string;
  /** Each time it ended although nobody killed or stopped it. */
  readonly died: string[] = [];
  private readonly entry: string;
  private readonly flags: readonly string[];
  private child: ChildProcess | null = null;
  private gone: Promise<string> = Promise.resolve('');
  private ending = false;
  private stderr = '';

  private constructor(entry: string, flags: readonly string[], secret: string, ports: readonly [number, number]) {
    this.entry = entry;
    this.secret = secret;
    this.flags = flags;
    [this.port, this.streamPort] = ports;
    // A run that is ended must not leave its server behind.
    process.once('exit', () => this.child?.kill('SIGKILL'));
  }

  /**
   * @param entry of the command line's program, as dist/core/cli/main.js
   * @param flags which store it serves
   * @param secret of another one that serves the same users
   */
  static async create(entry: string, flags: readonly string[], secret: string = randomBytes(32).toString('hex')): Promise<KillServer> {
    const first = await freePort(portsFrom);
    return new KillServer(entry, flags, secret, [first, await freePort(first + 1)]);
  }

  /** Spawns it; it is not ready yet. */
  spawn(): void {
    const flags = ['serve', '--port', String(this.port), '--stream-port', String(this.streamPort), '--create-users', 'true', ...this.flags];
    const child = spawn(process.execPath, [this.entry, ...flags, '--log', 'warn'], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, PARLEY_JWT_SECRET: this.secret },
    });
    this.child = child;
    this.ending = false;
    this.stderr = '';
    child.stderr.on('data', (chunk: Buffer) => {
      this.stderr = (this.stderr + chunk.toString()).slice(-stderrKept);
    });
    this.gone = new Promise((resolve) => {
      child.once('exit', (code, signal) => {
        if (this.child === child) this.child = null;
        const how = signal === null ? `exit code ${code}` : `signal ${signal}`;
        if (!this.ending) this.died.push(`the server ended by itself: ${how}${this.lastWords()}`);
        resolve(how);
      });
    });
  }

  get lives(): boolean {
    return this.child !== null;
  }

  async isReady(): Promise<boolean> {
    try {
      return (await fetch(`http://127.0.0.1:${this.port}/readyz`)).status === 200;
    } catch {
      return false;
    }
  }

  /** True: it is ready; false: it ended, or `msMax` are over. */
  async untilReady(msMax: number): Promise<boolean> {
    const end = performance.now() + msMax;
    while (this.lives && performance.now() < end) {
      if (await this.isReady()) return true;
      await pause(killLimits.pollMs);
    }
    return false;
  }

  /** kill -9; resolves when the process is gone. */
  async kill(): Promise<void> {
    this.ending = true;
    this.child?.kill('SIGKILL');
    await this.gone;
  }

  /** SIGSTOP: it lives, and knows nothing of the time that passes. */
  pause(): void {
    this.child?.kill('SIGSTOP');
  }

  /** SIGCONT: it goes on as if nothing had been. */
  goOn(): void {
    this.child?.kill('SIGCONT');
  }

  /** One of its counters at /metrics; 0: there is none of that name. */
  async counter(name: string): Promise<number> {
    const text = await (await fetch(`http://127.0.0.1:${this.port}/metrics`)).text();
    return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1] ?? 0);
  }

  /** SIGTERM; how it ended if that was not in order and in time, else ''. */
  async stop(): Promise<string> {
    if (this.child === null) return '';
    this.ending = true;
    this.child.kill('SIGTERM');
    const timer = setTimeout(() => this.child?.kill('SIGKILL'), killLimits.stopMsMax);
    const how = await this.gone;
    clearTimeout(timer);
    return how === 'exit code 0' ? '' : `a server that was told to stop ended with ${how}${this.lastWords()}`;
  }

  /** The end of its error output, for messages. */
  lastWords(): string {
    return this.stderr === '' ? '' : `; its last words: ${this.stderr.trim()}`;
  }
}

/** The first free one from `from` on. */
async function freePort(from: number): Promise<number> {
  for (let port = from; port <= portsTo; port++) if (await isFree(port)) return port;
  throw new Error(`no free port in ${portsFrom} … ${portsTo}`);
}

function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
