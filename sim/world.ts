/**
 * Everything of one run put together: queue, network, store, node, tabs; commands and faults fire as events of the same queue.
 */

import { partitionOf } from '../core/model/partition.ts';
import { decodeFrame } from '../core/protocol/codec.ts';
import { FrameType } from '../core/protocol/generated/frame-type.ts';
import { checkLimits, type Limits } from '../core/protocol/limits.ts';
import type { MemoryStore } from '../core/store/memory/memory-store.ts';
import { CacheModel, calmCache } from './cache-model.ts';
import { CheckerSet } from './checkers/all.ts';
import { runCommand } from './commands.ts';
import { DeviceStore } from './device-store.ts';
import { FaultInjector } from './faults/inject.ts';
import { hex64, historyFormat } from './history/entry.ts';
import { type Link, Network } from './network.ts';
import { NodeHost } from './node-host.ts';
import { noteClaim, noteServed } from './owner-tap.ts';
import { Peers } from './peers.ts';
import { Purpose, RandomStream } from './random.ts';
import { readBack, readInboxes } from './readback.ts';
import { Recorder } from './recorder.ts';
import { calm, calmPeers, calmStore, type Scenario } from './scenario.ts';
import { Scheduler, type Target } from './scheduler.ts';
import { copyOf } from './store-copy.ts';
import { StoreTrouble } from './store-fate.ts';
import { StoreModel } from './store-model.ts';
import { UserHost } from './user-host.ts';

const Code = { command: 1 } as const;
/** Bound of crashes of one machine kept as messages. */
const crashesKeptMax = 5;

export class World implements Target {
  readonly traceId = 3;
  readonly seed: number;
  readonly scenario: Scenario;
  readonly scheduler: Scheduler;
  readonly checkers = new CheckerSet();
  readonly recorder: Recorder;
  readonly network: Network;
  readonly store: StoreModel;
  readonly cache: CacheModel | undefined;
  readonly nodes: readonly NodeHost[];
  readonly peers: Peers;
  readonly faults: FaultInjector;
  /** Faults have stopped. */
  healed = false;
  readonly limits: Limits;
  storeId: { readonly high: number; readonly low: number };
  readonly clientLimits: Limits;
  readonly tokenMs: number;
  readonly tailEventsMax: number;
  readonly storeUsMax: number;
  readonly userIds: number[];
  /** [user][device][tab] */
  readonly tabs: readonly (readonly (readonly UserHost[])[])[];
  readonly devices: readonly (readonly DeviceStore[])[];
  readonly allTabs: UserHost[] = [];
  readonly crashes: string[] = [];
  readonly happened: Record<string, number> = {};
  readonly #ids: RandomStream;
  #storeBackup: MemoryStore | undefined;
  readonly #deleted = new Set<string>();
  readonly #newUsers: readonly RandomStream[];

