/**
 * One life of the real embedded store, to be run under strace: `traced-life.js DIRECTORY HISTORY-FILE SEED MILLISECONDS kill|close`. Owners
 * write and read until the time is over; then the process kills itself, or closes the store.
 */
import { openSync, writeSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { openEmbeddedStore } from '../../../core/store/embedded/embedded-store.ts';
import { Purpose, RandomStream } from '../../random.ts';
import { UnitOwner } from '../unit-owner.ts';
import { LoggedHistory } from './history-log.ts';
import { tracedLimits, tracedUnits } from './traced-limits.ts';

const [directory, historyFile, seed, lifeMs, end] = process.argv.slice(2);
const history = openSync(historyFile, 'a');
const random = new RandomStream(Number(seed), Purpose.workload, 0);
const store = await openEmbeddedStore(directory, { limits: tracedLimits });
const world = {
  time: {
    after: (delayMs: number, run: () => void): void => {
      void setTimeout(delayMs).then(run);
    },
  },
  random,
  refused: () => false,
  violation: (kind: string, what: string): void => {
    process.stderr.write(`${kind}: ${what}\n`);
    process.exitCode = 1;
  },
};

const owners = Array.from(
  { length: tracedUnits },
  (_, slot) => new UnitOwner(world, slot, new LoggedHistory(slot, (line) => writeSync(history, line))),
);
await Promise.all(owners.map((owner) => new Promise<void>((resolve) => owner.begin(store, resolve, false))));
for (const owner of owners) owner.work();

await setTimeout(Number(lifeMs));
if (end === 'kill') process.kill(process.pid, 'SIGKILL');
for (const owner of owners) owner.crash();
store.close(() => {});
