/**
 * Mutants of the HBase store for this kill test: faults that show only when a real HBase loses a server.
 *
 * One that takes an unknown outcome for a refusal is not among them: the engine sends a refused batch again, and when it gives it up it claims the
 * slot anew and reads everything again, so that lie does no harm (tried: 3 region servers killed, 3 paused, nothing found).
 */
import type { Mutant } from '../../sim/mutants/mutant.ts';

export const hbaseKillMutants: readonly Mutant[] = [
  {
    name: 'unknown-as-applied',
    bug: 'a write whose outcome is unknown is taken as one that was applied',
    file: 'core/store/hbase/joined-writes.ts',
    find: "if (error.applied === 'unknown') return { kind: 'unknown' };",
    replace: "if (error.applied === 'unknown') return { kind: 'ok' };",
    killedBy: ['accepted means durable', 'one order', 'exactly once'],
  },
  {
    name: 'log-written-behind',
    bug: 'writes are answered before they are in the log of the region server (ASYNC_WAL)',
    file: 'core/store/hbase/hbase-store.ts',
    find: 'Durability.fsync : Durability.sync',
    replace: 'Durability.fsync : 2',
    killedBy: ['accepted means durable', 'one order', 'exactly once'],
  },
];
