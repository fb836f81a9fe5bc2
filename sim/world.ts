/**
 * Everything of one run put together: queue, network, store, node, tabs; commands and faults fire as events of the same queue.
 */

import { decodeFrame } from '../core/protocol/codec.ts';
import { FrameType } from '../core/protocol/generated/frame-type.ts';
import { checkLimits, type Limits } from '../core/protocol/limits.ts';
import { CheckerSet } from './checkers/all.ts';
import { DeviceStore } from './device-store.ts';
import type { Fault } from './faults.ts';
import { historyFormat } from './history/entry.ts';
import { type Link, Network } from './network.ts';
import { NodeHost } from './node-host.ts';
import { Purpose, RandomStream } from './random.ts';
import { Recorder } from './recorder.ts';
import { calm, calmStore, type Scenario } from './scenario.ts';
import { Scheduler, type Target } from './scheduler.ts';
import { StoreModel } from './store-model.ts';
import { UserHost } from './user-host.ts';
import type { Command } from './workload.ts';

const Code = { command: 1, fault: 2, online: 3 } as const;
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
  readonly node: NodeHost;
  readonly limits: Limits;
  readonly storeId: { high: number; low: number };
  readonly tokenMs: number;
  readonly tailEventsMax: number;
  readonly storeUsMax: number;
  readonly userIds: number[];
  /** [user][device][tab] */
  readonly tabs: readonly (readonly (readonly UserHost[])[])[];
  readonly devices: readonly (readonly DeviceStore[])[];
  readonly allTabs: UserHost[] = [];
  readonly crashes: string[] = [];
  /** Messages that the users wrote. */
  written = 0;
  readonly happened: Record<string, number> = {};
  /** Users of whom a device lost its store, or got an older one back. */
  readonly forgetful = new Set<number>();
  readonly #deleted = new Set<string>();
  readonly #newUsers: readonly RandomStream[];

  constructor(scenario: Scenario) {
    const { seed } = scenario;
    this.scenario = scenario;
    this.seed = seed;
    this.scheduler = new Scheduler(seed);
    this.recorder = new Recorder(this.scheduler, this.checkers);
    this.limits = checkLimits(scenario.limits);
    this.tokenMs = scenario.tokenMs;
    this.tailEventsMax = scenario.tailEventsMax;
    this.storeUsMax = scenario.clientStoreUsMax;
    this.userIds = scenario.users.map(() => 0);
    const ids = new RandomStream(seed, Purpose.ids, 0);
    this.storeId = { high: ids.u32(), low: ids.u32() };
    this.#newUsers = scenario.users.map((_devices, user) => new RandomStream(seed, Purpose.users, user));
    this.network = new Network(seed, this.scheduler, scenario.network);
    this.store = new StoreModel(seed, this.scheduler, scenario.store, (ops) => this.recorder.applied(ops));
    this.node = new NodeHost(this, { turnUsMax: scenario.turnUsMax }, new RandomStream(seed, Purpose.node, 0));
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
    this.node.start();
    for (const tab of this.allTabs) tab.begin('first');
    for (const [index, command] of scenario.commands.entries()) scheduler.schedule(command.atUs, this, Code.command, index);
    for (const [index, fault] of scenario.faults.entries()) scheduler.schedule(fault.atUs, this, Code.fault, index);
  }

  /** Faults stop: everything is repaired and stays so. */
  heal(): void {
    this.network.options = calm(this.network.options);
    this.store.options = calmStore(this.store.options);
    this.store.outageUntilUs = 0;
    if (!this.node.up) this.node.start();
    for (const tab of this.allTabs) {
      tab.goOnline();
      tab.begin(tab.nextKept);
    }
    this.#fault('healed');
  }

  fire(code: number, number: number, payload: unknown): void {
    switch (code) {
      case Code.command:
        this.#command(this.scenario.commands[number]);
        return;
      case Code.fault:
        this.#inject(this.scenario.faults[number]);
        return;
      case Code.online:
        (payload as UserHost).goOnline();
        return;
      default:
        throw new Error(`world: event ${code}`);
    }
  }

  // ---- what the hosts tell

  tapDown(_link: Link, bytes: Uint8Array, start: number, end: number): void {
    if (bytes[start] === FrameType.welcome) this.#welcome(bytes, start, end);
    this.recorder.tapDown('n0', bytes, start, end);
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
  }

  #userOf(name: string): number {
    const user = this.scenario.users.findIndex((_devices, index) => `user${index}` === name);
    if (user < 0) throw new Error(`a user nobody knows: ${name}`);
    return user;
  }

  #command(command: Command): void {
    const tab = this.tabs[command.user][command.device][command.tab];
    if (!tab.up || !tab.knowsUser || this.userIds[command.user] === 0 || this.userIds[command.peer] === 0) return;
    const { peer } = command;
    switch (command.kind) {
      case 'send':
        this.written += 1;
        tab.application.write(command.text.split(' ')[0], peer, 1, 0, command.text);
        return;
      case 'edit':
      case 'delete': {
        const target = tab.application.ownSeq(peer, command.pick);
        if (target === 0) return;
        // One deletion of a message a run, so that its content names it.
        const name = `${tab.userId} ${this.userIds[peer]} ${target}`;
        if (command.kind === 'delete' && this.#deleted.has(name)) return;
        if (command.kind === 'delete') this.#deleted.add(name);
        this.written += 1;
        tab.application.write(
          command.text.split(' ')[0],
          peer,
          command.kind === 'edit' ? 2 : 3,
          target,
          command.kind === 'edit' ? command.text : '',
        );
        return;
      }
      case 'read':
        tab.application.read(peer);
        return;
      case 'typing':
        tab.application.typing(peer);
        return;
      case 'block':
      case 'unblock':
        tab.application.block(peer, command.kind === 'block');
        return;
      case 'history':
        tab.application.history(peer, 10);
        return;
      case 'list':
        tab.application.list(10);
        return;
      case 'flag':
        tab.application.flag(peer, command.pick & 3);
        return;
      default: {
        const never: never = command.kind;
        throw new Error(`command ${String(never)}`);
      }
    }
  }

  #inject(fault: Fault): void {
    this.#fault(JSON.stringify(fault));
    this.sometimes(`fault ${fault.kind}`);
    switch (fault.kind) {
      case 'cutAll':
        for (const tab of this.allTabs) tab.cutLink();
        return;
      case 'breakLink':
        // Shorter than the time in which an owner gives no verdict.
        this.node.breakLink(Math.min(fault.forUs, this.limits.registerMs * 500));
        return;
      case 'backup':
        for (const devices of this.devices) for (const device of devices) device.takeBackup();
        return;
      case 'crashNode':
        this.node.crash(fault.restartUs);
        return;
      case 'storeOutage':
        this.store.outageUntilUs = this.scheduler.nowUs + fault.forUs;
        return;
      case 'cut':
        this.tabs[fault.user][fault.device][fault.tab].cutLink();
        return;
      case 'stall':
        this.tabs[fault.user][fault.device][fault.tab].stall(fault.forUs);
        return;
      case 'offline': {
        const tab = this.tabs[fault.user][fault.device][fault.tab];
        tab.goOffline();
        this.scheduler.schedule(this.scheduler.nowUs + fault.forUs, this, Code.online, 0, tab);
        return;
      }
      case 'crashTab':
        this.#crashTab(fault);
        return;
      default: {
        const never: never = fault;
        throw new Error(`fault ${JSON.stringify(never)}`);
      }
    }
  }

  #crashTab(fault: Fault & { readonly kind: 'crashTab' }): void {
    const siblings = this.tabs[fault.user][fault.device];
    const device = this.devices[fault.user][fault.device];
    const { kept } = fault;
    if (kept === 'all') {
      const tab = siblings[fault.tab];
      tab.crash();
      this.#loseUnstored(device, tab.process);
      tab.beginLater(fault.restartUs, 'all');
      for (const other of siblings) if (other !== tab) other.adoptLater(fault.restartUs >> 1);
      return;
    }
    for (const tab of siblings) tab.crash();
    this.forgetful.add(this.userIds[fault.user]);
    if (kept === 'nothing') device.wipe();
    else if (!device.restoreBackup()) return this.#beginAgain(siblings, fault.restartUs, 'all', device);
    this.#beginAgain(siblings, fault.restartUs, kept, device);
  }

  #beginAgain(tabs: readonly UserHost[], restartUs: number, kept: 'all' | 'nothing' | 'backup', device: DeviceStore): void {
    this.#loseUnstored(device, tabs[0].process);
    for (const tab of tabs) tab.beginLater(restartUs, kept);
  }

  /** Messages of this device whose send record is not in its store any more have lost their outbox; those that came back are open again. */
  #loseUnstored(device: DeviceStore, process: string): void {
    const stored = device.openSends(false);
    const free = device.openSends(true);
    for (const message of [...this.recorder.messages.values()]) {
      if (message.store !== device.name) continue;
      const content = `${message.conversation} ${message.kind} ${message.target} ${message.text}`;
      if (message.open && !stored.has(content) && !this.#isHeldByTab(device, message.name)) this.recorder.lost(process, message);
      else if (!message.open && free.has(content)) this.recorder.restored(process, message);
    }
  }

  /** A tab of the device that lives still holds the message in its memory. */
  #isHeldByTab(device: DeviceStore, message: string): boolean {
    return this.allTabs.some((tab) => tab.device === device && tab.up && tab.application.holds(message));
  }

  #fault(what: string): void {
    this.recorder.add({ process: 'sim', type: 'info', op: 'fault', what });
  }
}
