/** Mutants of the HBase store for the kill test: faults that show only when a real HBase fails. */
import type { Mutant } from '../../sim/mutants/mutant.ts';

export const hbaseKillMutants: readonly Mutant[] = [
  {
    name: 'unknown-as-refused',
    bug: 'a write whose outcome is unknown is taken as one that was not applied',
    file: 'core/store/hbase/hbase-store.ts',
    find: "isSent && error.applied === 'unknown'",
    replace: "isSent && error.applied === 'unknown' && error.nextStep === 'final'",
    killedBy: ['accepted means durable', 'exactly once', 'one order'],
  },
];
