/** `parley sim day`: one partition's day, or a sample of whole slots of it; counted work for the capacity planner. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type Day, runDay } from '../day/day.ts';
import { allMs, dayMs } from '../day/day-time.ts';
import { slotsPerDay } from '../day/limits.ts';
import { reportOf } from '../day/report.ts';
import { ArgumentError, type Io, processIo, readArguments } from './args.ts';
import { ExitCode } from './exit-code.ts';

const slotsDefault = 8;
/** Share of the wall time that the day itself takes; the rest is the roll call. */
const dayShare = 0.95;
const barLetters = 24;

/**
 * A running process cannot be told: objects of a turn die young, and fewer collections of more room take a sixth less time; the live heap of all
 * 256 slots is below 2 GB, which V8 would let grow to twice as much.
 */
const youngFlag = '--max-semi-space-size=64';
const heapFlags = [youngFlag, '--max-old-space-size=2800'];

export function dayCommand(args: readonly string[], io: Io): Promise<number> {
  const { numbers, flags } = readArguments(args, { slots: 'number', seed: 'number', json: 'flag' });
  const asked = numbers.get('slots') ?? slotsDefault;
  if (asked < 1 || asked > slotsPerDay) throw new ArgumentError(`--slots takes 1 to ${slotsPerDay}: a partition has so many`);
  // Half of the slots lie on each side of the peer link.
  const slots = asked + (asked % 2);
  const seed = numbers.get('seed') ?? 1;
  if (io === processIo && !process.execArgv.includes(youngFlag)) return inRoomyProcess(args);
  const progress = new Progress(io);
  if (io.isTerminal) io.err(`building ${slots} slots of people…`);
  let day: Day;
  try {
    day = runDay({ seed, slots, onMinute: (running) => progress.show(running) });
  } catch (error) {
    io.err(`\nthe day stopped: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    return Promise.resolve(ExitCode.crash);
  }
  if (io.isTerminal) io.err('\r\x1b[K');
  const report = reportOf(day);
  const wallSeconds = progress.seconds;
  const { heapUsed, external, arrayBuffers } = process.memoryUsage();
  const measured = {
    wallSeconds: Math.round(wallSeconds * 10) / 10,
    eventsPerSecond: Math.round(report.events / wallSeconds),
    simulatedPerWall: Math.round(report.virtualSeconds / wallSeconds),
    // Kilobytes, the most it ever was.
    rssBytes: process.resourceUsage().maxRSS * 1024,
    heapBytes: heapUsed,
    externalBytes: external,
    arrayBytes: arrayBuffers,
  };
  for (const text of day.violations.texts) io.err(`${text}\n`);
  if (day.violations.count > 0) io.err(`again: npx parley sim day --slots ${slots} --seed ${seed}\n`);
  if (flags.has('json')) io.out(`${JSON.stringify({ ...report, ...measured })}\n`);
  else print(io, report, measured);
  return Promise.resolve(report.violations > 0 ? ExitCode.safety : ExitCode.ok);
}

/** The same command in a process of its own, which has the flag. */
function inRoomyProcess(args: readonly string[]): Promise<number> {
  const program = fileURLToPath(new URL('./main.js', import.meta.url));
  const child = spawn(process.execPath, [...heapFlags, program, 'day', ...args], { stdio: 'inherit' });
  const stop = (): void => {
    child.kill();
  };
  process.once('SIGTERM', stop);
  return new Promise((resolve) => {
    child.once('exit', (code) => {
      process.removeListener('SIGTERM', stop);
      resolve(code ?? ExitCode.crash);
    });
  });
}

/** The clock is taken before the run takes it away. */
class Progress {
  readonly #io: Io;
  readonly #now = performance.now.bind(performance);
  readonly #startedMs = this.#now();
  #shownMs = 0;

  constructor(io: Io) {
    this.#io = io;
  }

  get seconds(): number {
    return (this.#now() - this.#startedMs) / 1000;
  }

  show(day: Day): void {
    if (!this.#io.isTerminal) return;
    const nowMs = this.#now();
    if (nowMs - this.#shownMs < 200) return;
    this.#shownMs = nowMs;
    const { msOfDay } = day.time;
    const rollCall = Math.max(0, msOfDay - dayMs) / (allMs - dayMs);
    const share = (dayShare * day.talks.written) / day.talks.messages + (1 - dayShare) * rollCall;
    const { seconds } = this;
    const full = Math.round(share * barLetters);
    const bar = '#'.repeat(full) + '.'.repeat(barLetters - full);
    const hour = Math.floor(msOfDay / 3600_000);
    const minute = String(Math.floor(msOfDay / 60_000) % 60).padStart(2, '0');
    const eta = share > 0.001 ? `${Math.ceil((seconds * (1 - share)) / share)} s to go` : '';
    const rate = Math.round(day.events / seconds);
    this.#io.err(
      `\r\x1b[K${bar} ${hour}:${minute}, ${day.log.events} messages, ${rate} events/s, ${day.violations.count} violations, ${eta}`,
    );
  }
}

function print(io: Io, report: ReturnType<typeof reportOf>, measured: Readonly<Record<string, number>>): void {
  const { slots, ofSlots, users, devices, messages, events, work, intervals } = report;
  io.out(
    `${slots} of ${ofSlots} slots: ${users} users, ${devices} devices, ${messages} messages, ${events} events\n` +
      `${measured.wallSeconds} s, ${measured.eventsPerSecond} events/s, ${measured.simulatedPerWall} times as fast as the day, ` +
      `${Math.round((measured.rssBytes ?? 0) / 1e6)} MB\n`,
  );
  for (const [name, value] of Object.entries(work)) io.out(`${name.padStart(24)}  ${value} a message\n`);
  for (const [name, { mean, low, high }] of Object.entries(intervals)) io.out(`${name.padStart(24)}  ${mean} (95 %: ${low} to ${high})\n`);
  io.out(`${report.violations === 0 ? 'every promise held' : `${report.violations} violations`}, trace ${report.traceHash}\n`);
}
