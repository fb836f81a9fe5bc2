/** A worker thread that runs the seeds it is told and reports each. */
import { readFileSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';
import { readSaved } from '../shrink/saved.ts';
import { reportScenario, reportSeed } from './seed-report.ts';

/** `seed` and up, `count` of them; every `twiceEvery`th is run twice. */
export interface SeedOrder {
  readonly seed: number;
  readonly count: number;
  readonly messages: number;
  readonly twiceEvery: number;
  /** Runs this saved scenario instead. */
  readonly file?: string;
}

const port = parentPort;
if (port === null) throw new Error('seed-worker is started as a worker thread');
port.on('message', (order: SeedOrder) => {
  if (order.file !== undefined) {
    port.postMessage(reportScenario(readSaved(readFileSync(order.file, 'utf8')).scenario, order.twiceEvery === 1));
    return;
  }
  for (let seed = order.seed; seed < order.seed + order.count; seed += 1) {
    port.postMessage(reportSeed(seed, order.messages, seed % order.twiceEvery === 0));
  }
});
