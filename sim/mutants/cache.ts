/** Mutants of the cache before the store: each of the checks that make a lying cache harmless, left out. */
import type { Mutant } from './mutant.ts';

export const cacheMutants: readonly Mutant[] = [
  {
    name: 'cache-trusted-without-version',
    bug: 'a copy of a log is believed whatever state of the log it is of: deleted text comes back, a zombie tells its past',
    file: 'core/store/cache/chunk.ts',
    find: "if (head < version.changed || head > version.head) return 'old';",
    replace: '',
    killedBy: ['throw', 'one order', 'no phantom'],
  },
  {
    name: 'cache-seal-not-checked',
    bug: "damaged values and those of other keys are taken for this log's events",
    file: 'core/store/cache/chunk.ts',
    find: "if (!equalRanges(value, bodyBytes, seal(key, value.subarray(0, bodyBytes)), 0, sealBytes)) return 'false';",
    replace: '',
    killedBy: ['throw', 'one order', 'no phantom', 'no hole'],
  },
  {
    name: 'cache-change-not-noted',
    bug: 'an edit does not say in the head that it changed an earlier row',
    file: 'core/engine/home/edits.ts',
    find: 'conversation.changedSeq = event.seq;',
    replace: '',
    killedBy: ['throw'],
  },
  {
    name: 'cache-absent-for-ever',
    bug: 'a name that was not there stays so although it was made meanwhile',
    file: 'core/store/cache/absent.ts',
    find: 'if (this.units.get(unit)?.delete(key) === true) this.size -= 1;',
    replace: '',
    killedBy: ['throw', 'rest', 'nobody missed'],
  },
];
