/**
 * Does the faults to the world: at their time, or, if they aim at it, at the next write to the store soon after.
 */
import type { DeviceStore } from '../device-store.ts';
import type { Scheduler, Target } from '../scheduler.ts';
import type { UserHost } from '../user-host.ts';
import type { World } from '../world.ts';
import type { Fault, NodeFault, StoreFault, TabFault } from './fault.ts';
import { LastWords } from './last-words.ts';

const Code = { due: 1, online: 2 } as const;
/** A fault that aims at a write waits at most so long for one. */
const aimUsMax = 3_000_000;

export class FaultInjector implements Target {
  readonly traceId = 4;
  readonly #world: World;
  readonly #scheduler: Scheduler;
  /** Wait for a write. */
  #aiming: { readonly fault: Fault; readonly untilUs: number }[] = [];
  /** Users of whom a device lost its store, or got an older one back. */
  readonly forgetful = new Set<number>();
  readonly lastWords: LastWords;

  constructor(world: World) {
    this.#world = world;
    this.#scheduler = world.scheduler;
    this.lastWords = new LastWords(world, this);
  }

  start(): void {
    for (const [index, fault] of this.#world.scenario.faults.entries()) this.#scheduler.schedule(fault.atUs, this, Code.due, index, fault);
  }

  /** From now on nothing goes wrong any more. */
  stop(): void {
    this.#aiming = [];
    this.lastWords.stop();
  }

  /** A write goes to the store and takes `latencyUs`: whoever waited for one strikes while it is under way. */
  writeBegan(latencyUs: number): void {
    if (this.#aiming.length === 0) return;
    const aiming = this.#aiming;
    this.#aiming = [];
    const { nowUs } = this.#scheduler;
    for (const { fault, untilUs } of aiming) {
      if (untilUs >= nowUs) this.#scheduler.schedule(nowUs + (latencyUs >> 1), this, Code.due, 0, { ...fault, aim: undefined });
    }
  }

  fire(code: number, _number: number, payload: unknown): void {
    if (code === Code.online) {
      (payload as UserHost).goOnline();
      return;
    }
    if (this.#world.healed) return;
    const fault = payload as Fault;
    if (fault.aim === 'write' && this.#world.store.pendingWrites === 0) {
      this.#aiming.push({ fault, untilUs: this.#scheduler.nowUs + aimUsMax });
      return;
    }
    this.#inject(fault);
  }

  #inject(fault: Fault): void {
    const world = this.#world;
    if ('node' in fault && this.lastWords.isTold) return;
    world.noteFault(JSON.stringify(fault));
    world.sometimes(`fault ${fault.kind}`);
    if (fault.kind === 'cutAll') for (const tab of world.allTabs) tab.link?.cut();
    else if (fault.kind === 'backup') for (const devices of world.devices) for (const device of devices) device.takeBackup();
    else if (fault.kind === 'leave') this.lastWords.begin(fault);
    else if ('node' in fault) this.#hitNode(fault);
    else if ('tab' in fault) this.#hitTab(fault);
    else this.#hitStore(fault);
  }

  #hitNode(fault: NodeFault): void {
    const world = this.#world;
    const node = world.nodes.at(fault.node);
    if (node === undefined) return;
    if (world.isCluster && 'forUs' in fault) {
      const isLinkLost = fault.kind === 'cutPeers' || fault.kind === 'breakLink';
      world.doubt('other' in fault ? [fault.node, fault.other] : [fault.node], fault.forUs, isLinkLost);
    }
    switch (fault.kind) {
      case 'crashNode':
        return node.crash(fault.restartUs);
      case 'pauseNode':
        return node.pause(fault.forUs);
      case 'slowNode':
        return node.slow(fault.turnUs, this.#scheduler.nowUs + fault.forUs);
      case 'setClock':
        return node.setClock(fault.offMs);
      case 'breakLink':
        // Shorter than the time in which an owner gives no verdict.
        return node.breakLink(Math.min(fault.forUs, world.limits.registerMs * 500));
      case 'drainNode':
        return node.drain(fault.restartUs);
      case 'cutPeers':
        if (fault.other < world.nodes.length && fault.other !== fault.node)
          world.peers.cut(fault.node, fault.other, fault.way, fault.forUs);
        return;
      case 'cutStore':
        node.cutUntilUs = this.#scheduler.nowUs + fault.forUs;
        return;
      default:
        return unknownFault(fault);
    }
  }

  #hitStore(fault: StoreFault): void {
    const { store } = this.#world;
    const untilUs = this.#scheduler.nowUs + ('forUs' in fault ? fault.forUs : 0);
    switch (fault.kind) {
      case 'storeOutage':
        store.trouble.outageUntilUs = untilUs;
        return;
      case 'diskFull':
        store.trouble.fullUntilUs = untilUs;
        return;
      case 'muteStore':
        store.trouble.muteUntilUs = untilUs;
        return;
      case 'slotsOutage':
        store.trouble.partUntilUs[fault.part] = untilUs;
        return;
      case 'slowStore':
        store.trouble.slowUntilUs = untilUs;
        store.trouble.slowUs = fault.latencyUs;
        return;
      case 'backupStore':
        return this.#world.backupStore();
      case 'restoreStore':
        return this.#world.restoreStore(fault.restartUs);
      default:
        return unknownFault(fault);
    }
  }

  #hitTab(fault: TabFault): void {
    const tab = this.#world.tabs[fault.user]?.[fault.device]?.[fault.tab];
    if (tab === undefined) return;
    switch (fault.kind) {
      case 'cut':
        tab.link?.cut();
        return;
      case 'stall':
        tab.link?.stall(fault.forUs);
        return;
      case 'clog':
        this.#world.network.clog(tab.index, fault.way, this.#scheduler.nowUs + fault.forUs);
        return;
      case 'freeze':
        return tab.freeze(fault.forUs);
      case 'offline':
        tab.goOffline();
        this.#scheduler.schedule(this.#scheduler.nowUs + fault.forUs, this, Code.online, 0, tab);
        return;
      case 'crashTab':
        return this.#crashTab(fault);
      default:
        return unknownFault(fault);
    }
  }

