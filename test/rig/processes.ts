/**
 * The rig's processes by name: started apart from the caller, known again by a mark on their command line, ended by their own number only.
 */
import { spawn } from 'node:child_process';
import { existsSync, openSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Artifacts, RigError } from './artifacts.ts';

const pollMs = 50;
const readyMsMax = 120_000;
/** Doors that HBase needs into a JDK of today. */
const opened = [
  'java.base/java.lang',
  'java.base/java.lang.reflect',
  'java.base/java.io',
  'java.base/java.net',
  'java.base/java.nio',
  'java.base/sun.nio.ch',
  'java.base/java.util',
  'java.base/java.util.concurrent',
  'java.base/java.util.concurrent.atomic',
  'java.base/jdk.internal.ref',
  'java.base/sun.net.dns',
];

export class Processes {
  private readonly directory: string;

  constructor(directory: string) {
    this.directory = directory;
  }

  /** Starts `mainClass` as `name`, with its output in logs/NAME.log. `compiler` 1 starts fast, 4 runs fast after a while. */
  launch(artifacts: Artifacts, name: string, heap: string, compiler: 1 | 4, mainClass: string, args: readonly string[]): void {
    const mark = `-Dparley.rig=${this.directory}/${name}`;
    const java = [
      mark,
      `-Xmx${heap}`,
      `-Xms${heap}`,
      '-XX:+UseSerialGC',
      `-XX:TieredStopAtLevel=${compiler}`,
      '-XX:+ExitOnOutOfMemoryError',
      '--add-modules=jdk.unsupported',
      ...opened.map((place) => `--add-opens=${place}=ALL-UNNAMED`),
      '--add-exports=java.base/jdk.internal.misc=ALL-UNNAMED',
      '-Djava.net.preferIPv4Stack=true',
      `-Djava.io.tmpdir=${this.directory}/tmp`,
      '-cp',
      `${this.directory}/conf:${artifacts.classPath}`,
      mainClass,
      ...args,
    ];
    this.launchProgram(name, artifacts.java, java, mark);
  }

  /** Starts a program; `mark`: one of its arguments, which no other process has. */
  launchProgram(name: string, program: string, args: readonly string[], mark: string): void {
    if (this.pidOf(name) !== undefined) throw new RigError(`${name} runs already (npm run rig -- stop)`);
    const log = openSync(this.logOf(name), 'a');
    const child = spawn(program, args, { detached: true, stdio: ['ignore', log, log] });
    child.unref();
    if (child.pid === undefined) throw new RigError(`${name} did not start`);
    writeFileSync(this.pidFileOf(name), `${child.pid}\n${mark}`);
  }

  /** Names with a pid file, running or not. */
  names(): string[] {
    const folder = join(this.directory, 'pids');
    if (!existsSync(folder)) return [];
    return readdirSync(folder).map((file) => file.replace(/\.pid$/, ''));
  }

  /** The process of that name, if that very process lives. */
  pidOf(name: string): number | undefined {
    const file = this.pidFileOf(name);
    if (!existsSync(file)) return undefined;
    const [number, mark] = readFileSync(file, 'utf8').split('\n');
    const pid = Number(number);
    try {
      const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
      return words.includes(mark) ? pid : undefined;
    } catch {
      return undefined;
    }
  }

  logBytes(name: string): number {
    const log = this.logOf(name);
    return existsSync(log) ? statSync(log).size : 0;
  }

  /** Waits until the log of `name` says `text` behind `offset`. */
  async waitForLog(name: string, offset: number, text: string): Promise<void> {
    const end = performance.now() + readyMsMax;
    let dead = 0;
    while (performance.now() < end) {
      const log = this.logOf(name);
      if (existsSync(log) && readFileSync(log).subarray(offset).includes(text)) return;
      // Its first moment is before exec: the mark is not there yet.
      dead = this.pidOf(name) === undefined ? dead + 1 : 0;
      if (dead > 20) throw new RigError(`${name} ended: see ${log}`);
      await delay(pollMs);
    }
    throw new RigError(`${name} is not ready after ${readyMsMax / 1000} s: see ${this.logOf(name)}`);
  }

  /** Waits until it takes connections on this port. */
  async waitForPort(name: string, port: number): Promise<void> {
    const end = performance.now() + readyMsMax;
    while (!(await takesConnections(port))) {
      if (performance.now() > end) throw new RigError(`${name} is not ready after ${readyMsMax / 1000} s: see ${this.logOf(name)}`);
      await delay(pollMs);
    }
  }

  /** Ends it in order; kills it when it is not gone after `msMax`. */
  async end(name: string, msMax: number, signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    const pid = this.pidOf(name);
    if (pid !== undefined) {
      process.kill(pid, 'SIGCONT');
      process.kill(pid, signal);
    }
    for (let waited = 0; this.pidOf(name) !== undefined; waited += pollMs) {
      if (waited >= msMax && pid !== undefined) process.kill(pid, 'SIGKILL');
      await delay(pollMs);
    }
    rmSync(this.pidFileOf(name), { force: true });
  }

  signal(name: string, signal: 'SIGSTOP' | 'SIGCONT'): void {
    const pid = this.pidOf(name);
    if (pid === undefined) throw new RigError(`${name} does not run`);
    process.kill(pid, signal);
  }

  private logOf(name: string): string {
    return join(this.directory, 'logs', `${name}.log`);
  }

  private pidFileOf(name: string): string {
    return join(this.directory, 'pids', `${name}.pid`);
  }
}

function takesConnections(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port }, () => resolve(true));
    socket.once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
