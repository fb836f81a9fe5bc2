/** What one seed gave, in the few words that travel between threads, and how it is judged. */
import { violationText } from '../checkers/checker.ts';
import { withNames } from '../history/words.ts';
import { type RunResult, runScenario } from '../run.ts';
import { drawScenario, type Scenario } from '../scenario.ts';
import { firstDifference } from '../trace-diff.ts';
import { troubleOf } from '../verdict.ts';
import { ExitCode } from './exit-code.ts';

export interface SeedReport {
  readonly seed: number;
  readonly exitCode: number;
  readonly checkers: readonly string[];
  readonly text: string;
  readonly traceHash: string;
  readonly messages: number;
  readonly events: number;
  readonly violations: number;
  readonly sometimes: Readonly<Record<string, number>>;
}

/** Runs a seed, `twice` to see that it gives the same trace. */
export function reportSeed(seed: number, messages: number, twice: boolean): SeedReport {
  return reportScenario(drawScenario(seed, messages), twice);
}

/** The same of a scenario that is at hand. */
export function reportScenario(scenario: Scenario, twice: boolean): SeedReport {
  const result = runScenario(scenario);
  const again = twice ? runScenario(scenario).traceHash : result.traceHash;
  const exitCode = judge(result, again);
  const difference = again === result.traceHash ? '' : `\n${firstDifference(scenario)}`;
  return {
    seed: scenario.seed,
    exitCode,
    checkers: [...new Set(result.violations.map((violation) => violation.checker))],
    text: exitCode === ExitCode.ok ? '' : explain(result, again) + difference,
    traceHash: result.traceHash,
    messages: result.messages,
    events: result.events,
    violations: result.violations.length + result.crashes.length + (result.unsettled !== '' && result.violations.length === 0 ? 1 : 0),
    sometimes: result.sometimes,
  };
}

/** Exit code of one run: crash before broken promise before liveness before determinism. */
export function judge(result: RunResult, hashAgain: string): number {
  const trouble = troubleOf(result);
  if (trouble !== undefined) return ExitCode[trouble.kind];
  return result.traceHash === hashAgain ? ExitCode.ok : ExitCode.nondeterministic;
}

/** The violations of a run in words. */
export function explain(result: RunResult, hashAgain: string): string {
  const lines = result.crashes.map((crash) => `a machine threw: ${crash}`);
  for (const violation of result.violations) lines.push(violationText(violation, result.names));
  if (result.unsettled !== '')
    lines.push(
      `it did not come to rest within ${(result.virtualUs / 1e6).toFixed(0)} virtual seconds: ${withNames(result.unsettled, result.names)}`,
    );
  if (result.traceHash !== hashAgain) lines.push(`run again, the same seed gave trace ${hashAgain} instead of ${result.traceHash}`);
  return lines.join('\n');
}
