/** What a kill test on HBase found, as figures and in words. */
import { judge, type Observed, quantile, type TrafficFigures, type Verdict } from '../kill/result.ts';
import type { CampaignOptions } from './campaign.ts';
import { type FaultKind, faultKinds } from './fault-plan.ts';
import type { HBaseSide } from './hbase-side.ts';
import type { Nodes } from './nodes.ts';

/** Gathered while it runs. */
export class Figures implements TrafficFigures {
  readonly kills: Partial<Record<FaultKind, number>> = {};
  readonly recoverMs: { readonly kind: FaultKind; readonly ms: number }[] = [];
  clientCrashes = 0;
  written = 0;
  writtenPerSecond = 0;

  get killsDone(): number {
    return Object.values(this.kills).reduce((sum, count) => sum + count, 0);
  }
}

export interface CampaignResult extends Verdict {
  /** Of each block of HBase's files; 0: files of one machine. */
  readonly copies: number;
  /** By kind of fault. */
  readonly kills: Figures['kills'];
  readonly regionMoves: number;
  readonly regionSplits: number;
  /** Slots in which a stopped node wanted to write after another had claimed them: refused, each. */
  readonly zombieSlotsRefused: number;
  /** The longest that a sender waited for an outcome after a fault: over all faults, and by kind. */
  readonly recoverP50Ms: number;
  readonly recoverWorstMs: number;
  readonly recover: Partial<Record<FaultKind, { readonly p50Ms: number; readonly worstMs: number }>>;
}

export interface Found {
  readonly figures: Figures;
  readonly observed: Observed;
  readonly options: Pick<CampaignOptions, 'kills' | 'ratePerSecond' | 'seed'>;
  readonly hbase: Pick<HBaseSide, 'moves' | 'splits' | 'copies'>;
  /** None: it never started. */
  readonly nodes: Pick<Nodes, 'zombieSlotsRefused'> | null;
}

export function resultOf({ figures, observed, options, hbase, nodes }: Found): CampaignResult {
  return {
    ...judge(figures, observed, options),
    copies: hbase.copies,
    kills: figures.kills,
    regionMoves: hbase.moves,
    regionSplits: hbase.splits,
    zombieSlotsRefused: nodes?.zombieSlotsRefused ?? 0,
    ...recoverOf(figures),
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
