/**
 * Leak canaries: something in a run asks for chance. The guard must catch what takes it openly, running a seed twice what took it before the
 * run began.
 */
import type { Mutant } from './mutant.ts';

export const leakMutants: readonly Mutant[] = [
  {
    name: 'leak-into-the-engine',
    bug: 'the owner draws a wait from Math.random',
    file: 'core/engine/home/answers.ts',
    find: 'this.context.inner.varint(this.context.limits.retryAfterMs);',
    replace: 'this.context.inner.varint(this.context.limits.retryAfterMs + Math.floor(Math.random() * 3));',
    killedBy: ['throw'],
  },
  {
    name: 'leak-past-the-guard',
    bug: 'the network took Math.random before the run began',
    file: 'sim/network.ts',
    find: '  #lastUpUs = 0;',
    replace: '  static readonly leak = Math.random;\n  #lastUpUs = Math.floor(Link.leak() * 1_000);',
    killedBy: ['twice'],
  },
];
