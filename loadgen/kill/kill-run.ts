/**
 * One kill test: the built server under open traffic, killed again and again, until everything is at rest and read back from the disk.
 *
 * Method: this process holds all clients and writes their history; the server is a child on one directory. The checkers of the simulator read
 * along; what else must hold (the server comes back, ends only when told to, its directory passes `parley store check`) is said in words, too.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { checkStore } from '../../core/store/check/check-store.ts';
import { CheckerSet } from '../../sim/checkers/all.ts';
import { violationText } from '../../sim/checkers/checker.ts';
import { type HistoryEntry, historyFormat } from '../../sim/history/entry.ts';
import { Purpose, RandomStream } from '../../sim/random.ts';
import { Recorder } from '../../sim/recorder.ts';
import { Crowd } from './crowd.ts';
import { HistoryFile } from './history-file.ts';
import type { KillClient } from './kill-client.ts';
import { type PlannedKill, planKills } from './kill-plan.ts';
import { KillServer } from './kill-server.ts';
import { killLimits } from './limits.ts';
import { Progress } from './progress.ts';
import { readDirectory } from './read-store.ts';
import { type KillResult, RunFigures, resultOf } from './result.ts';
import { Traffic } from './traffic.ts';

export interface KillOptions {
  readonly kills: number;
  readonly seed: number;
  readonly ratePerSecond: number;
  /** Exists and is empty: data directory and clients' files are made in it. */
  readonly directory: string;
  readonly history: string;
  /** The server's program. */
  readonly entry: string;
  /** In the end, what is not at rest may stay the same for so long. */
  readonly stallMsMax: number;
  readonly report: (line: string) => void;
}

/** The run cannot go on; the message is a violation. */
class RunBroken extends Error {
  override readonly name = 'RunBroken';
}

export async function runKillTest(options: KillOptions): Promise<KillResult> {
  const server = await KillServer.create(join(options.directory, 'data'), options.entry);
  const run = new KillRun(options, server);
  return run.run();
}

class MonotonicClock {
  private readonly startedMs = performance.now();

  get nowUs(): number {
    return Math.round((performance.now() - this.startedMs) * 1000);
  }
}

class KillRun {
  private readonly options: KillOptions;
  private readonly server: KillServer;
  private readonly history: HistoryFile;
  private readonly checkers = new CheckerSet();
  private readonly progress = new Progress();
  private readonly clock = new MonotonicClock();
  private readonly recorder: Recorder;
  private readonly figures = new RunFigures();
  private readonly clientCrashes = new Map<KillClient, Promise<void>>();
  private crowd: Crowd | null = null;
  private startMs = 0;

  constructor(options: KillOptions, server: KillServer) {
    this.options = options;
    this.server = server;
    this.history = new HistoryFile(options.history);
    this.recorder = new Recorder(this.clock, this.checkers);
    this.recorder.onEntry = (entry) => this.take(entry);
  }

  async run(): Promise<KillResult> {
    const { recorder, options, figures } = this;
    recorder.add({ process: 'kill', type: 'info', op: 'run', format: historyFormat, errorUs: 0, seed: options.seed });
    try {
      await this.goOn(() => this.killsUnderTraffic());
      await this.goOn(() => this.comeToRest());
      await this.goOn(() => this.readBack());
    } finally {
      await this.crowd?.close();
      await this.server.kill();
      await this.history.end();
    }
    figures.problems.push(...this.server.died);
    figures.seconds = this.clock.nowUs / 1_000_000;
    figures.accepted = this.progress.accepted;
    figures.failed = this.progress.failed;
    const violations = this.checkers.finish();
    for (const violation of violations) options.report(violationText(violation));
    return resultOf(figures, this.checkers, options);
  }

  /** A step; when it breaks, the next ones look at what there is. */
  private async goOn(step: () => Promise<void>): Promise<void> {
    try {
      await step();
    } catch (error) {
      if (!(error instanceof RunBroken)) throw error;
      this.figures.problems.push(error.message);
      this.options.report(error.message);
    }
  }

