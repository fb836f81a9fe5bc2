/**
 * From rounds to a verdict: medians for each client, and ratios of rounds that ran beside each other.
 *
 * A ratio is the median of the ratios of pairs, not the ratio of medians: what slowed the machine for a while slowed both of a pair.
 */
import type { ContestantName } from './cases.ts';
import type { MeasuredRound } from './contestant.ts';

export interface ClientFigures {
  readonly opsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** A call, of the whole process. */
  readonly clientCpuUs: number;
  /** A call, of the region servers. */
  readonly serverCpuUs: number;
  /** Calls of all rounds that failed. */
  readonly errors: number;
}

/** Rounds by client, in order: those of one index ran one after the other. */
export type Rounds = Readonly<Record<ContestantName, readonly MeasuredRound[]>>;

export interface Comparison {
  readonly ours: ClientFigures;
  readonly java: ClientFigures;
  readonly hbaseRpcClient: ClientFigures | null;
  /** Throughput, ours over Java's. */
  readonly ratioToJava: number;
  /** Calls a second of client CPU, ours over Java's. */
  readonly coreRatioToJava: number;
}

/** Of Java's throughput, on the machine and a client's core. */
export const ratioMin = 0.8;

export function compare({ ours, java, hbaseRpcClient }: Rounds): Comparison {
  return {
    ours: figuresOf(ours),
    java: figuresOf(java),
    hbaseRpcClient: hbaseRpcClient.length === 0 ? null : figuresOf(hbaseRpcClient),
    ratioToJava: rounded(median(ours.map((round, index) => perSecond(round) / perSecond(java[index])))),
    coreRatioToJava: rounded(median(ours.map((round, index) => perCall(java[index], 'clientCpuUs') / perCall(round, 'clientCpuUs')))),
  };
}

/** What is wrong with a case; empty: it holds. */
export function faultsOf(name: string, { ours, java, ratioToJava, coreRatioToJava }: Comparison): string[] {
  const faults: string[] = [];
  if (ours.errors > 0) faults.push(`${name}: ${ours.errors} of our calls failed`);
  if (java.errors > 0) faults.push(`${name}: ${java.errors} of Java's calls failed`);
  if (!(ratioToJava >= ratioMin)) faults.push(`${name}: ${ratioToJava} of Java's throughput`);
  if (!(coreRatioToJava >= ratioMin)) faults.push(`${name}: ${coreRatioToJava} of Java's throughput a client core`);
  return faults;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((left, right) => left - right);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

function figuresOf(rounds: readonly MeasuredRound[]): ClientFigures {
  const middle = (pick: (round: MeasuredRound) => number): number => median(rounds.map(pick));
  return {
    opsPerSecond: Math.round(middle(perSecond)),
    p50Ms: rounded(middle((round) => round.p50Ms)),
    p99Ms: rounded(middle((round) => round.p99Ms)),
    clientCpuUs: Math.round(middle((round) => perCall(round, 'clientCpuUs'))),
    serverCpuUs: Math.round(middle((round) => perCall(round, 'serverCpuUs'))),
    errors: rounds.reduce((sum, round) => sum + round.errors, 0),
  };
}

function perSecond({ operations, seconds }: MeasuredRound): number {
  return operations / seconds;
}

function perCall(round: MeasuredRound, what: 'clientCpuUs' | 'serverCpuUs'): number {
  return round[what] / Math.max(1, round.operations);
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
