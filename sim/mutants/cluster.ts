/** Mutants of ownership in a cluster: claims, leases, the way of a session to its owner. */
import type { Mutant } from './mutant.ts';

export const clusterMutants: readonly Mutant[] = [
  {
    name: 'claims-what-is-held',
    bug: 'a slot is claimed though its former owner lives and has not released it',
    file: 'core/engine/slot/claim.ts',
    find: 'if (seen.released || context.holdings[slot.partition] === Holding.all) return true;',
    replace: 'if (slot.partition >= 0) return true;',
    killedBy: ['one owner serves'],
  },
  {
    name: 'serves-outside-lease',
    bug: 'an owner whose lease ended goes on answering reads and giving verdicts',
    file: 'core/engine/owner-context.ts',
    find: 'return this.now < this.leaseUntilMs && this.holdings[partition] !== Holding.none;',
    replace: 'return this.holdings[partition] !== Holding.none;',
    killedBy: ['one owner serves', 'receipts true', 'undelivered true'],
  },
  {
    name: 'sessions-stay-behind',
    bug: 'sessions do not register with the new owner of their user when the directory changes',
    file: 'core/engine/edge/edge.ts',
    find: 'if (session.registration !== 0 && this.table.ownerOf(session) !== session.owner) this.table.register(session);',
    replace: 'if (session.registration < 0) this.table.register(session);',
    killedBy: ['undelivered true', 'nobody missed', 'rest'],
  },
  {
    name: 'refused-registration-forgotten',
    bug: 'a session that an owner would not register is not registered again',
    file: 'core/engine/edge/edge-links.ts',
    find: 'session.registerAtMs = context.nowMs + context.limits.retryAfterMs;',
    replace: 'session.registerAtMs = null;',
    killedBy: ['nobody missed', 'receipts true', 'rest'],
  },
  {
    name: 'never-settled',
    bug: 'a node never says that it let go of what it lost: the new owner waits for ever',
    file: 'core/engine/cluster/cluster.ts',
    find: 'this.heartbeat.settled = version;',
    replace: '',
    killedBy: ['rest'],
  },
];
