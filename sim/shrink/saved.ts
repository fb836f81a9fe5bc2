/**
 * A scenario in a file: data that survives changes of the code longer than a seed does. Files of `test/sim/regressions` are replayed by the
 * tests for ever: each failed once and must not fail again.
 */
import type { Scenario } from '../scenario.ts';

export const savedFormat = 1;

export interface SavedScenario {
  readonly format: typeof savedFormat;
  /** What it showed when it was found, in words. */
  readonly found: string;
  readonly scenario: Scenario;
}

/** What files say nothing of that are older than these fields. */
const addedLater: Pick<Scenario, 'nodes' | 'peers' | 'clientWindowSends'> = {
  nodes: 1,
  peers: { latencyUsMax: 300, spikePermille: 0, spikeUsMax: 20_000, noticeUsMax: 10_000 },
  clientWindowSends: 0,
};

/** The file is no saved scenario of this version. */
export class SavedError extends Error {
  override readonly name = 'SavedError';
}

export function writeSaved(scenario: Scenario, found: string): string {
  const saved: SavedScenario = { format: savedFormat, found, scenario };
  return `${JSON.stringify(saved, null, 2)}\n`;
}

/** @throws SavedError */
export function readSaved(text: string): SavedScenario {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new SavedError('no JSON');
  }
  const saved = value as Partial<SavedScenario> | null;
  if (typeof saved !== 'object' || saved === null || saved.format !== savedFormat) {
    throw new SavedError(`no saved scenario of format ${savedFormat}`);
  }
  const scenario = saved.scenario as Partial<Scenario> | undefined;
  const isWhole =
    typeof scenario === 'object' &&
    scenario !== null &&
    Number.isSafeInteger(scenario.seed) &&
    Number.isSafeInteger(scenario.faultsUs) &&
    [scenario.users, scenario.commands, scenario.faults].every(Array.isArray) &&
    [scenario.network, scenario.store, scenario.limits].every((part) => typeof part === 'object' && part !== null);
  if (!isWhole) throw new SavedError('the scenario lacks something');
  return { ...(saved as SavedScenario), scenario: { ...addedLater, ...(scenario as Scenario) } };
}
