// Goal: run every check at its CI or full count and say what passed. Method: one command after the other (they would disturb each
// other's measurements), each with a time stamp, a time limit and its last line of JSON kept. The last line printed is
// "N passed, N failed"; the exit code is 0 only without a failure. A full run writes its results, with the commit, into results/.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { machine, revision } from '../loadgen/environment.ts';
import { type Check, checks, commandOf, testReportPath } from './checks.ts';
import { runShell } from './shell.ts';

type Result = {
  name: string;
  command: string;
  ok: boolean;
  seconds: number;
  passed: number;
  failed: number;
  skipped: number;
  result: unknown;
};

const { values: options } = parseArgs({
  options: { ci: { type: 'boolean' }, full: { type: 'boolean' }, only: { type: 'string', multiple: true } },
});

async function main(): Promise<void> {
  if (options.ci === options.full) {
    console.error('usage: run-checks --ci|--full [--only NAME]…');
    process.exit(2);
  }
  const kind = options.full === true ? 'full' : 'ci';
  const startMs = performance.now();
  const results: Result[] = [];
  for (const check of checks.filter((each) => isWanted(each, kind))) {
    if (check.enabled) results.push(await runCheck(check, kind, startMs));
    else console.log(`${stamp(startMs)} ${check.name}: not built yet`);
  }
  if (kind === 'full') writeResults(results);
  report(results);
}

function isWanted(check: Check, kind: 'ci' | 'full'): boolean {
  if (kind === 'ci' && check.onlyInFull === true) return false;
  return options.only === undefined || options.only.includes(check.name);
}

async function runCheck(check: Check, kind: 'ci' | 'full', startMs: number): Promise<Result> {
  const command = commandOf(check, kind);
  const minutes = kind === 'ci' ? check.ciMinutes : check.fullMinutes;
  console.log(`${stamp(startMs)} ${check.name}: ${command}`);
  rmSync(testReportPath, { force: true });
  const run = await runShell(command, Math.max(3 * minutes, 3) * 60_000);
  const ok = run.exitCode === 0;
  const seconds = Math.round(run.seconds * 10) / 10;
  console.log(`${stamp(startMs)} ${check.name}: ${ok ? 'ok' : `FAILED (${run.ending})`} after ${seconds} s\n`);
  const counts = existsSync(testReportPath) ? testCounts(ok) : { passed: ok ? 1 : 0, failed: ok ? 0 : 1, skipped: 0 };
  return { name: check.name, command, ok, seconds, ...counts, result: lastJson(run.stdout) };
}

/** Vitest counts its own tests; a run that failed without a failed test (a build, an unhandled error) counts as one more. */
function testCounts(ok: boolean): { passed: number; failed: number; skipped: number } {
  const text = JSON.parse(readFileSync(testReportPath, 'utf8')) as {
    numPassedTests: number;
    numFailedTests: number;
    numPendingTests: number;
  };
  const failed = text.numFailedTests === 0 && !ok ? 1 : text.numFailedTests;
  return { passed: text.numPassedTests, failed, skipped: text.numPendingTests };
}

function lastJson(stdout: string): unknown {
  const line = stdout.trimEnd().split('\n').at(-1) ?? '';
  try {
    return line.startsWith('{') ? (JSON.parse(line) as unknown) : undefined;
  } catch {
    return undefined;
  }
}

function writeResults(results: readonly Result[]): void {
  const { commit, isClean } = revision();
  const now = new Date().toISOString();
  const path = `results/${now.slice(0, 16).replace(':', '')}-${commit.slice(0, 9)}.json`;
  mkdirSync('results', { recursive: true });
  writeFileSync(path, `${JSON.stringify({ finished: now, commit, isClean, machine: machine(), checks: results }, undefined, 2)}\n`);
  console.log(`wrote ${path}`);
}

function report(results: readonly Result[]): void {
  const sum = (key: 'passed' | 'failed' | 'skipped'): number => results.reduce((total, result) => total + result[key], 0);
  for (const result of results) console.log(`${result.ok ? 'ok    ' : 'FAILED'} ${String(result.seconds).padStart(7)} s  ${result.name}`);
  const skipped = sum('skipped');
  console.log(`${sum('passed')} passed, ${sum('failed')} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
  process.exitCode = results.every((result) => result.ok) ? 0 : 1;
}

function stamp(startMs: number): string {
  const seconds = Math.round((performance.now() - startMs) / 1000);
  return `[${new Date().toISOString().slice(11, 19)} +${seconds} s]`;
}

await main();
