/**
 * The Parley nodes of a kill test on HBase, as processes: one serves; a zombie is one that was stopped while another took over.
 *
 * Two nodes that know nothing of each other may both claim slots, one after the other: each claim is good, and the writes of the one before are
 * refused. So a node may lose slots to the zombie's new claims, and to nothing else.
 */
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { KillServer } from '../kill/kill-server.ts';
import { killLimits } from '../kill/limits.ts';
import { RunBroken, type ServedBy } from '../kill/observed-run.ts';
import { campaignLimits as limits } from './limits.ts';

export interface NodesOptions {
  readonly entry: string;
  readonly flags: readonly string[];
  /** Each node keeps its failed requests in a directory of its own here. */
  readonly directory: string;
  /** Clients move to where the node is now. */
  readonly moved: () => void;
  /** So many sends at once. */
  readonly burst: (sends: number) => void;
  /** Everybody is served by the new node. */
  readonly untilServed: () => Promise<void>;
  readonly problem: (what: string) => void;
}

export class Nodes implements ServedBy {
  /** Slots in which zombies wanted to write, and could not. */
  zombieSlotsRefused = 0;
  private readonly options: NodesOptions;
  private readonly all: KillServer[] = [];
  private current: KillServer;

  private constructor(options: NodesOptions, first: KillServer) {
    this.options = options;
    this.current = first;
    this.all.push(first);
  }

  /** Starts the first node. @throws RunBroken */
  static async start(options: NodesOptions): Promise<Nodes> {
    const first = await KillServer.create(options.entry, flagsOf(options, 0));
    const nodes = new Nodes(options, first);
    await nodes.spawn(first);
    return nodes;
  }

  get secret(): string {
    return this.current.secret;
  }

  get streamPort(): number {
    return this.current.streamPort;
  }

  get lives(): boolean {
    return this.current.lives;
  }

  lastWords(): string {
    return this.current.lastWords();
  }

  /** Each time one ended although nobody killed it. */
  get died(): string[] {
    return this.all.flatMap((node) => node.died);
  }

  async killAndStart(): Promise<void> {
    await this.current.kill();
    await this.spawn(this.current);
  }

  /** A node is stopped in the middle of its work; another claims its slots; then the first goes on. */
  async zombie(): Promise<void> {
    const { options } = this;
    const zombie = this.current;
    const before = await countsOf(zombie);
    options.burst(limits.zombieBurstSends);
    await delay(limits.pollMs);
    zombie.pause();
    const next = await KillServer.create(options.entry, flagsOf(options, this.all.length), zombie.secret);
    this.all.push(next);
    await this.spawn(next);
    this.current = next;
    options.moved();
    await options.untilServed();
    zombie.goOn();
    await delay(limits.zombieMs);
    const after = await countsOf(zombie);
    const { fenced: lost } = await countsOf(next);
    await zombie.kill();
    const refused = after.fenced - before.fenced;
    const claims = after.claims - before.claims;
    this.zombieSlotsRefused += refused;
    if (refused === 0) options.problem('the zombie wanted to write nothing: that it is refused was not shown');
    if (lost > claims) options.problem(`the zombie claimed ${claims} slots anew, and its successor lost ${lost}`);
  }

  async stop(): Promise<string> {
    return this.current.stop();
  }

  async killAll(): Promise<void> {
    for (const node of this.all) await node.kill();
  }

  private async spawn(node: KillServer): Promise<void> {
    node.spawn();
    if (!(await node.untilReady(killLimits.startMsMax))) throw new RunBroken(`a node did not start${node.lastWords()}`);
  }
}

function flagsOf({ flags, directory }: NodesOptions, number: number): string[] {
  return [...flags, '--data', join(directory, `node-${number}`)];
}

/** Slots it lost to another claim, and claims it made. */
async function countsOf(node: KillServer): Promise<{ readonly fenced: number; readonly claims: number }> {
  return { fenced: await node.counter('parley_owner_fenced_slots_total'), claims: await node.counter('parley_owner_claims_total') };
}
