/**
 * Cuts a recorded run of the real store at random points and opens what the disk would hold.
 *
 * Method: the trace is replayed call by call on a model of the file system; at each drawn point an image of the directory is built, as a
 * killed process or a power cut would leave it, opened with the real store, and every unit is judged against the history of that instant.
 * Then the owners write on.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { type EmbeddedStore, openEmbeddedStore } from '../../../core/store/embedded/embedded-store.ts';
import { Purpose, RandomStream } from '../../random.ts';
import type { UnitHistory } from '../unit-history.ts';
import { UnitOwner } from '../unit-owner.ts';
import { historiesOf } from './history-log.ts';
import { forgetRecording, type Recording, recordLives } from './record.ts';
import { bytesOf, pathOf, type TraceEvent } from './system-calls.ts';
import { type Image, pathIn, TracedFiles } from './traced-files.ts';
import { tracedLimits, tracedUnits } from './traced-limits.ts';

export interface DiskTraceResult {
  calls: number;
  cuts: number;
  powerCuts: number;
  /** Batches acknowledged before the last cut. */
  acked: number;
  lost: number;
  torn: number;
  /** Damage reported though there is none, a store that does not open or does not take writes. */
  other: number;
  findings: string[];
}

interface Cut {
  readonly what: string;
  readonly image: Image;
  readonly histories: readonly UnitHistory[];
  readonly acked: number;
}

type Violation = (kind: 'lost' | 'torn' | 'other', what: string) => void;

const writesAfterCut = 2;
const settleMsMax = 20_000;
const findingsMax = 10;

export async function runDiskTrace(cuts: number, seed: number, stopAtFirst = false): Promise<DiskTraceResult> {
  const result: DiskTraceResult = { calls: 0, cuts: 0, powerCuts: 0, acked: 0, lost: 0, torn: 0, other: 0, findings: [] };
  const recording = recordLives(seed);
  try {
    for (const life of recording.lives) result.calls += life.events.length;
    const violation: Violation = (kind, what) => {
      result[kind] += 1;
      if (result.findings.length < findingsMax) result.findings.push(`${kind}: ${what}`);
    };
    for (const cut of cutsOf(recording, cuts, seed, result, violation)) {
      await judge(cut, recording.directory, violation);
      result.cuts += 1;
      result.acked = cut.acked;
      if (stopAtFirst && result.findings.length > 0) break;
    }
  } finally {
    forgetRecording(recording);
  }
  return result;
}

/** Replays the recording once and stops at about `count` drawn calls. */
function* cutsOf(recording: Recording, count: number, seed: number, result: DiskTraceResult, violation: Violation): Generator<Cut> {
  const random = new RandomStream(seed, Purpose.faults, 2);
  const files = new TracedFiles(recording.directory);
  const history = new HistoryLines(recording.historyFile);
  const perLife = Math.ceil(count / recording.lives.length);
  for (const [number, life] of recording.lives.entries()) {
    const points = drawPoints(life.events, perLife, random);
    for (const [at, event] of life.events.entries()) {
      files.apply(event);
      history.apply(event);
      for (let times = points.get(at) ?? 0; times > 0; times -= 1) {
        const power = random.permille(650);
        if (power) result.powerCuts += 1;
        const what = `life ${number}, call ${at} of ${life.events.length}, ${power ? 'power cut' : 'kill'}`;
        const image = power ? files.afterPowerCut(random) : files.afterKill(random);
        yield { what, image, histories: historiesOf(history.lines, tracedUnits), acked: history.acked };
      }
    }
    files.processEnded(life.left, life.killed);
  }
  historiesOf(history.lines, tracedUnits, (verdict, unit) => {
    if (verdict !== 'fits') violation(verdict, `unit ${unit} after a kill of the recorded run itself`);
  });
}

/** Index of an event → how many cuts after it; only events that change something. */
function drawPoints(events: readonly TraceEvent[], count: number, random: RandomStream): Map<number, number> {
  const candidates = [...events.keys()].filter((at) => changesSomething(events[at]));
  const points = new Map<number, number>();
  for (let drawn = 0; drawn < count; drawn += 1) {
    const at = random.pick(candidates);
    points.set(at, (points.get(at) ?? 0) + 1);
  }
  return points;
}

function changesSomething({ call }: TraceEvent): boolean {
  switch (call.name) {
    case 'openat':
      return call.arguments[2].includes('O_CREAT');
    case 'write':
      // Eight bytes wake a thread.
      return Number(call.arguments[2]) > 8;
    default:
      return ['pwrite64', 'fsync', 'fdatasync', 'rename', 'unlink', 'mkdir'].includes(call.name);
  }
}

async function judge(cut: Cut, root: string, violation: Violation): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'parley-image-'));
  const found: Violation = (kind, what) => violation(kind, `${cut.what}: ${what}`);
  try {
    for (const [path, content] of cut.image) {
      const target = pathIn(root, path, directory);
      if (content === null) mkdirSync(target, { recursive: true });
      else writeFileSync(target, content);
    }
    await serveOn(directory, cut.histories, found);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Opens the image, judges what it shows, and goes on writing. */
async function serveOn(directory: string, histories: readonly UnitHistory[], found: Violation): Promise<void> {
  let store: EmbeddedStore;
  try {
    store = await openEmbeddedStore(directory, { limits: tracedLimits });
  } catch (error) {
    found('other', `does not open: ${error instanceof Error ? error.message : String(error)}`);
    return;
  }
  const world = { time: realTime, random: new RandomStream(1, Purpose.workload, 0), refused: () => false, violation: found };
  const owners = histories.map((history, slot) => new UnitOwner(world, slot, history));
  await Promise.all(owners.map((owner) => new Promise<void>((resolve) => owner.begin(store, resolve))));
  for (const owner of owners) owner.work();
  let givenUp = false;
  const abandoned = new AbortController();
  setTimeout(settleMsMax, undefined, { signal: abandoned.signal }).then(
    () => {
      givenUp = true;
    },
    () => {},
  );
  const allWrote = (): boolean => owners.every((owner) => owner.okCount >= writesAfterCut);
  while (!allWrote() && !givenUp) await setTimeout(5);
  if (givenUp) found('other', 'writes are stuck');
  abandoned.abort();
  for (const owner of owners) owner.crash();
  await new Promise<void>((resolve) => store.close(resolve));
}

const realTime = {
  after: (delayMs: number, run: () => void): void => {
    void setTimeout(delayMs).then(run);
  },
};

/** Gathers what was written to the history file. */
class HistoryLines {
  readonly lines: string[] = [];
  readonly #path: string;
  #descriptor = -1;

  constructor(path: string) {
    this.#path = path;
  }

  /** Batches acknowledged so far. */
  get acked(): number {
    return this.lines.reduce((count, line) => (line.startsWith('{"kind":"acknowledge"') ? count + 1 : count), 0);
  }

  /** A line counts as soon as its write begins. */
  apply(event: TraceEvent): void {
    const { call } = event;
    if (event.kind === 'end' && call.name === 'openat' && pathOf(call.arguments[1]) === this.#path) this.#descriptor = event.result;
    if (event.kind === 'begin' && call.name === 'write' && Number(call.arguments[0]) === this.#descriptor)
      this.lines.push(bytesOf(call.arguments[1]).toString().trimEnd());
  }
}
