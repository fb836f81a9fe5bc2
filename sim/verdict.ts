/**
 * What a run showed, as one of four kinds: a machine threw, a promise was broken, it never came to rest, or nothing.
 */
import type { RunResult } from './run.ts';

export interface Trouble {
  readonly kind: 'crash' | 'safety' | 'liveness';
  /** Checkers that spoke; `throw` for a crash, `rest` for what never came to rest. */
  readonly checkers: readonly string[];
}

/** Crash before broken promise before liveness; undefined: every promise was kept. */
export function troubleOf(result: RunResult): Trouble | undefined {
  if (result.crashes.length > 0) return { kind: 'crash', checkers: ['throw'] };
  const broken = result.violations.filter((violation) => !violation.message.startsWith('at rest'));
  if (broken.length > 0) return { kind: 'safety', checkers: namesOf(broken) };
  if (result.violations.length > 0) return { kind: 'liveness', checkers: [...namesOf(result.violations), 'rest'] };
  return result.unsettled === '' ? undefined : { kind: 'liveness', checkers: ['rest'] };
}

/** The same kind of trouble, seen by at least one of the same checkers. */
export function isSame(trouble: Trouble | undefined, as: Trouble): boolean {
  return trouble !== undefined && trouble.kind === as.kind && trouble.checkers.some((name) => as.checkers.includes(name));
}

function namesOf(violations: RunResult['violations']): string[] {
  return [...new Set(violations.map(({ checker }) => checker))];
}
