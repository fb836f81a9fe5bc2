/**
 * One tab of a user: the very client session of production, with its effects executed in virtual time.
 *
 * Method: frames of a turn go out as one message; store transactions end after a while, in order; a crash loses the machine, the connection
 * and the transactions that have not ended; a restart makes a fresh machine on what the device's store holds.
 */

import type { ClientEvent } from '../core/engine/client/client-events.ts';
import type { ClientInput, ClientOut, ClientRecord } from '../core/engine/client/client-port.ts';
import { storeKey } from '../core/engine/client/client-records.ts';
import { ClientSession } from '../core/engine/client/client-session.ts';
import { RunReader } from '../core/protocol/codec.ts';
import { FrameWriter } from '../core/protocol/writer.ts';
import { Application } from './application.ts';
import { usOfWallMs, wallMs } from './clock.ts';
import { DeviceRecords } from './device-records.ts';
import type { DeviceStore } from './device-store.ts';
import { Freezer } from './freezer.ts';
import type { ClientEnd, Link } from './network.ts';
import type { RandomStream } from './random.ts';
import type { Target } from './scheduler.ts';
import { TabPresence } from './tab-presence.ts';
import { TabSaid } from './tab-said.ts';
import { TabTransactions } from './tab-transactions.ts';
import { freshToken } from './token.ts';
import { told } from './user-told.ts';
import type { UserWorld } from './user-world.ts';

/** Below them the other entities, above them the connections. */
const tabTraceIds = 64;

const Code = { turn: 1, tick: 2, stored: 3, random: 4, token: 5, begin: 6, adopt: 7, goOn: 8, sure: 9, doubt: 10 } as const;

export class UserHost implements Target, ClientEnd, ClientOut {
  readonly traceId: number;
  readonly index: number;
  readonly process: string;
  readonly userIndex: number;
  readonly device: DeviceStore;
  readonly application: Application;
  readonly records: DeviceRecords;
  /** Runs (it may be without a connection). */
  up = false;
  /** It never begins again. */
  left = false;
  /** Own state as last told. */
  state = '';
  offline = false;
  /** What the next life begins with. */
  nextKept: 'all' | 'nothing' | 'backup' = 'all';
  /** The session knows its own user, so the application can name conversations. */
  knowsUser = false;
  /** Shown up to here, in this life or before. */
  readonly shown = new Map<string, number>();
  /** Messages of others up to `shown`. */
  readonly shownOthersNo = new Map<string, number>();
  /** The peers' watermarks as last told. */
  readonly watermarks = new Map<string, { delivered: number; read: number }>();
  readonly said = new TabSaid();
  readonly #world: UserWorld;
  readonly #random: RandomStream;
  readonly #name: string;
  #life = 0;
  #machine: ClientSession | undefined;
  #link: Link | undefined;
  #out = new FrameWriter(1024);
  #turnDue = false;
  #wakeUs = Number.POSITIVE_INFINITY;
  readonly #freezer = new Freezer();
  readonly #transactions: TabTransactions;
  readonly #presence: TabPresence;

  constructor(
    world: UserWorld,
    index: number,
    process: string,
    userIndex: number,
    name: string,
    device: DeviceStore,
    random: RandomStream,
  ) {
    this.#world = world;
    this.index = index;
    this.traceId = tabTraceIds + index;
    this.process = process;
    this.userIndex = userIndex;
    this.#name = name;
    this.device = device;
    this.#random = random;
    this.application = new Application(this, world);
    this.records = new DeviceRecords(this, world.recorder);
    this.#transactions = new TabTransactions(this.records);
    this.#presence = new TabPresence(process, world.recorder);
  }

