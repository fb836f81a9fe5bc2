/** A worker thread that shrinks one seed and tells how small it became; a mutant has its own build of this file. */
import { parentPort } from 'node:worker_threads';
import { drawScenario } from '../scenario.ts';
import { shrink } from '../shrink/shrink.ts';

export interface ShrinkOrder {
  readonly seed: number;
  readonly messages: number;
  readonly runsMax: number;
}

export interface ShrinkReport {
  /** Of commands and faults together, before and after. */
  readonly before: number;
  readonly after: number;
  readonly commands: number;
  readonly faults: number;
  readonly runs: number;
}

const port = parentPort;
if (port === null) throw new Error('shrink-worker is started as a worker thread');
port.on('message', ({ seed, messages, runsMax }: ShrinkOrder) => {
  const scenario = drawScenario(seed, messages);
  const before = scenario.commands.length + scenario.faults.length;
  const shrunk = shrink(scenario, runsMax);
  const { commands, faults } = shrunk?.scenario ?? scenario;
  const report: ShrinkReport = {
    before,
    after: commands.length + faults.length,
    commands: commands.length,
    faults: faults.length,
    runs: shrunk?.runs ?? 1,
  };
  port.postMessage(report);
});