  private async killsUnderTraffic(): Promise<void> {
    const { options, server, figures } = this;
    const crowd = await this.begin();
    const traffic = new Traffic(crowd, new RandomStream(options.seed, Purpose.workload, 0), options.ratePerSecond);
    traffic.start();
    try {
      for (const [at, kill] of planKills(options.seed, options.kills).entries()) {
        if (kill.kind === 'recovery') await pause(kill.startPart * this.startMs);
        else await this.untilTrafficFlows();
        if (kill.kind === 'traffic') await this.untilBacklogIsOver();
        if (kill.kind !== 'recovery') await pause(kill.trafficMs);
        if (kill.kind === 'traffic' && kill.crashesClient) await this.crashWithLastWords(crowd, traffic, kill);
        if (kill.kind === 'burst') {
          traffic.burst(killLimits.burstSends);
          await pause(kill.burstMs);
        }
        crowd.showAll();
        this.note(`kill ${at + 1} (${kill.kind}), ${this.recorder.open.size} sends without an outcome`);
        figures.kills[kill.kind]++;
        const killedUs = this.clock.nowUs;
        if (kill.crashesClient && kill.kind !== 'traffic') this.crashClient(crowd, kill);
        await server.kill();
        this.progress.expectRecovery();
        server.spawn();
        void this.watchRecovery(killedUs);
      }
      await this.untilTrafficFlows();
      await pause(killLimits.lastTrafficMs);
    } finally {
      traffic.stop();
      figures.written = traffic.written;
      figures.writtenPerSecond = traffic.writtenPerSecond;
    }
  }

  private async begin(): Promise<Crowd> {
    const { options, server, recorder } = this;
    const clientDirectory = join(options.directory, 'clients');
    mkdirSync(clientDirectory);
    const spawnedMs = performance.now();
    server.spawn();
    if (!(await server.untilReady(killLimits.startMsMax))) throw new RunBroken(`the server did not start${server.lastWords()}`);
    this.startMs = performance.now() - spawnedMs;
    this.crowd = await Crowd.create({
      recorder,
      secret: server.secret,
      streamPort: server.streamPort,
      directory: clientDirectory,
      onFailure: (error) => this.figures.problems.push(`a client's file failed: ${String(error)}`),
    });
    const { crowd } = this;
    await crowd.begin();
    await this.until(() => crowd.areLive, killLimits.recoverMsMax, 'not every client came on line at the start');
    crowd.showAll();
    return crowd;
  }

  /** The server accepts again. */
  private async untilTrafficFlows(): Promise<void> {
    const { progress } = this;
    await this.until(() => progress.recoveredUs > 0, killLimits.recoverMsMax, 'no send was accepted any more');
  }

  /** What was written while the server was away is accepted, or a slow machine has had its time. */
  private async untilBacklogIsOver(): Promise<void> {
    const openMax = (this.options.ratePerSecond * killLimits.backlogMs) / 1000;
    const endMs = performance.now() + killLimits.backlogWaitMsMax;
    while (this.recorder.open.size > openMax && this.server.lives && performance.now() < endMs) await pause(killLimits.pollMs);
  }

  /** Notes when the server was ready and when it accepted, unless it is killed before. */
  private async watchRecovery(killedUs: number): Promise<void> {
    const { server, progress, figures, clock } = this;
    const kills = figures.killsDone;
    const spawnedUs = clock.nowUs;
    const isReady = await server.untilReady(killLimits.startMsMax);
    if (!isReady || figures.killsDone !== kills) return;
    const readyUs = clock.nowUs;
    this.startMs = (readyUs - spawnedUs) / 1000;
    while (progress.recoveredUs === 0) {
      await pause(killLimits.pollMs);
      if (!server.lives || figures.killsDone !== kills) return;
    }
    const [readyMs, recoverMs] = [readyUs, progress.recoveredUs].map((us) => Math.round((us - killedUs) / 1000));
    figures.readyMs.push(readyMs);
    figures.recoverMs.push(recoverMs);
    this.note(`accepted again ${recoverMs} ms after the kill, ready after ${readyMs} ms`);
  }

