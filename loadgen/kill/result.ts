/** What a kill test found, as figures and in words; `judge` says what every one of them (on disk, on HBase) has to say. */
import type { CheckerSet } from '../../sim/checkers/all.ts';
import type { KillOptions } from './kill-run.ts';
import { killLimits } from './limits.ts';
import type { ObservedRun } from './observed-run.ts';

/** Gathered while any kill test runs. */
export interface TrafficFigures {
  readonly killsDone: number;
  clientCrashes: number;
  written: number;
  writtenPerSecond: number;
}

export class RunFigures implements TrafficFigures {
  readonly kills = { traffic: 0, burst: 0, recovery: 0 };
  clientCrashes = 0;
  written = 0;
  writtenPerSecond = 0;
  readonly readyMs: number[] = [];
  readonly recoverMs: number[] = [];

  get killsDone(): number {
    return this.kills.traffic + this.kills.burst + this.kills.recovery;
  }
}

/** What is known of a run that has ended. */
export type Observed = Pick<ObservedRun, 'checkers' | 'progress' | 'problems' | 'unrest' | 'clock'>;

export interface Verdict {
  readonly ok: boolean;
  readonly clientCrashes: number;
  readonly written: number;
  /** Writes a second while traffic ran, with the server there or not. */
  readonly messagesPerSecond: number;
  readonly accepted: number;
  /** Rejected (an edit of what is deleted), or refused by a full outbox. */
  readonly failed: number;
  readonly lost: number;
  readonly doubled: number;
  readonly reordered: number;
  /** Every send has its outcome, every device of every member has shown every event, every watermark is confirmed and seen. */
  readonly converged: boolean;
  readonly violations: readonly string[];
  readonly seed: number;
  readonly seconds: number;
}

export interface KillResult extends Verdict {
  readonly kills: number;
  readonly killsByKind: RunFigures['kills'];
  /** From a kill to the first send accepted by the next server: process start, recovery, and a client's way back. */
  readonly recoverP50Ms: number;
  readonly recoverWorstMs: number;
  /** From a kill to `/readyz` with 200. */
  readonly readyP50Ms: number;
  readonly readyWorstMs: number;
}

/** Which checkers count as what; the others count as violations only. */
const counted = {
  lost: ['accepted means durable', 'nobody missed'],
  doubled: ['exactly once'],
  reordered: ['one order', 'no hole', 'sender order', 'time and numbers'],
} as const;

export function resultOf(figures: RunFigures, observed: Observed, options: KillOptions): KillResult {
  return {
    ...judge(figures, observed, options),
    kills: figures.killsDone,
    killsByKind: figures.kills,
    recoverP50Ms: quantile(figures.recoverMs, 0.5),
    recoverWorstMs: quantile(figures.recoverMs, 1),
    readyP50Ms: quantile(figures.readyMs, 0.5),
    readyWorstMs: quantile(figures.readyMs, 1),
  };
}

/** Holds when no checker spoke, everything came to rest, and all kills came in the middle of the traffic that was asked for. */
export function judge(
  figures: TrafficFigures,
  observed: Observed,
  options: Pick<KillOptions, 'kills' | 'ratePerSecond' | 'seed'>,
): Verdict {
  const { checkers, progress, problems, unrest, clock } = observed;
  const violations = checkers.violations.map(({ checker, message }) => `${checker}: ${message}`);
  violations.push(...problems);
  if (unrest !== '') violations.push(`not at rest in the end: ${unrest}`);
  if (figures.killsDone < options.kills) violations.push(`${figures.killsDone} of ${options.kills} kills were done`);
  if (figures.writtenPerSecond < options.ratePerSecond * killLimits.ratePartMin)
    violations.push(`only ${figures.writtenPerSecond} messages a second were written, ${options.ratePerSecond} were due`);
  return {
    ok: violations.length === 0,
    clientCrashes: figures.clientCrashes,
    written: figures.written,
    messagesPerSecond: figures.writtenPerSecond,
    accepted: progress.accepted,
    failed: progress.failed,
    ...countsOf(checkers),
    converged: unrest === '',
    violations,
    seed: options.seed,
    seconds: Math.round(clock.nowUs / 100_000) / 10,
  };
}

/** Violations by what they mean. */
function countsOf(checkers: CheckerSet): { readonly lost: number; readonly doubled: number; readonly reordered: number } {
  const count = (names: readonly string[]): number => names.reduce((sum, name) => sum + (checkers.counts.get(name) ?? 0), 0);
  return { lost: count(counted.lost), doubled: count(counted.doubled), reordered: count(counted.reordered) };
}

/** 0 when there is none. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((left, right) => left - right);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
}
