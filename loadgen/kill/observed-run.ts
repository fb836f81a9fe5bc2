/**
 * What every kill test has: clients, their history as it grows, checkers that read along, the wait for rest, and the logs read back in the end.
 *
 * Method: this process holds all clients. The server (or the servers, one after the other) is the test's; here it is known by whether it
 * lives. A step that breaks is said in words, and the next ones look at what there is.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { CheckerSet } from '../../sim/checkers/all.ts';
import { violationText } from '../../sim/checkers/checker.ts';
import { type HistoryEntry, historyFormat } from '../../sim/history/entry.ts';
import type { ReadConversation } from '../../sim/readback.ts';
import { type HistoryClock, Recorder } from '../../sim/recorder.ts';
import { Crowd } from './crowd.ts';
import { HistoryFile } from './history-file.ts';
import { killLimits } from './limits.ts';
import { Progress } from './progress.ts';

export interface ObservedOptions {
  readonly seed: number;
  /** Exists and is empty: clients' files are made in it. */
  readonly directory: string;
  readonly history: string;
  /** In the end, what is not at rest may stay the same for so long. */
  readonly stallMsMax: number;
  readonly report: (line: string) => void;
}

/** What is known of the server that clients are served by. */
export interface ServedBy {
  readonly lives: boolean;
  lastWords(): string;
}

/** The run cannot go on; the message is a violation. */
export class RunBroken extends Error {
  override readonly name = 'RunBroken';
}

class MonotonicClock {
  private readonly startedMs = performance.now();

  get nowUs(): number {
    return Math.round((performance.now() - this.startedMs) * 1000);
  }
}

export class ObservedRun {
  readonly checkers = new CheckerSet();
  readonly progress = new Progress();
  readonly clock: HistoryClock = new MonotonicClock();
  readonly recorder: Recorder;
  /** What must hold besides the checkers, in words. */
  readonly problems: string[] = [];
  /** What did not come to rest in time; '': everything did. */
  unrest = 'it never came so far';
  crowd: Crowd | null = null;
  private readonly options: ObservedOptions;
  private readonly history: HistoryFile;
  private readonly server: () => ServedBy;

  /** @param onEntry sees each entry of the history. */
  constructor(options: ObservedOptions, server: () => ServedBy, onEntry: (entry: HistoryEntry) => void = () => {}) {
    this.options = options;
    this.server = server;
    this.history = new HistoryFile(options.history);
    this.recorder = new Recorder(this.clock, this.checkers);
    this.recorder.onEntry = (entry) => {
      this.history.add(entry);
      this.progress.observe(entry);
      onEntry(entry);
    };
    this.recorder.add({ process: 'kill', type: 'info', op: 'run', format: historyFormat, errorUs: 0, seed: options.seed });
  }

  /** Everybody comes on line. */
  async begin(secret: string, streamPort: () => number): Promise<Crowd> {
    const directory = join(this.options.directory, 'clients');
    mkdirSync(directory);
    const { recorder } = this;
    const onFailure = (error: unknown): void => void this.problems.push(`a client's file failed: ${String(error)}`);
    const crowd = await Crowd.create({ recorder, secret, streamPort, directory, onFailure });
    this.crowd = crowd;
    await crowd.begin();
    await this.until(() => crowd.areLive, killLimits.recoverMsMax, 'not every client came on line at the start');
    crowd.showAll();
    return crowd;
  }

  /** A step; when it breaks, the next ones look at what there is. */
  async goOn(step: () => Promise<void>): Promise<void> {
    try {
      await step();
    } catch (error) {
      if (!(error instanceof RunBroken)) throw error;
      this.problems.push(error.message);
      this.options.report(error.message);
    }
  }

  /** @throws RunBroken when it does not come, or the server is gone meanwhile. */
  async until(condition: () => boolean, msMax: number, otherwise: string): Promise<void> {
    const endMs = performance.now() + msMax;
    while (!condition()) {
      if (!this.server().lives || performance.now() > endMs) throw new RunBroken(`${otherwise}${this.server().lastWords()}`);
      await pause(killLimits.pollMs);
    }
  }

  /** New devices log in; then everything must come to rest. Clients go. */
  async comeToRest(): Promise<void> {
    const { crowd, options } = this;
    if (crowd === null) return;
    await crowd.addLateDevices();
    const endMs = performance.now() + killLimits.convergeMsMax;
    let quietSinceMs = 0;
    let sameSinceMs = performance.now();
    for (;;) {
      crowd.showAll();
      const unrest = crowd.areLive ? this.progress.unrest(this.recorder.open.size) : 'not every client is live';
      const nowMs = performance.now();
      if (unrest !== this.unrest) sameSinceMs = nowMs;
      this.unrest = unrest;
      if (this.unrest !== '') quietSinceMs = 0;
      else if (quietSinceMs === 0) quietSinceMs = nowMs;
      else if (nowMs - quietSinceMs >= killLimits.quietMs) break;
      if (nowMs > endMs || nowMs - sameSinceMs > options.stallMsMax || !this.server().lives) break;
      await pause(killLimits.pollMs * 5);
    }
    this.note(this.unrest === '' ? 'everything is at rest' : `not at rest: ${this.unrest}`);
    await crowd.close();
  }

  /** What stands in the store in the end, as the last thing the checkers see. */
  readBack(conversations: readonly ReadConversation[]): void {
    const { recorder } = this;
    const process = 'reader';
    for (const { key, events, watermarks } of conversations) {
      for (const event of events) recorder.add({ process, type: 'ok', op: 'log', ...event });
      for (const watermark of watermarks) recorder.add({ process, type: 'ok', op: 'watermark', conversation: key, ...watermark });
    }
    recorder.add({ process, type: 'info', op: 'readback' });
    if (this.unrest === '') recorder.add({ process, type: 'info', op: 'rest' });
  }

  note(what: string): void {
    this.recorder.add({ process: 'kill', type: 'info', op: 'fault', what });
    this.options.report(what);
  }

  /** The clients go, the file is whole. */
  async close(): Promise<void> {
    await this.crowd?.close();
    await this.history.end();
  }

  /** Nothing comes any more: the checkers say the rest. */
  finish(): void {
    for (const violation of this.checkers.finish()) this.options.report(violationText(violation));
  }
}