  /** The client dies before the server, and is written to meanwhile: only the server's inbox can tell it of that. */
  private async crashWithLastWords(crowd: Crowd, traffic: Traffic, kill: PlannedKill): Promise<void> {
    const client = this.crashClient(crowd, kill);
    if (client === null) return;
    traffic.lastWords(client);
    await pause(kill.lastWordsMs);
  }

  /** Kills a client that keeps a file, and begins it again a moment later. */
  private crashClient(crowd: Crowd, kill: PlannedKill): KillClient | null {
    const candidates = crowd.clients.filter((client) => client.canCrash && !this.clientCrashes.has(client));
    if (candidates.length === 0) return null;
    const client = candidates[kill.clientPick % candidates.length];
    this.figures.clientCrashes++;
    const again = async (): Promise<void> => {
      await client.crash();
      // After last words it comes back to the next server.
      await pause(kill.kind === 'traffic' ? kill.lastWordsMs + kill.clientDownMs : kill.clientDownMs);
      await client.begin();
      this.clientCrashes.delete(client);
    };
    this.clientCrashes.set(client, again());
    return client;
  }

  private async comeToRest(): Promise<void> {
    const { crowd, options, figures } = this;
    if (crowd === null) return;
    await Promise.all(this.clientCrashes.values());
    await crowd.addLateDevices();
    const endMs = performance.now() + killLimits.convergeMsMax;
    let quietSinceMs = 0;
    let sameSinceMs = performance.now();
    for (;;) {
      crowd.showAll();
      const unrest = crowd.areLive ? this.progress.unrest(this.recorder.open.size) : 'not every client is live';
      const nowMs = performance.now();
      if (unrest !== figures.unrest) sameSinceMs = nowMs;
      figures.unrest = unrest;
      if (figures.unrest !== '') quietSinceMs = 0;
      else if (quietSinceMs === 0) quietSinceMs = nowMs;
      else if (nowMs - quietSinceMs >= killLimits.quietMs) break;
      if (nowMs > endMs || nowMs - sameSinceMs > options.stallMsMax || !this.server.lives) break;
      await pause(killLimits.pollMs * 5);
    }
    this.note(figures.unrest === '' ? 'everything is at rest' : `not at rest: ${figures.unrest}`);
    await crowd.close();
    const badEnd = await this.server.stop();
    if (badEnd !== '') figures.problems.push(badEnd);
  }

  private async readBack(): Promise<void> {
    const { server, recorder, figures } = this;
    const process = 'reader';
    try {
      for (const { key, events, watermarks } of await readDirectory(server.directory)) {
        for (const event of events) recorder.add({ process, type: 'ok', op: 'log', ...event });
        for (const watermark of watermarks) recorder.add({ process, type: 'ok', op: 'watermark', conversation: key, ...watermark });
      }
      recorder.add({ process, type: 'info', op: 'readback' });
      if (figures.unrest === '') recorder.add({ process, type: 'info', op: 'rest' });
      const check = await checkStore(server.directory);
      figures.problems.push(...check.problems.map((problem) => `store check: ${problem}`));
    } catch (error) {
      throw new RunBroken(`the store could not be read back: ${String(error)}`);
    }
  }

  /** @throws RunBroken when it does not come, or the server is gone meanwhile. */
  private async until(condition: () => boolean, msMax: number, otherwise: string): Promise<void> {
    const endMs = performance.now() + msMax;
    while (!condition()) {
      if (!this.server.lives || performance.now() > endMs) throw new RunBroken(`${otherwise}${this.server.lastWords()}`);
      await pause(killLimits.pollMs);
    }
  }

  private note(what: string): void {
    this.recorder.add({ process: 'kill', type: 'info', op: 'fault', what });
    this.options.report(what);
  }

  private take(entry: HistoryEntry): void {
    this.history.add(entry);
    this.progress.observe(entry);
  }
}
