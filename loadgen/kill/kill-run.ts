/**
 * One kill test: the built server under open traffic, killed again and again, until everything is at rest and read back from the disk.
 *
 * Method: this process holds all clients and writes their history; the server is a child on one directory. The checkers of the simulator read
 * along; what else must hold (the server comes back, ends only when told to, its directory passes `parley store check`) is said in words, too.
 */
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { checkStore } from '../../core/store/check/check-store.ts';
import { Purpose, RandomStream } from '../../sim/random.ts';
import type { Crowd } from './crowd.ts';
import type { KillClient } from './kill-client.ts';
import { type PlannedKill, planKills } from './kill-plan.ts';
import { KillServer } from './kill-server.ts';
import { killLimits } from './limits.ts';
import { type ObservedOptions, ObservedRun, RunBroken } from './observed-run.ts';
import { readDirectory } from './read-store.ts';
import { type KillResult, RunFigures, resultOf } from './result.ts';
import { Traffic } from './traffic.ts';

/** The data directory is made in `directory`, too. */
export interface KillOptions extends ObservedOptions {
  readonly kills: number;
  readonly ratePerSecond: number;
  /** The server's program. */
  readonly entry: string;
}

export async function runKillTest(options: KillOptions): Promise<KillResult> {
  const directory = join(options.directory, 'data');
  const server = await KillServer.create(options.entry, ['--data', directory]);
  const run = new KillRun(options, server, directory);
  return run.run();
}

class KillRun {
  private readonly options: KillOptions;
  private readonly server: KillServer;
  /** The server's. */
  private readonly directory: string;
  private readonly observed: ObservedRun;
  private readonly figures = new RunFigures();
  private readonly clientCrashes = new Map<KillClient, Promise<void>>();
  private startMs = 0;

  constructor(options: KillOptions, server: KillServer, directory: string) {
    this.options = options;
    this.server = server;
    this.directory = directory;
    this.observed = new ObservedRun(options, () => server);
  }

  async run(): Promise<KillResult> {
    const { observed, options, figures } = this;
    try {
      await observed.goOn(() => this.killsUnderTraffic());
      await observed.goOn(() => this.comeToRest());
      await observed.goOn(() => this.readBack());
    } finally {
      await observed.close();
      await this.server.kill();
    }
    observed.problems.push(...this.server.died);
    observed.finish();
    return resultOf(figures, observed, options);
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
        this.observed.note(`kill ${at + 1} (${kill.kind}), ${this.observed.recorder.open.size} sends without an outcome`);
        figures.kills[kill.kind]++;
        const killedUs = this.observed.clock.nowUs;
        if (kill.crashesClient && kill.kind !== 'traffic') this.crashClient(crowd, kill);
        await server.kill();
        this.observed.progress.expectRecovery();
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
    const { server, observed } = this;
    const spawnedMs = performance.now();
    server.spawn();
    if (!(await server.untilReady(killLimits.startMsMax))) throw new RunBroken(`the server did not start${server.lastWords()}`);
    this.startMs = performance.now() - spawnedMs;
    return observed.begin(server.secret, () => server.streamPort);
  }

  /** The server accepts again. */
  private async untilTrafficFlows(): Promise<void> {
    const { observed } = this;
    const { progress } = observed;
    await observed.until(() => progress.recoveredUs > 0, killLimits.recoverMsMax, 'no send was accepted any more');
  }

  /** What was written while the server was away is accepted, or a slow machine has had its time. */
  private async untilBacklogIsOver(): Promise<void> {
    const openMax = (this.options.ratePerSecond * killLimits.backlogMs) / 1000;
    const endMs = performance.now() + killLimits.backlogWaitMsMax;
    while (this.observed.recorder.open.size > openMax && this.server.lives && performance.now() < endMs) await pause(killLimits.pollMs);
  }

  /** Notes when the server was ready and when it accepted, unless it is killed before. */
  private async watchRecovery(killedUs: number): Promise<void> {
    const { server, figures } = this;
    const { progress, clock } = this.observed;
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
    this.observed.note(`accepted again ${recoverMs} ms after the kill, ready after ${readyMs} ms`);
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
    await Promise.all(this.clientCrashes.values());
    await this.observed.comeToRest();
    const badEnd = await this.server.stop();
    if (badEnd !== '') this.observed.problems.push(badEnd);
  }

  private async readBack(): Promise<void> {
    const { directory, observed } = this;
    try {
      observed.readBack(await readDirectory(directory));
      const check = await checkStore(directory);
      observed.problems.push(...check.problems.map((problem) => `store check: ${problem}`));
    } catch (error) {
      throw new RunBroken(`the store could not be read back: ${String(error)}`);
    }
  }
}
