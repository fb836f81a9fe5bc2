/** `parley sim run`: many seeds on several threads, progress with an ETA, one JSON object as the last line. */
import { availableParallelism } from 'node:os';
import { mix } from '../random.ts';
import { messagesDefault } from '../scenario.ts';
import { sometimes, unreachedOf } from '../sometimes.ts';
import { type Io, readArguments } from './args.ts';
import { ExitCode } from './exit-code.ts';
import { runSeeds } from './seed-pool.ts';
import type { SeedReport } from './seed-report.ts';

const seedsDefault = 100;
const twiceEveryDefault = 20;
/** Fewer seeds need not reach every rare path. */
const coveredSeedsMin = 1_000;
/** Failing seeds that are explained in full; of the others the number is enough. */
const explainedMax = 3;

export async function runCommand(args: readonly string[], io: Io): Promise<number> {
  const { numbers, flags } = readArguments(args, {
    seeds: 'number',
    seed: 'number',
    messages: 'number',
    workers: 'number',
    twice: 'flag',
    coverage: 'flag',
    json: 'flag',
  });
  const count = numbers.get('seeds') ?? seedsDefault;
  const from = numbers.get('seed') ?? 1;
  const messages = numbers.get('messages') ?? messagesDefault;
  const workers = Math.max(1, Math.min(numbers.get('workers') ?? availableParallelism(), count));
  const startedMs = performance.now();
  const sum = new Sum(count, startedMs, io);
  await runSeeds({ from, count, messages, workers, twiceEvery: flags.has('twice') ? 1 : twiceEveryDefault }, (report) => {
    sum.add(report, messages);
    return true;
  });
  sum.finish(flags.has('json'), flags.has('coverage'));
  return sum.exitCode;
}

class Sum {
  exitCode: number = ExitCode.ok;
  readonly #io: Io;
  readonly #count: number;
  readonly #startedMs: number;
  readonly #hashes = new Map<number, string>();
  readonly #failed: number[] = [];
  readonly #sometimes = new Map<string, number>();
  #violations = 0;
  #messages = 0;
  #events = 0;
  #shownMs = 0;

  constructor(count: number, startedMs: number, io: Io) {
    this.#count = count;
    this.#startedMs = startedMs;
    this.#io = io;
  }

  add(report: SeedReport, messages: number): void {
    this.#hashes.set(report.seed, report.traceHash);
    this.#violations += report.violations;
    this.#messages += report.messages;
    this.#events += report.events;
    for (const [name, value] of Object.entries(report.sometimes)) this.#sometimes.set(name, (this.#sometimes.get(name) ?? 0) + value);
    if (report.exitCode !== ExitCode.ok) this.#fail(report, messages);
    this.#progress();
  }

  finish(json: boolean, coverage: boolean): void {
    if (this.#io.isTerminal) this.#io.err('\r\x1b[K');
    const seconds = this.#seconds();
    const eventsPerSecond = Math.round(this.#events / seconds);
    const unreached = unreachedOf(Object.fromEntries(this.#sometimes));
    if (this.exitCode === ExitCode.ok && unreached.length > 0 && this.#count >= coveredSeedsMin) this.exitCode = ExitCode.unreached;
    const summary = {
      seeds: this.#hashes.size,
      violations: this.#violations,
      eventsPerSecond,
      messages: this.#messages,
      events: this.#events,
      seconds: Number(seconds.toFixed(1)),
      failedSeeds: this.#failed.sort((left, right) => left - right),
      traceHash: this.#traceHash(),
      unreached,
      sometimes: Object.fromEntries([...this.#sometimes].sort(([left], [right]) => (left < right ? -1 : 1))),
    };
    if (json) {
      this.#io.out(`${JSON.stringify(summary)}\n`);
      return;
    }
    this.#io.out(
      `${summary.seeds} seeds, ${summary.messages} messages, ${summary.events} events in ${seconds.toFixed(1)} s (${eventsPerSecond} events/s): ` +
        `${this.#failed.length === 0 ? 'every promise held' : `${this.#failed.length} seeds failed`}\n`,
    );
    if (coverage) {
      for (const name of sometimes) this.#io.out(`${String(this.#sometimes.get(name) ?? 0).padStart(12)}  ${name}\n`);
    }
    if (unreached.length > 0) this.#io.out(`never reached: ${unreached.join(', ')}\n`);
  }

  #fail(report: SeedReport, messages: number): void {
    // The gravest kind decides: crash, then a broken promise, then liveness, then determinism.
    const order = [ExitCode.crash, ExitCode.safety, ExitCode.liveness, ExitCode.nondeterministic];
    const before = order.indexOf(this.exitCode as (typeof order)[number]);
    const now = order.indexOf(report.exitCode as (typeof order)[number]);
    if (before < 0 || now < before) this.exitCode = report.exitCode;
    this.#failed.push(report.seed);
    if (this.#failed.length > explainedMax) return;
    if (this.#io.isTerminal) this.#io.err('\r\x1b[K');
    const option = messages === messagesDefault ? '' : ` --messages ${messages}`;
    this.#io.err(`seed ${report.seed} failed; again: npx parley sim replay --seed ${report.seed}${option} --trace\n${report.text}\n\n`);
  }

  #progress(): void {
    if (!this.#io.isTerminal) return;
    const nowMs = performance.now();
    if (nowMs - this.#shownMs < 200) return;
    this.#shownMs = nowMs;
    const done = this.#hashes.size;
    const seconds = this.#seconds();
    const rate = done / seconds;
    const reached = sometimes.length - unreachedOf(Object.fromEntries(this.#sometimes)).length;
    const eta = Math.ceil((this.#count - done) / rate);
    this.#io.err(
      `\r\x1b[K${done}/${this.#count} seeds, ${rate.toFixed(1)} seeds/s, ${Math.round(this.#events / seconds)} events/s, ` +
        `${reached} of ${sometimes.length} rare paths, ${eta} s to go`,
    );
  }

  #seconds(): number {
    return Math.max(0.001, (performance.now() - this.#startedMs) / 1000);
  }

  /** One word over the traces of all seeds, in the order of the seeds. */
  #traceHash(): string {
    let hash = 0;
    for (const [seed, trace] of [...this.#hashes].sort(([left], [right]) => left - right)) {
      hash = mix(mix(mix(hash, seed), Number.parseInt(trace.slice(0, 8), 16)), Number.parseInt(trace.slice(8), 16));
    }
    return (hash >>> 0).toString(16).padStart(8, '0');
  }
}
