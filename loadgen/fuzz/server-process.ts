/** The built server as a process of its own, on a fresh directory and free ports, and what its memory is. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../free-port.ts';

/** A small heap, so that memory grows only when something is kept: what leaks soon ends the process. */
const heapFlags = ['--max-old-space-size=96', '--max-semi-space-size=4'];
const startMs = 20_000;
const stopMs = 12_000;

export class ServerProcess {
  readonly port: number;
  readonly streamPort: number;
  /** Set when it ended without being asked to. */
  died = '';
  private readonly child: ChildProcess;
  private readonly directory: string;
  private stopping = false;

  private constructor(child: ChildProcess, directory: string, port: number, streamPort: number) {
    this.child = child;
    this.directory = directory;
    this.port = port;
    this.streamPort = streamPort;
    child.on('exit', (code, signal) => {
      if (!this.stopping) this.died = `exit code ${code}, signal ${signal}`;
    });
  }

  /** Starts it and waits until it is ready. */
  static async start(): Promise<ServerProcess> {
    const directory = mkdtempSync(join(tmpdir(), 'parley-fuzz-'));
    const [port, streamPort] = [await freePort(), await freePort()];
    const flags = ['--port', String(port), '--stream-port', String(streamPort), '--data', directory, '--log', 'error'];
    const child = spawn(process.execPath, [...heapFlags, 'dist/core/cli/main.js', 'serve', ...flags], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const server = new ServerProcess(child, directory, port, streamPort);
    const deadline = Date.now() + startMs;
    while (!(await server.isReady())) {
      if (server.died !== '' || Date.now() > deadline) throw new Error(`the server did not start: ${server.died}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return server;
  }

  async isReady(): Promise<boolean> {
    try {
      return (await fetch(`http://127.0.0.1:${this.port}/readyz`)).status === 200;
    } catch {
      return false;
    }
  }

  /** Resident memory in MiB. */
  rssMb(): number {
    const line = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${this.child.pid}/status`, 'utf8'));
    return Math.round(Number(line?.[1] ?? 0) / 1024);
  }

  async stop(): Promise<void> {
    this.stopping = true;
    if (this.child.exitCode === null && this.child.signalCode === null) {
      const gone = new Promise((resolve) => this.child.once('exit', resolve));
      this.child.kill('SIGTERM');
      const timer = setTimeout(() => this.child.kill('SIGKILL'), stopMs);
      await gone;
      clearTimeout(timer);
    }
    rmSync(this.directory, { recursive: true, force: true });
  }
}