  constructor(scenario: Scenario) {
    const { seed } = scenario;
    this.scenario = scenario;
    this.seed = seed;
    this.scheduler = new Scheduler(seed);
    this.recorder = new Recorder(this.scheduler, this.checkers);
    this.limits = checkLimits(scenario.limits);
    this.clientLimits =
      scenario.clientWindowSends === 0 ? this.limits : checkLimits({ ...scenario.limits, windowSends: scenario.clientWindowSends });
    this.tokenMs = scenario.tokenMs;
    this.tailEventsMax = scenario.tailEventsMax;
    this.storeUsMax = scenario.clientStoreUsMax;
    this.userIds = scenario.users.map(() => 0);
    this.#ids = new RandomStream(seed, Purpose.ids, 0);
    this.storeId = { high: this.#ids.u32(), low: this.#ids.u32() };
    this.#newUsers = scenario.users.map((_devices, user) => new RandomStream(seed, Purpose.users, user));
    this.network = new Network(seed, this.scheduler, scenario.network);
    this.store = new StoreModel(seed, this.scheduler, scenario.store, (ops, user) => {
      this.recorder.applied(ops);
      if (this.isCluster) noteClaim(this.recorder, user.name ?? '', ops);
      this.faults.lastWords.applied(ops);
    });
    this.cache = scenario.cache && new CacheModel(seed, this.scheduler, scenario.cache);
    this.nodes = Array.from({ length: scenario.nodes }, (_none, index) => {
      return new NodeHost(this, index, { turnUsMax: scenario.turnUsMax }, new RandomStream(seed, Purpose.node, index));
    });
    this.peers = new Peers(seed, this.scheduler, scenario.peers, this.nodes);
    this.faults = new FaultInjector(this);
    this.store.onLie = (what) => this.crashed(new Error(`store: ${what}`));
    this.store.onWrite = (latencyUs) => this.faults.writeBegan(latencyUs);
    this.devices = scenario.users.map((devices, user) =>
      devices.map((_tabs, device) => new DeviceStore(`u${user}.d${device}`, new RandomStream(seed, Purpose.ids, 1 + user * 64 + device))),
    );
    this.tabs = scenario.users.map((devices, user) =>
      devices.map((tabs, device) => Array.from({ length: tabs }, (_none, tab) => this.#makeTab(user, device, tab))),
    );
  }

  /** Everybody begins; commands and faults stand in the queue. */
  start(): void {
    const { scenario, scheduler, recorder } = this;
    recorder.add({ process: 'sim', type: 'info', op: 'run', format: historyFormat, errorUs: 0, seed: scenario.seed });
    for (const node of this.nodes) node.start();
    for (const tab of this.allTabs) tab.begin('first');
    for (const [index, command] of scenario.commands.entries()) scheduler.schedule(command.atUs, this, Code.command, index);
    this.faults.start();
  }

  /** Faults stop: everything is repaired and stays so. */
  heal(): void {
    this.network.options = calm(this.network.options);
    this.peers.options = calmPeers(this.peers.options);
    this.store.options = calmStore(this.store.options);
    if (this.cache !== undefined) this.cache.options = calmCache(this.cache.options);
    this.healed = true;
    this.faults.stop();
    this.network.freeAll();
    this.store.trouble = new StoreTrouble();
    for (const node of this.nodes) node.heal();
    for (const tab of this.allTabs) {
      tab.thaw();
      tab.goOnline();
      tab.begin(tab.nextKept);
    }
    this.noteFault('healed');
  }

  fire(code: number, number: number): void {
    if (code !== Code.command) throw new Error(`world: event ${code}`);
    const command = this.scenario.commands[number];
    const tab = this.tabs[command.user]?.[command.device]?.[command.tab];
    tab?.whenAwake(() => runCommand(this, tab, command, this.#deleted));
  }

  /** The node that a tab's connection reaches. */
  nodeFor(tab: number): NodeHost {
    if (!this.isCluster) return this.nodes[0];
    const balancer = new RandomStream(this.seed, Purpose.cluster, tab).at(this.scheduler.nowUs);
    return this.nodes[balancer.below(this.nodes.length)];
  }

  get isCluster(): boolean {
    return this.nodes.length > 1;
  }

  /** A copy of the store, once everybody has an account in it. */
  backupStore(): void {
    if (this.userIds.every((user) => user !== 0)) this.#storeBackup = copyOf(this.store.memory);
  }

  /** The copy takes the store's place, under a new storeId, while all nodes are down. */
  restoreStore(restartUs: number): void {
    const backup = this.#storeBackup;
    if (backup === undefined) return;
    this.sometimes('store restored');
    for (const node of this.nodes) node.crash(restartUs);
    this.storeId = { high: this.#ids.u32(), low: this.#ids.u32() };
    const storeId = hex64(this.storeId.high, this.storeId.low);
    const kept = new Map(readBack(backup).map(({ key, events }) => [key, events.length]));
    for (const { key } of readBack(this.store.memory)) {
      this.recorder.add({ process: 'store', type: 'info', op: 'restore', conversation: key, head: kept.get(key) ?? 0, storeId });
    }
    for (const inbox of readInboxes(backup)) this.recorder.inbox(inbox);
    this.store.restore(backup);
  }

  // ---- what the hosts tell

  tapDown(node: string, bytes: Uint8Array, start: number, end: number): void {
    if (bytes[start] === FrameType.welcome) this.#welcome(bytes, start, end);
    this.recorder.tapDown(node, bytes, start, end);
  }

  /**
   * These nodes may be cut off from others for so long: whose tabs are on line is not known until their sessions had time to register.
   * An owner that lost a link knows that it does not know, and says nothing until the edges had time: of sessions that were registered
   * before, nothing untrue may be said so long (`isLinkLost`).
   */
  doubt(nodes: readonly number[], forUs: number, isLinkLost: boolean): void {
    const { nowUs } = this.scheduler;
    const registerUs = this.limits.registerMs * 1_000;
    const untilUs = this.scheduler.nowUs + forUs + this.limits.registerMs * 1_000 + this.peers.options.noticeUsMax;
    for (const node of nodes) this.nodes[node].doubtUntilUs = Math.max(this.nodes[node].doubtUntilUs, untilUs);
    for (const tab of this.allTabs) {
      const node = nodes.map((index) => this.nodes[index]).find((other) => tab.link?.node === other);
      if (node === undefined) continue;
      // A machine's clock may go a little fast.
      const isCertain = isLinkLost && this.#isRegistered(tab, node, nowUs - registerUs);
      tab.doubt(untilUs, isCertain ? nowUs + Math.floor(registerUs * 0.9) : nowUs);
    }
  }

  /** Nothing moved that a live session would have to follow. */
  #isRegistered(tab: UserHost, node: NodeHost, sinceUs: number): boolean {
    const partition = partitionOf(tab.userId);
    return (
      node.cluster.ownership.seesAsBefore(partition, sinceUs) &&
      this.nodes.every(({ cluster }) => cluster.ownership.holdsAsBefore(partition, sinceUs))
    );
  }

  /** A link frame leaves an owner. */
  tapOwner(node: string, bytes: Uint8Array, start: number, end: number): void {
    if (this.isCluster) noteServed(this.recorder, node, bytes, start, end);
  }

  nodeEndClosed(link: Link): void {
    for (const tab of this.allTabs) if (tab.link === link) tab.nodeEndClosed();
  }

  /** Of a user the first random id is the same in every run of a seed. */
  newUser(name: string): number {
    return this.#newUsers[this.#userOf(name)].id53();
  }

  crashed(error: unknown): void {
    if (this.crashes.length >= crashesKeptMax) return;
    this.crashes.push(error instanceof Error ? (error.stack ?? error.message) : String(error));
  }

  noteFault(what: string): void {
    this.recorder.add({ process: 'sim', type: 'info', op: 'fault', what });
  }

  sometimes(name: string): void {
    this.happened[name] = (this.happened[name] ?? 0) + 1;
  }

  // ----

  #makeTab(user: number, device: number, tab: number): UserHost {
    const index = this.allTabs.length;
    const process = `u${user}.d${device}.t${tab}`;
    const random = new RandomStream(this.scenario.seed, Purpose.user, index);
    const host = new UserHost(this, index, process, user, `user${user}`, this.devices[user][device], random);
    this.allTabs.push(host);
    return host;
  }

  #welcome(bytes: Uint8Array, start: number, end: number): void {
    const frame = decodeFrame(bytes, start, end);
    if ('failed' in frame || frame.type !== FrameType.welcome) return;
    const user = this.#userOf(frame.name);
    if (this.userIds[user] !== 0 && this.userIds[user] !== frame.user)
      this.crashed(new Error(`${frame.name} was user ${this.userIds[user]}, is now ${frame.user}`));
    this.userIds[user] = frame.user;
    this.recorder.names.set(String(frame.user), `user${user}`);
  }

  #userOf(name: string): number {
    const user = this.scenario.users.findIndex((_devices, index) => `user${index}` === name);
    if (user < 0) throw new Error(`a user nobody knows: ${name}`);
    return user;
  }
}