  /** This tab's draws at this instant. */
  get #draw(): RandomStream {
    return this.#random.at(this.#world.scheduler.nowUs);
  }

  get userId(): number {
    return this.#world.userIds[this.userIndex];
  }

  get isLive(): boolean {
    const link = this.#link;
    return this.up && this.state === 'live' && link?.nodeOpen === true && link.clientOpen;
  }

  // ---- life

  begin(kept: 'first' | 'all' | 'nothing' | 'backup'): void {
    if (this.up || this.left) return;
    // Of several tabs the first one finds the device's store replaced.
    if (kept !== 'first' && !this.device.replaced) kept = 'all';
    this.device.replaced = false;
    this.nextKept = 'all';
    this.up = true;
    this.#life += 1;
    this.state = '';
    this.shown.clear();
    this.shownOthersNo.clear();
    this.watermarks.clear();
    this.said.forget('*');
    this.application.begin();
    const { clientLimits, tailEventsMax, recorder } = this.#world;
    this.#machine = new ClientSession({ limits: clientLimits, tailEventsMax });
    const { outbox, records } = this.device.open(this.process);
    const { name: store, storeId } = this.device;
    recorder.add({ process: this.process, type: 'info', op: 'device', user: this.userId, store, kept, storeId });
    this.records.kept(kept !== 'first');
    this.knowsUser = this.device.table.get(storeKey) !== undefined;
    this.step({ kind: 'loaded', records, outbox, deviceId: this.device.deviceId, tabId: this.#draw.id53() });
  }

  /** The tab is gone, without a word. `applied`: so many of its open store transactions still end. */
  crash(): void {
    if (!this.up) return;
    this.up = false;
    this.state = '';
    this.#freezer.reset();
    this.#machine = undefined;
    this.#out.reset();
    this.#turnDue = false;
    this.#wakeUs = Number.POSITIVE_INFINITY;
    this.#transactions.crash(this.#draw);
    this.#life += 1;
    this.#link?.dropByClient();
    this.#link = undefined;
    this.#presence.down(this.userId);
    this.device.release(this.process);
    this.#world.recorder.add({ process: this.process, type: 'info', op: 'gone' });
  }

  beginLater(us: number, kept: 'all' | 'nothing' | 'backup'): void {
    const { scheduler } = this.#world;
    if (kept !== 'all') this.nextKept = kept;
    scheduler.schedule(scheduler.nowUs + us, this, Code.begin);
  }

  /** Another tab of this device died: perhaps this one goes on with its outbox. */
  adoptLater(us: number): void {
    const { scheduler } = this.#world;
    scheduler.schedule(scheduler.nowUs + us, this, Code.adopt);
  }

  goOffline(): void {
    this.offline = true;
    this.#link?.cut();
  }

  goOnline(): void {
    if (!this.offline) return;
    this.offline = false;
    if (this.up) this.step({ kind: 'online' });
  }

  /** The process stands still. */
  freeze(forUs: number): void {
    if (!this.up || this.#freezer.frozen) return;
    this.#freezer.frozen = true;
    const { scheduler } = this.#world;
    scheduler.schedule(scheduler.nowUs + forUs, this, Code.goOn, 0, this.#life);
  }

  thaw(): void {
    this.#freezer.thaw();
  }

  /** Nobody writes in a process that stands still: what the user does waits with everything else. */
  whenAwake(action: () => void): void {
    this.#freezer.whenAwake(action);
  }

  // ---- connection

  linkOpened(link: Link): void {
    if (this.#freezer.frozen) return this.#freezer.hold(() => this.linkOpened(link));
    if (link !== this.#link) return;
    this.step({ kind: 'connected' });
  }

  linkReceived(link: Link, bytes: Uint8Array): void {
    if (this.#freezer.frozen) return this.#freezer.hold(() => this.linkReceived(link, bytes));
    if (link !== this.#link) return;
    upReader.reset(bytes);
    while (upReader.next()) this.#world.recorder.tapArrived(this.process, this.userId, bytes, upReader.frameStart, upReader.frameEnd);
    this.step({ kind: 'received', bytes });
  }

  linkClosed(link: Link, code: number): void {
    if (this.#freezer.frozen) return this.#freezer.hold(() => this.linkClosed(link, code));
    if (link !== this.#link) return;
    this.#link = undefined;
    this.#presence.down(this.userId);
    this.step({ kind: 'disconnected', random: this.#draw.u32(), code });
  }

  /** The node's end is gone: for the node nobody is there any more. */
  nodeEndClosed(): void {
    this.#presence.nodeEndClosed(this.userId);
  }

  get link(): Link | undefined {
    return this.#link;
  }

  // ---- effects

  connect(): void {
    const { network, scheduler } = this.#world;
    if (this.offline) {
      scheduler.schedule(scheduler.nowUs + 1_000, this, Code.turn, 1, this.#life);
      return;
    }
    this.#presence.connecting();
    this.#link = network.connect(this, this.#world.nodeFor(this.index));
  }

  disconnect(): void {
    const { scheduler } = this.#world;
    this.#flush();
    this.#link?.closeUp();
    this.#link = undefined;
    this.#presence.down(this.userId);
    scheduler.schedule(scheduler.nowUs + 1_000, this, Code.turn, 1, this.#life);
  }

  needToken(): void {
    const { scheduler } = this.#world;
    scheduler.schedule(scheduler.nowUs + this.#draw.below(20_000), this, Code.token, 0, this.#life);
  }

  toServer(bytes: Uint8Array, start: number, end: number): void {
    const said = this.#world.recorder.tapUp(this.process, this.userId, bytes, start, end);
    if (said !== undefined) this.said.note(said);
    this.#out.framed(bytes, start, end);
    this.#dueTurn();
  }

  store(id: number, storeId: string, records: readonly ClientRecord[]): void {
    const { scheduler, storeUsMax } = this.#world;
    const endUs = this.#transactions.begin(storeId, records, scheduler.nowUs + this.#draw.below(storeUsMax + 1));
    scheduler.schedule(endUs, this, Code.stored, id, this.#life);
  }

  drawRandom(id: number, count: number): void {
    const { scheduler } = this.#world;
    scheduler.schedule(scheduler.nowUs + 1, this, Code.random, id, { life: this.#life, count });
  }

  tell(event: ClientEvent): void {
    if (event.kind === 'state' && event.state === 'live') this.#world.sometimes('live');
    told(this, this.#world, event);
  }

  // ---- events

  fire(code: number, number: number, payload: unknown): void {
    if (this.#freezer.frozen && code !== Code.begin && code !== Code.goOn) {
      this.#freezer.hold(() => this.fire(code, number, payload));
      return;
    }
    switch (code) {
      case Code.turn:
        if (payload !== this.#life) return;
        return number === 1 ? this.step({ kind: 'disconnected', random: this.#draw.u32(), code: 0 }) : this.#flush();
      case Code.tick:
        // Only the last planned one counts: an earlier wake took the place of the others.
        if (payload !== this.#life || this.#machine === undefined || number !== this.#wakeUs) return;
        this.#wakeUs = Number.POSITIVE_INFINITY;
        if (this.#machine.nextWakeMs() <= this.#nowMs()) this.step({ kind: 'tick' });
        else this.#dueWake();
        return;
      case Code.stored:
        if (payload !== this.#life) return;
        this.#transactions.end();
        return this.step({ kind: 'stored', id: number });
      case Code.random: {
        const asked = payload as { life: number; count: number };
        if (asked.life !== this.#life) return;
        return this.step({ kind: 'random', id: number, words: Uint32Array.from({ length: asked.count }, () => this.#draw.u32()) });
      }
      case Code.token:
        if (payload !== this.#life) return;
        return this.step({ kind: 'token', token: freshToken(this.#name, this.#nowMs(), this.#world.tokenMs) });
      case Code.goOn:
        if (payload === this.#life) this.#freezer.thaw();
        return;
      case Code.doubt:
        if (payload === this.#life) this.doubt(number, 0);
        return;
      case Code.sure:
        if (payload === this.#life && this.isLive) this.sessionCameUp();
        return;
      case Code.begin:
        return this.begin(this.nextKept);
      case Code.adopt: {
        if (!this.up) return;
        const records = this.device.adopt(this.process);
        if (records === null) return;
        this.#world.sometimes('outbox adopted by another tab');
        return this.step({ kind: 'adopted', records });
      }
      default:
        throw new Error(`user: event ${code}`);
    }
  }

  /** An input for the session, if the tab runs. */
  step(input: ClientInput): void {
    if (this.#freezer.frozen) return this.#freezer.hold(() => this.step(input));
    const machine = this.#machine;
    if (machine === undefined) return;
    try {
      machine.step(input, this.#nowMs(), this);
    } catch (error) {
      this.#world.crashed(error);
    }
    this.#dueWake();
  }

  /** From then until then its node may be cut off from its owner: nobody can say that it is on line. */
  doubt(untilUs: number, fromUs: number): void {
    const { scheduler } = this.#world;
    const isNow = this.#presence.doubt(untilUs, fromUs > scheduler.nowUs, this.userId);
    scheduler.schedule(isNow ? untilUs : fromUs, this, isNow ? Code.sure : Code.doubt, untilUs, this.#life);
  }

  sessionCameUp(): void {
    this.#presence.cameUp(this.#link, this.userId, this.#world.scheduler.nowUs);
    // Its node may be cut off since before it connected.
    const doubtUntilUs = this.#link?.node.doubtUntilUs ?? 0;
    if (doubtUntilUs > this.#presence.doubtUntilUs && doubtUntilUs > this.#world.scheduler.nowUs) this.doubt(doubtUntilUs, 0);
  }

  #flush(): void {
    this.#turnDue = false;
    if (this.#out.length === 0) return;
    this.#link?.sendUp(this.#out.copy());
    this.#out.reset();
  }

  #dueTurn(): void {
    if (this.#turnDue) return;
    this.#turnDue = true;
    this.#world.scheduler.schedule(this.#world.scheduler.nowUs + 1, this, Code.turn, 0, this.#life);
  }

  #dueWake(): void {
    const wakeMs = this.#machine?.nextWakeMs() ?? Number.POSITIVE_INFINITY;
    if (wakeMs === Number.POSITIVE_INFINITY) return;
    const { scheduler } = this.#world;
    const wakeUs = Math.max(usOfWallMs(Math.ceil(wakeMs)), scheduler.nowUs + 1);
    if (wakeUs >= this.#wakeUs) return;
    this.#wakeUs = wakeUs;
    scheduler.schedule(wakeUs, this, Code.tick, wakeUs, this.#life);
  }

  #nowMs(): number {
    return wallMs(this.#world.scheduler.nowUs);
  }
}

const upReader = new RunReader(Number.MAX_SAFE_INTEGER);