  #crashTab(fault: TabFault & { readonly kind: 'crashTab' }): void {
    const siblings = this.#world.tabs[fault.user][fault.device];
    const device = this.#world.devices[fault.user][fault.device];
    const { kept } = fault;
    if (siblings[fault.tab].left) return;
    if (kept === 'all') {
      const tab = siblings[fault.tab];
      tab.crash();
      this.#loseUnstored(device, tab.process, false);
      tab.beginLater(fault.restartUs, 'all');
      for (const other of siblings) if (other !== tab) other.adoptLater(fault.restartUs >> 1);
      return;
    }
    for (const tab of siblings) tab.crash();
    this.forgetful.add(this.#world.userIds[fault.user]);
    if (kept === 'nothing') device.wipe();
    else if (!device.restoreBackup()) return this.beginAgain(siblings, fault.restartUs, 'all', device);
    this.beginAgain(siblings, fault.restartUs, kept, device);
  }

  /** `tabs` of the device are down; they begin again. */
  beginAgain(tabs: readonly UserHost[], restartUs: number, kept: 'all' | 'nothing' | 'backup', device: DeviceStore): void {
    this.#loseUnstored(device, tabs[0].process, kept === 'backup');
    for (const tab of tabs) tab.beginLater(restartUs, kept);
  }

  /**
   * Messages of this device whose send record is not in its store any more have lost their outbox; those that came back are open again.
   * `isOlder`: the store was put back to an older state, so a message that is open may have had another identity since.
   */
  #loseUnstored(device: DeviceStore, process: string, isOlder: boolean): void {
    const { recorder } = this.#world;
    const stored = device.openSends(false);
    const free = device.openSends(true);
    for (const message of [...recorder.messages.values()]) {
      if (message.store !== device.name) continue;
      const content = `${message.conversation} ${message.kind} ${message.target} ${message.text}`;
      const sendId = free.get(content);
      if (message.open && !stored.has(content) && !this.#isHeldByTab(device, message.name)) recorder.lost(process, message);
      else if (sendId !== undefined && (!message.open || isOlder)) recorder.restored(process, message, sendId);
    }
  }

  /** A tab of the device that lives still holds the message in its memory. */
  #isHeldByTab(device: DeviceStore, message: string): boolean {
    return this.#world.allTabs.some((tab) => tab.device === device && tab.up && tab.application.holds(message));
  }
}

function unknownFault(fault: never): never {
  throw new Error(`fault ${JSON.stringify(fault)}`);
}
