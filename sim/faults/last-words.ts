/**
 * Last words: two users are quiet for a while, the devices of the one go down, the other writes; and as soon as the event is owed to the
 * peer's inbox all devices of the writer go and never come back, and the nodes crash. So nobody but a node's own sweep looks after what
 * it owes. The store answers no reads for a moment then.
 */
import { conversationKey } from '../history/entry.ts';
import { opensObligation } from '../recorder.ts';
import type { Target } from '../scheduler.ts';
import type { Command } from '../workload.ts';
import type { World } from '../world.ts';
import type { Fault } from './fault.ts';
import type { FaultInjector } from './inject.ts';

export type Leave = Fault & { readonly kind: 'leave' };

const Code = { write: 1, leave: 2 } as const;
/** Acknowledgements and sends of a conversation have come to their end after so long, mostly. */
const quietUs = 6_000_000;
/** So long after the last words the peer comes on line again. */
const peerAwayUs = 2_000_000;

export class LastWords implements Target {
  readonly traceId = 5;
  readonly #world: World;
  readonly #faults: FaultInjector;
  #fault: Leave | undefined;
  /** Who leaves, and who is written to. */
  #from = 0;
  #to = 0;
  #conversation = '';
  #written = false;
  #left = false;

  constructor(world: World, faults: FaultInjector) {
    this.#world = world;
    this.#faults = faults;
  }

  begin(fault: Leave): void {
    const { userIds, scheduler } = this.#world;
    if (!userIds[fault.user] || !userIds[fault.peer] || fault.user === fault.peer) return;
    this.#fault = fault;
    // The home must be that of the user who leaves: the lower one.
    [this.#from, this.#to] = userIds[fault.user] < userIds[fault.peer] ? [fault.user, fault.peer] : [fault.peer, fault.user];
    this.#conversation = conversationKey(userIds[this.#from], userIds[this.#to]);
    scheduler.schedule(scheduler.nowUs + quietUs, this, Code.write);
  }

  /** Node faults wait out the story: each restart would make the sweep look again. */
  get isTold(): boolean {
    return this.#fault !== undefined || this.#left;
  }

  /** Nothing more goes wrong. */
  stop(): void {
    this.#fault = undefined;
  }

  /** What is said between the two would make a node look at what it owes there. */
  forbids({ user, peer }: Command): boolean {
    if (this.#world.tabs[peer]?.[0]?.[0]?.left === true) return true;
    return this.#fault !== undefined && (user === this.#from ? peer === this.#to : user === this.#to && peer === this.#from);
  }

  /** A batch took effect: perhaps the last words are owed now. */
  applied(ops: Uint8Array): void {
    const fault = this.#fault;
    if (fault === undefined || !this.#written || !opensObligation(ops, this.#conversation)) return;
    this.#fault = undefined;
    const { scheduler } = this.#world;
    scheduler.schedule(scheduler.nowUs + 1, this, Code.leave, 0, fault);
  }

  fire(code: number, _number: number, payload: unknown): void {
    if (code === Code.write) this.#write();
    else if (!this.#world.healed) this.#leave(payload as Leave);
  }

  #write(): void {
    const { tabs, devices } = this.#world;
    const tab = tabs[this.#from].flat().find((other) => other.up && other.knowsUser);
    if (this.#fault === undefined || tab === undefined) return;
    for (const [index, ofDevice] of tabs[this.#to].entries()) {
      for (const other of ofDevice) other.crash();
      this.#faults.beginAgain(ofDevice, peerAwayUs, 'all', devices[this.#to][index]);
    }
    this.#written = true;
    tab.whenAwake(() => tab.application.write('m1000000', this.#to, 1, 0, 'm1000000 last words'));
  }

  #leave(fault: Leave): void {
    const { tabs, userIds, recorder, store, scheduler, nodes } = this.#world;
    this.#world.sometimes('left with something owed');
    this.#left = true;
    for (const node of nodes) node.crash(fault.restartUs);
    if (fault.outageUs > 0) store.trouble.readsUntilUs = scheduler.nowUs + fault.restartUs + fault.outageUs;
    this.#faults.forgetful.add(userIds[this.#from]);
    for (const tab of tabs[this.#from].flat()) {
      tab.left = true;
      tab.crash();
    }
    for (const message of [...recorder.open.values()]) {
      if (message.user === userIds[this.#from]) recorder.lost(`u${this.#from}`, message);
    }
  }
}
