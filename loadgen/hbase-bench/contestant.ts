/** A client in its own process: asked for rounds by lines, its CPU time read from outside, the same way for each. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { createInterface, type Interface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { cpuTimes } from '../bench/process-figures.ts';
import type { BenchCase, ContestantName } from './cases.ts';
import type { RoundFigures } from './closed-loop.ts';

export interface MeasuredRound extends RoundFigures {
  /** Of the whole process, all threads. */
  readonly clientCpuUs: number;
  /** Of the region servers. */
  readonly serverCpuUs: number;
}

export interface JavaProgram {
  readonly java: string;
  readonly classPath: string;
}

const nodeClient = fileURLToPath(new URL('node-client.js', import.meta.url));
/** From the top of the tree, where npm runs commands: Java compiles its source itself. */
const javaSource = 'loadgen/hbase-bench/JavaClient.java';
const javaHeap = '-Xmx512m';

export class Contestant {
  readonly name: ContestantName;
  private readonly child: ChildProcessByStdio<Writable, Readable, null>;
  private readonly lines: AsyncIterator<string>;
  private readonly reader: Interface;

  constructor(name: ContestantName, program: string, words: readonly string[]) {
    this.name = name;
    this.child = spawn(program, words, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.reader = createInterface({ input: this.child.stdout });
    this.lines = this.reader[Symbol.asyncIterator]();
  }

  static async start(name: ContestantName, quorum: string, { java, classPath }: JavaProgram): Promise<Contestant> {
    const words = name === 'java' ? [javaHeap, '-cp', classPath, javaSource, quorum] : [nodeClient, name, quorum];
    const made = new Contestant(name, name === 'java' ? java : process.execPath, words);
    await made.answer();
    return made;
  }

  /** Runs a case for so long. */
  async run(table: string, { kind, rows, callers }: BenchCase, seconds: number, serverPids: readonly number[]): Promise<MeasuredRound> {
    const clientBefore = cpuTimes(this.pid()).totalUs;
    const serverBefore = cpuOf(serverPids);
    this.child.stdin.write(`${table} ${kind} ${rows} ${callers} ${Math.round(seconds * 1_000)}\n`);
    const figures = (await this.answer()) as RoundFigures;
    return { ...figures, clientCpuUs: cpuTimes(this.pid()).totalUs - clientBefore, serverCpuUs: cpuOf(serverPids) - serverBefore };
  }

  /** The end of its input ends it. */
  stop(): void {
    this.child.stdin.end();
    this.reader.close();
  }

  private pid(): number {
    if (this.child.pid === undefined) throw new Error(`${this.name} did not start`);
    return this.child.pid;
  }

  private async answer(): Promise<object> {
    for (;;) {
      const { done, value } = await this.lines.next();
      if (done === true) throw new Error(`${this.name} ended`);
      // Libraries may say things, too.
      if (value.startsWith('{')) return JSON.parse(value) as object;
      process.stderr.write(`${this.name}: ${value}\n`);
    }
  }
}

function cpuOf(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + cpuTimes(pid).totalUs, 0);
}
