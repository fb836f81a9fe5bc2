/**
 * One run of the kill test on HBase: a Parley node on a real HBase under open traffic, one fault after the other, until everything is at rest
 * and read back from the tables.
 *
 * Method: clients, history and checkers are those of `npm run test:kill`. The time to recover from a fault is the longest that a sender waited.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { Purpose, RandomStream } from '../../sim/random.ts';
import type { Crowd } from '../kill/crowd.ts';
import type { KillOptions } from '../kill/kill-run.ts';
import { ObservedRun, RunBroken } from '../kill/observed-run.ts';
import { readStore } from '../kill/read-store.ts';
import { Traffic } from '../kill/traffic.ts';
import { type FaultKind, type PlannedFault, planFaults, wantsRedis } from './fault-plan.ts';
import { commit, type Hands } from './faults.ts';
import { HBaseSide } from './hbase-side.ts';
import { campaignLimits as limits, watchMsMin } from './limits.ts';
import { Nodes } from './nodes.ts';
import { type CampaignResult, Figures, resultOf } from './result.ts';
import { Waits } from './waits.ts';

export interface CampaignOptions extends KillOptions {
  readonly kinds: readonly FaultKind[];
  /** HDFS with so many datanodes below HBase; 0: files of this machine. */
  readonly copies: number;
}

export async function runCampaign(options: CampaignOptions): Promise<CampaignResult> {
  const hbase = await HBaseSide.start(options.copies, wantsRedis(options.kinds));
  try {
    return await new Campaign(options, hbase).run();
  } finally {
    await hbase.close();
  }
}

class Campaign {
  private readonly options: CampaignOptions;
  private readonly hbase: HBaseSide;
  private readonly observed: ObservedRun;
  private readonly waits = new Waits();
  private readonly figures = new Figures();
  private readonly clientReturns: Promise<void>[] = [];
  private readonly random: RandomStream;
  private nodes: Nodes | null = null;
  private traffic: Traffic | null = null;

  constructor(options: CampaignOptions, hbase: HBaseSide) {
    this.options = options;
    this.hbase = hbase;
    this.random = new RandomStream(options.seed, Purpose.cluster, 0);
    const noNode = { lives: false, lastWords: () => '' };
    this.observed = new ObservedRun(
      options,
      () => this.nodes ?? noNode,
      (entry) => this.waits.observe(entry),
    );
  }

  async run(): Promise<CampaignResult> {
    const { observed, figures, options, hbase } = this;
    try {
      await observed.goOn(() => this.faultsUnderTraffic());
      await observed.goOn(() => this.comeToRest());
      await observed.goOn(() => this.readBack());
    } finally {
      await observed.close();
      await this.nodes?.killAll();
    }
    observed.problems.push(...(this.nodes?.died ?? []));
    observed.finish();
    return resultOf({ figures, observed, options, hbase, nodes: this.nodes });
  }

  private async faultsUnderTraffic(): Promise<void> {
    const { options, observed, figures, hbase } = this;
    const nodes = await this.startNode();
    const crowd = await observed.begin(nodes.secret, () => nodes.streamPort);
    const traffic = new Traffic(crowd, new RandomStream(options.seed, Purpose.workload, 0), options.ratePerSecond);
    this.traffic = traffic;
    const hands: Hands = {
      hbase,
      nodes,
      random: this.random,
      untilCalm: (kind) => this.untilCalm(watchMsMin[kind]),
      problem: (what) => observed.problems.push(what),
    };
    traffic.start();
    try {
      for (const fault of planFaults(options.seed, options.kills, options.kinds)) await this.suffer(fault, hands, crowd);
      await delay(limits.lastTrafficMs);
    } finally {
      traffic.stop();
      figures.written = traffic.written;
      figures.writtenPerSecond = traffic.writtenPerSecond;
    }
  }

  private async startNode(): Promise<Nodes> {
    const { options, observed, hbase } = this;
    const nodes = await Nodes.start({
      entry: options.entry,
      directory: options.directory,
      // Both ways to find HBase's servers are used, by the seed.
      flags: hbase.nodeFlags(options.seed % 2 === 0),
      moved: () => observed.crowd?.cutAll(),
      burst: (sends) => this.traffic?.burst(sends),
      untilServed: () => this.untilCalm(0),
      problem: (what) => observed.problems.push(what),
    });
    this.nodes = nodes;
    return nodes;
  }

  /** One fault under traffic, from calm to calm. */
  private async suffer(fault: PlannedFault, hands: Hands, crowd: Crowd): Promise<void> {
    const { observed, waits, figures } = this;
    const { clock } = observed;
    await this.untilCalm(0);
    await delay(fault.trafficMs);
    if (fault.crashesClient) this.crashClient(crowd, fault);
    if (fault.hasBurst) this.traffic?.burst(limits.burstSends);
    crowd.showAll();
    figures.kills[fault.kind] = (figures.kills[fault.kind] ?? 0) + 1;
    observed.note(`fault ${figures.killsDone} (${fault.kind}), ${observed.recorder.open.size} sends without an outcome`);
    const begunUs = clock.nowUs;
    waits.begin(begunUs);
    await commit(fault, hands);
    await this.untilCalm(Math.max(0, watchMsMin[fault.kind] - (clock.nowUs - begunUs) / 1000));
    const recoverMs = waits.longestMs(clock.nowUs);
    figures.recoverMs.push({ kind: fault.kind, ms: recoverMs });
    observed.note(`after ${fault.kind} nobody waited longer than ${recoverMs} ms; ${Math.round((clock.nowUs - begunUs) / 1000)} ms in all`);
  }

  /** For `msMin` at least, then until nobody has waited for long. @throws RunBroken when somebody waits for ever */
  private async untilCalm(msMin: number): Promise<void> {
    const { observed, waits } = this;
    await delay(msMin);
    const isCalm = (): boolean => (observed.crowd?.areLive ?? false) && waits.oldestMs(observed.clock.nowUs) < limits.calmMs;
    const endMs = performance.now() + limits.recoverMsMax;
    while (!isCalm()) {
      if (performance.now() > endMs) throw new RunBroken(`somebody waits for an outcome for ${limits.recoverMsMax / 1000} s`);
      await delay(limits.pollMs);
    }
  }

  /** Kills a client that keeps a file, and begins it again a moment later. */
  private crashClient(crowd: Crowd, fault: PlannedFault): void {
    const candidates = crowd.clients.filter((client) => client.canCrash);
    if (candidates.length === 0) return;
    const client = candidates[fault.clientPick % candidates.length];
    this.figures.clientCrashes++;
    const again = async (): Promise<void> => {
      await client.crash();
      await delay(fault.clientDownMs);
      await client.begin();
    };
    this.clientReturns.push(again());
  }

  private async comeToRest(): Promise<void> {
    const { observed, nodes } = this;
    await Promise.all(this.clientReturns);
    await observed.comeToRest();
    const badEnd = (await nodes?.stop()) ?? '';
    if (badEnd !== '') observed.problems.push(badEnd);
  }

  private async readBack(): Promise<void> {
    const { observed, hbase } = this;
    const store = hbase.openStore();
    try {
      const { conversations, problems } = await readStore(store);
      observed.readBack(conversations);
      observed.problems.push(...problems.map((problem) => `store check: ${problem}`));
    } catch (error) {
      throw new RunBroken(`the tables could not be read back: ${String(error)}`);
    } finally {
      await new Promise<void>((resolve) => store.close(resolve));
    }
  }
}
