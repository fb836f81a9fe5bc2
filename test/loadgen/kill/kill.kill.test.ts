// Goal: a short kill test of the built server holds, and its file judged by `parley sim check` says the same; `npm run test:kill` is the long one.
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { runKillTest } from '../../../loadgen/kill/kill-run.ts';
import { CheckerSet } from '../../../sim/checkers/all.ts';
import { readHistoryFile } from '../../../sim/cli/check-command.ts';

const entry = 'dist/core/cli/main.js';

it('nothing is lost, doubled or reordered over kills of the server and of clients', async () => {
  expect(existsSync(entry), 'npm run build comes first').toBe(true);
  const directory = mkdtempSync(join(tmpdir(), 'parley-kill-vitest-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const history = join(directory, 'history.ndjson');
  const options = { kills: 3, seed: 5, ratePerSecond: 500, directory, history, entry, stallMsMax: 60_000, report: () => {} };
  const result = await runKillTest(options);
  expect(result.violations).toEqual([]);
  expect(result).toMatchObject({ ok: true, kills: 3, lost: 0, doubled: 0, reordered: 0, converged: true });
  expect(result.clientCrashes).toBeGreaterThan(0);
  expect(result.accepted).toBeGreaterThan(500);
  expect(result.recoverWorstMs).toBeGreaterThanOrEqual(result.readyP50Ms / 2);
  const checkers = new CheckerSet();
  expect(await readHistoryFile(history, checkers)).toBeGreaterThan(5 * result.accepted);
  expect(checkers.finish()).toEqual([]);
});
