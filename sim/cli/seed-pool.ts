/**
 * Runs a range of seeds on several threads and shows each report, in whatever order they come.
 *
 * Method: each worker gets a few seeds at a time; the next ones when its last report came. `take` may say that it has seen enough.
 */
import { Worker } from 'node:worker_threads';
import type { SeedReport } from './seed-report.ts';
import type { SeedOrder } from './seed-worker.ts';

export interface SeedRange {
  readonly from: number;
  readonly count: number;
  readonly messages: number;
  readonly twiceEvery: number;
  readonly workers: number;
  /** Where the worker's built file lies; a mutant has its own. */
  readonly workerUrl?: URL;
  /** Run before the range, in this order. */
  readonly first?: readonly number[];
  /** A saved scenario that is run before all of them. */
  readonly file?: string;
}

const seedsAnOrder = 4;

/** Resolves when all seeds were reported or `take` returned false. */
export async function runSeeds(range: SeedRange, take: (report: SeedReport) => boolean): Promise<void> {
  const url = range.workerUrl ?? new URL(import.meta.url.endsWith('.ts') ? './seed-worker.ts' : './seed-worker.js', import.meta.url);
  const end = range.from + range.count;
  const first = [...(range.first ?? [])];
  let next = range.from;
  let { file } = range;
  let enough = false;
  const takeSome = (): { seed: number; count: number; file?: string } => {
    if (file !== undefined) {
      const saved = file;
      file = undefined;
      return { seed: 0, count: 1, file: saved };
    }
    const seed = first.shift();
    if (seed !== undefined) return { seed, count: 1 };
    const count = Math.min(seedsAnOrder, end - next);
    next += count;
    return { seed: next - count, count };
  };
  const one = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const worker = new Worker(url);
      let expected = 0;
      const order = (): void => {
        if (enough || (file === undefined && first.length === 0 && next >= end)) {
          worker.terminate().then(() => resolve(), reject);
          return;
        }
        const some = takeSome();
        const message: SeedOrder = { ...some, messages: range.messages, twiceEvery: range.twiceEvery };
        expected = some.count;
        worker.postMessage(message);
      };
      worker.on('error', reject);
      worker.on('message', (report: SeedReport) => {
        expected -= 1;
        if (!enough && !take(report)) enough = true;
        if (enough || expected === 0) order();
      });
      order();
    });
  await Promise.all(Array.from({ length: Math.max(1, range.workers) }, one));
}
