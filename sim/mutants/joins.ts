/** Mutants of joined writes: what the outcome of a call means for each of the slots in it. */
import type { Mutant } from './mutant.ts';

export const joinMutants: readonly Mutant[] = [
  {
    name: 'refused-together-refused-each',
    bug: 'a joined call that was refused is told as a refusal of each of its slots, though only one of them was fenced',
    file: 'core/store/joiner.ts',
    find: "if (units.length > 1 && (outcome.kind === 'conditionFalse' || outcome.kind === 'apart')) {",
    replace: "if (units.length > 1 && outcome.kind === 'apart') {",
    killedBy: ['throw'],
  },
  {
    name: 'apart-taken-as-applied',
    bug: 'a joined call whose region was split meanwhile is told as applied',
    file: 'core/store/joiner.ts',
    find: 'this.counts.refusedTogether += 1;',
    replace:
      "for (const unit of units) if (outcome.kind === 'apart') this.end(unit, { kind: 'ok' });\n      if (outcome.kind === 'apart') return;",
    killedBy: ['accepted means durable', 'throw', 'exactly once', 'one outcome'],
  },
];
