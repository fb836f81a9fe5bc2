/** What a kill test on HBase found, as figures and in words. */
import type { ObservedRun } from '../kill/observed-run.ts';
import { countsOf, quantile } from '../kill/result.ts';
import type { CampaignOptions } from './campaign.ts';
import { type FaultKind, faultKinds } from './fault-plan.ts';
import type { HBaseSide } from './hbase-side.ts';
import { campaignLimits as limits } from './limits.ts';
import type { Nodes } from './nodes.ts';

/** Gathered while it runs. */
export class Figures {
  readonly kills: Partial<Record<FaultKind, number>> = {};
  readonly recoverMs: { readonly kind: FaultKind; readonly ms: number }[] = [];
  clientCrashes = 0;
  written = 0;
  writtenPerSecond = 0;

  get killsDone(): number {
    return Object.values(this.kills).reduce((sum, count) => sum + count, 0);
  }
}

export interface CampaignResult {
  readonly ok: boolean;
  /** Of each block of HBase's files; 0: files of one machine. */
  readonly copies: number;
  /** By kind of fault. */
  readonly kills: Figures['kills'];
  readonly clientCrashes: number;
  readonly regionMoves: number;
  readonly regionSplits: number;
  /** Slots in which a stopped node wanted to write after another had claimed them: refused, each. */
  readonly zombieSlotsRefused: number;
  readonly written: number;
  /** Writes a second while traffic ran, whatever HBase and node did. */
  readonly messagesPerSecond: number;
  readonly accepted: number;
  /** Rejected (an edit of what is deleted), or refused by a full outbox. */
  readonly failed: number;
  readonly lost: number;
  readonly doubled: number;
  readonly reordered: number;
  /** The longest that a sender waited for an outcome after a fault: over all faults, and by kind. */
  readonly recoverP50Ms: number;
  readonly recoverWorstMs: number;
  readonly recover: Partial<Record<FaultKind, { readonly p50Ms: number; readonly worstMs: number }>>;
  readonly converged: boolean;
  readonly violations: readonly string[];
  readonly seed: number;
  readonly seconds: number;
}

export interface Found {
  readonly figures: Figures;
  readonly observed: Pick<ObservedRun, 'checkers' | 'progress' | 'problems' | 'unrest' | 'clock'>;
  readonly options: Pick<CampaignOptions, 'kills' | 'ratePerSecond' | 'seed'>;
  readonly hbase: Pick<HBaseSide, 'moves' | 'splits' | 'copies'>;
  /** None: it never started. */
  readonly nodes: Pick<Nodes, 'zombieSlotsRefused'> | null;
}

export function resultOf({ figures, observed, options, hbase, nodes }: Found): CampaignResult {
  const { checkers, progress, problems, unrest, clock } = observed;
  const violations = checkers.violations.map(({ checker, message }) => `${checker}: ${message}`);
  violations.push(...problems);
  if (unrest !== '') violations.push(`not at rest in the end: ${unrest}`);
  if (figures.killsDone < options.kills) violations.push(`${figures.killsDone} of ${options.kills} kills were done`);
  if (figures.writtenPerSecond < options.ratePerSecond * limits.ratePartMin)
    violations.push(`only ${figures.writtenPerSecond} messages a second were written, ${options.ratePerSecond} were due`);
  return {
    ok: violations.length === 0,
    copies: hbase.copies,
    kills: figures.kills,
    clientCrashes: figures.clientCrashes,
    regionMoves: hbase.moves,
    regionSplits: hbase.splits,
    zombieSlotsRefused: nodes?.zombieSlotsRefused ?? 0,
    written: figures.written,
    messagesPerSecond: figures.writtenPerSecond,
    accepted: progress.accepted,
    failed: progress.failed,
    ...countsOf(checkers),
    ...recoverOf(figures),
    converged: unrest === '',
    violations,
    seed: options.seed,
    seconds: Math.round(clock.nowUs / 100_000) / 10,
  };
}

function recoverOf({ recoverMs }: Figures): Pick<CampaignResult, 'recoverP50Ms' | 'recoverWorstMs' | 'recover'> {
  const recover: Partial<Record<FaultKind, { p50Ms: number; worstMs: number }>> = {};
  for (const kind of Object.keys(faultKinds) as FaultKind[]) {
    const those = recoverMs.filter((each) => each.kind === kind).map(({ ms }) => ms);
    if (those.length > 0) recover[kind] = { p50Ms: quantile(those, 0.5), worstMs: quantile(those, 1) };
  }
  const all = recoverMs.map(({ ms }) => ms);
  return { recoverP50Ms: quantile(all, 0.5), recoverWorstMs: quantile(all, 1), recover };
}
