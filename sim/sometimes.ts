/**
 * What a set of seeds must have reached at least once: the rare paths of engine and faults. A path that is never taken is never checked.
 */

/** Names of counters: of the machines, the store model, the faults, the hosts. */
export const sometimes: readonly string[] = [
  // outcomes of writes
  'unknownFoundApplied',
  'selfReclaims',
  'rollbacks',
  'lateKilled',
  'appliedLate',
  'lostInCrash',
  'joinedCalls',
  'refusedTogether',
  // obligations
  'obligationsRedone',
  'eventsToldAgain',
  // resumes
  'resumesFromMemory',
  'resumesFromScan',
  'raisedMergedIntoResume',
  'superseded',
  'lowerAttemptRefused',
  'loginRetries',
  // sends
  'counterConflict',
  'gap',
  'expired',
  'duplicateAnswered',
  'duplicateWaited',
  'rejected',
  'edits',
  'deletions',
  // verdicts
  'undelivered',
  'coldVerdicts',
  'stoodStill',
  // devices
  'pressed',
  'closedIdle',
  'closedSlow',
  'tokensExpired',
  'rateLimited',
  'outbox adopted by another tab',
  'reset shown',
  // memory
  'conversationsEvicted',
  'usersEvicted',
  'conversationsWoken',
  'entriesWoken',
  // the cache
  'cache hits',
  'cache joined',
  'cache old',
  'cache false',
  'cache removed',
  'cache absentHits',
  // the store was put back
  'store restored',
  // the cluster
  'declaredDead',
  'deposed',
  'freezes',
  'heartbeatsFoundApplied',
  'pendingCleared',
  'clockOff',
  'clockFarOff',
  'resigned',
  'slotsReleased',
  'fencedSlots',
  'refusedNotServed',
  'registeredAgain',
  // faults
  'fault cut',
  'fault cutAll',
  'fault stall',
  'fault offline',
  'fault clog',
  'fault freeze',
  'fault crashTab',
  'fault backup',
  'fault crashNode',
  'fault pauseNode',
  'fault slowNode',
  'fault setClock',
  'fault breakLink',
  'fault storeOutage',
  'fault diskFull',
  'fault muteStore',
  'fault slotsOutage',
  'fault slowStore',
  'fault drainNode',
  'fault cutPeers',
  'fault cutStore',
];

/** Those that `counts` never saw. */
export function unreachedOf(counts: Readonly<Record<string, number>>): string[] {
  return sometimes.filter((name) => (counts[name] ?? 0) === 0);
}
