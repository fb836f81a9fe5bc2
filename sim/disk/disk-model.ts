/** Many life stories of a store on the simulated disk, until so many cuts were made. */
import { type DiskRunResult, runDisk } from './disk-run.ts';

export interface DiskModelResult extends Omit<DiskRunResult, 'findings'> {
  seeds: number;
  /** The first few findings; each names its seed. */
  findings: string[];
}

const findingsMax = 10;

/** Runs seeds from `firstSeed` on until `cuts` crashes were survived, or, with `stopAtFirst`, until something is wrong. */
export function runDiskModel(cuts: number, firstSeed: number = 1, stopAtFirst: boolean = false): DiskModelResult {
  const total: DiskModelResult = {
    seeds: 0,
    cuts: 0,
    powerCuts: 0,
    acked: 0,
    lost: 0,
    torn: 0,
    other: 0,
    damages: 0,
    reported: 0,
    findings: [],
  };
  while (total.cuts < cuts) {
    const result = runDisk(firstSeed + total.seeds);
    total.seeds += 1;
    total.cuts += result.cuts;
    total.powerCuts += result.powerCuts;
    total.acked += result.acked;
    total.lost += result.lost;
    total.torn += result.torn;
    total.other += result.other;
    total.damages += result.damages;
    total.reported += result.reported;
    for (const finding of result.findings) if (total.findings.length < findingsMax) total.findings.push(finding);
    if (stopAtFirst && result.findings.length > 0) break;
  }
  return total;
}
