/** What a kill test found, as figures and in words. */
import type { CheckerSet } from '../../sim/checkers/all.ts';
import type { KillOptions } from './kill-run.ts';

/** Gathered while it runs. */
export class RunFigures {
  readonly kills = { traffic: 0, burst: 0, recovery: 0 };
  clientCrashes = 0;
  written = 0;
  writtenPerSecond = 0;
  accepted = 0;
  failed = 0;
  readonly readyMs: number[] = [];
  readonly recoverMs: number[] = [];
  /** What did not come to rest in time; '': everything did. */
  unrest = 'it never came so far';
  /** What must hold besides the checkers, in words. */
  readonly problems: string[] = [];
  seconds = 0;

  get killsDone(): number {
    return this.kills.traffic + this.kills.burst + this.kills.recovery;
  }
}

export interface KillResult {
  readonly ok: boolean;
  readonly kills: number;
  readonly killsByKind: RunFigures['kills'];
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
  /** From a kill to the first send accepted by the next server: process start, recovery, and a client's way back. */
  readonly recoverP50Ms: number;
  readonly recoverWorstMs: number;
  /** From a kill to `/readyz` with 200. */
  readonly readyP50Ms: number;
  readonly readyWorstMs: number;
  /** Every send has its outcome, every device of every member has shown every event, every watermark is confirmed and seen. */
  readonly converged: boolean;
  readonly violations: readonly string[];
  readonly seed: number;
  readonly seconds: number;
}

/** Which checkers count as what; the others count as violations only. */
const counted = {
  lost: ['accepted means durable', 'nobody missed'],
  doubled: ['exactly once'],
  reordered: ['one order', 'no hole', 'sender order', 'time and numbers'],
} as const;

/** Below this part of the rate the kills did not come in the middle of the traffic that was asked for: 1,000 a second at the default. */
const ratePartMin = 2 / 3;

export function resultOf(figures: RunFigures, checkers: CheckerSet, options: KillOptions): KillResult {
  const violations = checkers.violations.map(({ checker, message }) => `${checker}: ${message}`);
  violations.push(...figures.problems);
  if (figures.unrest !== '') violations.push(`not at rest in the end: ${figures.unrest}`);
  if (figures.killsDone < options.kills) violations.push(`${figures.killsDone} of ${options.kills} kills were done`);
  if (figures.writtenPerSecond < options.ratePerSecond * ratePartMin)
    violations.push(`only ${figures.writtenPerSecond} messages a second were written, ${options.ratePerSecond} were due`);
  return {
    ok: violations.length === 0,
    kills: figures.killsDone,
    killsByKind: figures.kills,
    clientCrashes: figures.clientCrashes,
    written: figures.written,
    messagesPerSecond: figures.writtenPerSecond,
    accepted: figures.accepted,
    failed: figures.failed,
    ...countsOf(checkers),
    recoverP50Ms: quantile(figures.recoverMs, 0.5),
    recoverWorstMs: quantile(figures.recoverMs, 1),
    readyP50Ms: quantile(figures.readyMs, 0.5),
    readyWorstMs: quantile(figures.readyMs, 1),
    converged: figures.unrest === '',
    violations,
    seed: options.seed,
    seconds: Math.round(figures.seconds * 10) / 10,
  };
}

/** Violations by what they mean. */
export function countsOf(checkers: CheckerSet): { readonly lost: number; readonly doubled: number; readonly reordered: number } {
  const count = (names: readonly string[]): number => names.reduce((sum, name) => sum + (checkers.counts.get(name) ?? 0), 0);
  return { lost: count(counted.lost), doubled: count(counted.doubled), reordered: count(counted.reordered) };
}

/** 0 when there is none. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((left, right) => left - right);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
}
