/**
 * Makes a failing scenario as small as it goes: what is left is what the failure needs.
 *
 * Method: greedy removal, halves first, then single items: faults, then commands, then users, then settings and durations. A step is kept if
 * the run still fails in the same way. Draws are keyed by entity and instant, so most of the run stays as it was when something is removed.
 */
import { checkLimits } from '../../core/protocol/limits.ts';
import { type RunResult, runScenario } from '../run.ts';
import type { Scenario } from '../scenario.ts';
import { isSame, type Trouble, troubleOf } from '../verdict.ts';
import { calmer } from './calmer.ts';
import { fewerUsers, shorter } from './smaller.ts';

export interface Shrunk {
  readonly scenario: Scenario;
  readonly result: RunResult;
  readonly trouble: Trouble;
  readonly runs: number;
}

/** Runs after which it is small enough. */
const runsDefault = 2_000;

/** Undefined: the scenario does not fail. */
export function shrink(
  scenario: Scenario,
  runsMax: number = runsDefault,
  onStep?: (scenario: Scenario, runs: number) => void,
): Shrunk | undefined {
  const first = runScenario(scenario);
  const trouble = troubleOf(first);
  if (trouble === undefined) return undefined;
  const search = new Search(scenario, first, trouble, runsMax, onStep);
  search.cutTheEnd();
  for (let before = Number.POSITIVE_INFINITY; search.size < before && !search.over; ) {
    before = search.size;
    search.fewer('faults');
    search.fewer('commands');
    search.tryAll(fewerUsers);
    search.tryAll(calmer);
    search.tryAll(shorter);
  }
  return { scenario: search.best, result: search.result, trouble, runs: search.runs };
}

/** Limits have relations: one of them alone may not go back to its default. */
function isValid({ limits }: Scenario): boolean {
  try {
    checkLimits(limits);
    return true;
  } catch {
    return false;
  }
}

class Search {
  best: Scenario;
  result: RunResult;
  runs = 1;
  readonly #trouble: Trouble;
  readonly #runsMax: number;
  readonly #onStep: ((scenario: Scenario, runs: number) => void) | undefined;

  constructor(
    scenario: Scenario,
    result: RunResult,
    trouble: Trouble,
    runsMax: number,
    onStep: ((scenario: Scenario, runs: number) => void) | undefined,
  ) {
    this.best = scenario;
    this.result = result;
    this.#trouble = trouble;
    this.#runsMax = runsMax;
    this.#onStep = onStep;
  }

  get over(): boolean {
    return this.runs >= this.#runsMax;
  }

  /** Commands and faults. */
  get size(): number {
    return this.best.commands.length + this.best.faults.length;
  }

  /** Nothing after the violation was seen can matter for it. */
  cutTheEnd(): void {
    const seenUs = Math.min(...this.result.violations.flatMap(({ witness }) => witness.slice(-1).map(({ us }) => us)));
    if (this.#trouble.kind !== 'safety' || !Number.isFinite(seenUs) || seenUs >= this.best.faultsUs) return;
    const { commands, faults } = this.best;
    this.#try({
      ...this.best,
      commands: commands.filter(({ atUs }) => atUs <= seenUs),
      faults: faults.filter(({ atUs }) => atUs <= seenUs),
    });
  }

  fewer(field: 'faults' | 'commands'): void {
    for (let size = Math.max(1, this.best[field].length >> 1); size >= 1 && !this.over; ) {
      let removed = false;
      // From the end: what comes late seldom matters for what came before.
      for (let end = this.best[field].length; end > 0 && !this.over; end -= size) {
        const items: readonly unknown[] = this.best[field];
        const kept = [...items.slice(0, Math.max(0, end - size)), ...items.slice(end)];
        if (this.#try({ ...this.best, [field]: kept })) removed = true;
      }
      if (size === 1 && !removed) return;
      size = size === 1 ? 1 : size >> 1;
    }
  }

  /** Each proposal is made for the best scenario so far, until none is taken. */
  tryAll(propose: (scenario: Scenario) => Iterable<Scenario>): void {
    for (let taken = true; taken && !this.over; ) {
      taken = false;
      for (const proposal of propose(this.best)) {
        if (this.over || !this.#try(proposal)) continue;
        taken = true;
        break;
      }
    }
  }

  #try(scenario: Scenario): boolean {
    if (!isValid(scenario)) return false;
    this.runs += 1;
    const result = runScenario(scenario);
    if (!isSame(troubleOf(result), this.#trouble)) return false;
    this.best = scenario;
    this.result = result;
    this.#onStep?.(scenario, this.runs);
    return true;
  }
}
