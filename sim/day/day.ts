/**
 * One partition's day: `runDay` builds the people, two nodes, a store and the checkers, lets 24 hours pass and says what work was counted and
 * which promises were broken.
 */
import { noBytes } from '../../core/protocol/bytes.ts';
import { defaultLimits, type Limits } from '../../core/protocol/limits.ts';
import { withoutEntropy } from '../host/entropy-guard.ts';
import { mix } from '../random.ts';
import { BytePool } from './byte-pool.ts';
import { DeviceChecks } from './checkers/device-checks.ts';
import { LogOrder } from './checkers/log-order.ts';
import { checkSettled } from './checkers/settled.ts';
import { Code } from './codes.ts';
import { Connections } from './connections.ts';
import { type Counted, count } from './counted.ts';
import { DayLog } from './day-log.ts';
import { DayNode } from './day-node.ts';
import { DayStore } from './day-store.ts';
import { DayTime, dayMs, dayStartMs, ticksPerMs } from './day-time.ts';
import type { DayWorld } from './day-world.ts';
import { DeviceReader } from './device-reader.ts';
import { Devices } from './devices.ts';
import { Draws } from './draws.ts';
import { EventWheel } from './event-wheel.ts';
import { messagesPerPartition, restMs, rollCallMs, slotsPerDay, windDownMs } from './limits.ts';
import { Lines } from './lines.ts';
import { Population, partitionsOfNodes } from './population.ts';
import { Sends } from './sends.ts';
import { SlotCounts } from './slot-counts.ts';
import { Talks } from './talks.ts';
import { Violations } from './violations.ts';
import { Work } from './work.ts';

export interface DayOptions {
  readonly seed: number;
  /** Even: half of them on each side. */
  readonly slots: number;
  /** Only the first so many hours of the day; all 24 if it is not given. */
  readonly hours?: number;
  /** Called about once a virtual minute. */
  readonly onMinute?: (day: Day) => void;
}

/** Every so many-th byte of a message goes into the trace: the numbers of all frames do, and what differs in one differs in what follows. */
const hashedStep = 7;
const hourMs = 3600_000;

export class Day implements DayWorld {
  readonly seed: number;
  readonly population: Population;
  readonly slotCounts: SlotCounts;
  readonly time = new DayTime();
  readonly wheel = new EventWheel();
  readonly pool = new BytePool();
  readonly work = new Work();
  readonly violations = new Violations();
  readonly draws: Draws;
  readonly log: DayLog;
  readonly order: LogOrder;
  readonly checks: DeviceChecks;
  readonly store: DayStore;
  readonly connections: Connections;
  readonly lines: Lines;
  readonly devices: Devices;
  readonly talks: Talks;
  readonly nodes: readonly DayNode[];
  readonly storeIdHigh: number;
  readonly storeIdLow: number;
  /** Runs of frames and other inputs that were handed over, without those inside a node. */
  fired = 0;
  hash = 0;
  #counted: Counted | undefined;
  #nextMinute = 0;
  readonly #reader: DeviceReader;
  /** The message at hand: its array, and where in it it begins. */
  #bytes: Uint8Array = noBytes;
  #start = 0;

  constructor(options: DayOptions) {
    const { seed, slots } = options;
    this.seed = seed;
    const sends = new Sends(seed);
    this.population = new Population(seed, slots);
    const { population } = this;
    this.slotCounts = new SlotCounts(population);
    this.draws = new Draws(seed, 1);
    this.storeIdHigh = mix(seed, 1) >>> 0;
    this.storeIdLow = mix(seed, 2) >>> 0;
    this.lines = new Lines(population.devices);
    this.log = new DayLog(population, sends, dayStartMs);
    this.order = new LogOrder(population, this.log, sends, this.wheel, this.lines.written, this.slotCounts, this.violations, dayStartMs);
    this.checks = new DeviceChecks(population, this.log, this.order, this.violations);
    this.store = new DayStore(population, this.log, this.order, dayStartMs);
    this.connections = new Connections(seed, population.devices);
    this.devices = new Devices(this, population, this.lines, sends, this.checks);
    this.#reader = new DeviceReader(this.devices, this.lines, population, this.checks, this.violations, this.work);
    this.talks = new Talks(this, population, this.devices, seed, Math.round((messagesPerPartition * slots) / slotsPerDay));
    const directory = {
      ownerOf: (partition: number): number => {
        if (partition === partitionsOfNodes[0]) return 0;
        if (partition === partitionsOfNodes[1]) return 1;
        throw new Error(`partition ${partition} is not of this day`);
      },
    };
    this.nodes = [0, 1].map((node) => new DayNode(this, node, dayLimits, directory));
  }

  run({ hours = 24, onMinute }: DayOptions): void {
    const endMs = hours * hourMs + windDownMs;
    this.devices.presence.start();
    this.talks.start();
    this.talks.endMinute = hours * 60;
    this.#until(endMs, onMinute);
    this.devices.goByThemselves = false;
    this.#counted = count(this);
    for (let device = 0; device < this.population.devices; device += 1) {
      this.wheel.schedule(this.time.tick + this.draws.below(rollCallMs) * ticksPerMs, Code.rollCall, device, 0, 0);
    }
    this.#until(endMs + rollCallMs, onMinute);
    this.devices.mayLeave = false;
    this.#until(endMs + rollCallMs + restMs, onMinute);
    checkSettled(this.population, this.store, this.log, this.checks, this.violations);
    this.checks.finish(this.lines.cursors, this.lines.hashes);
    if (this.devices.openSends > 0) this.violations.add('one outcome', `${this.devices.openSends} sends have no outcome after the day`);
    if (this.pool.used > 0) this.violations.add('bounded', `${this.pool.used} messages were never taken`);
  }

  /** Deliveries (a frame that a machine or a device is handed is one), completions and timers. */
  get events(): number {
    const { framesUp, framesDown, framesPeer, framesInside, completions, timersOfNodes, timersFired } = this.work;
    return framesUp + framesDown + framesPeer + framesInside + completions + timersOfNodes + timersFired;
  }

  /** Calls of machines and devices: a run of frames is one. */
  get inputs(): number {
    return this.fired + this.work.runsInside;
  }

  /** What the 24 hours counted. */
  get counted(): Counted {
    if (this.#counted === undefined) throw new Error('the day is not over');
    return this.#counted;
  }

  #until(untilMs: number, onMinute: DayOptions['onMinute']): void {
    const { wheel, time, nodes } = this;
    const [first, second] = nodes;
    const end = untilMs * ticksPerMs;
    while (wheel.advance(end)) {
      time.at(wheel.now);
      wheel.fire(this.#fire);
      first.turn();
      second.turn();
      if (wheel.now < this.#nextMinute) continue;
      this.#nextMinute = wheel.now + 60_000 * ticksPerMs;
      onMinute?.(this);
    }
    time.at(end);
  }

  readonly #fire = (code: number, first: number, second: number, third: number): void => {
    this.fired += 1;
    this.hash = mix(mix(this.hash ^ this.time.tick, first), code + Math.imul(third, 0x9e3779b1));
    switch (code) {
      case Code.up:
        this.#taken(second, third);
        this.#nodeOf(first).received(first, this.#bytes, this.#start, this.#start + third);
        this.pool.give(second);
        return;
      case Code.down:
        this.#down(first, second, third);
        return;
      case Code.peer:
        this.#taken(second, third);
        this.nodes[first].peerReceived(1 - first, this.#bytes, this.#start, this.#start + third);
        this.pool.give(second);
        return;
      case Code.written:
        this.work.completions += 1;
        this.nodes[first].written(second, true);
        return;
      case Code.refusedWrite:
        this.violations.add('one writer', `node ${first} wrote a batch that its slot's fence refused`);
        this.nodes[first].written(second, false);
        return;
      case Code.wake:
        this.nodes[first].wake(second);
        return;
      case Code.talk:
        this.work.timersFired += 1;
        this.talks.talk(first, second);
        return;
      case Code.read:
        this.work.timersFired += 1;
        this.devices.readNow(first);
        return;
      case Code.got:
        this.work.completions += 1;
        this.nodes[first].got(second);
        return;
      case Code.scanned:
        this.work.completions += 1;
        this.nodes[first].scanned(second);
        return;
      case Code.opened:
        this.#taken(second, third);
        this.#nodeOf(first).opened(first, this.#bytes, this.#start, this.#start + third);
        this.pool.give(second);
        return;
      case Code.verified:
        this.work.completions += 1;
        this.#nodeOf(first).verified(first);
        return;
      case Code.closed: {
        const device = this.connections.deviceOf(first);
        if (!this.devices.presence.isCurrent(first, device)) return;
        this.violations.add('bounded', `a node closed the connection of device ${device} with code ${second}`);
        this.devices.closed(device);
        return;
      }
      case Code.waitEnd:
        this.work.timersFired += 1;
        this.nodes[first].waitEnded();
        return;
      case Code.spell:
        this.work.timersFired += 1;
        this.devices.spell(first, second);
        return;
      case Code.random:
        this.work.completions += 1;
        this.nodes[first].random(second);
        return;
      case Code.sendAgain:
        this.devices.sendAgain(first);
        return;
      case Code.rollCall:
        this.devices.rollCall(first);
        return;
      case Code.minute:
        this.talks.minute(first);
        return;
      default:
        throw new Error(`day: event ${code}`);
    }
  };

  #down(connection: number, handle: number, length: number): void {
    const device = this.connections.deviceOf(connection);
    // Still read for the hash: what left for somebody who has gone counts as well.
    this.#taken(handle, length);
    if (this.devices.presence.isCurrent(connection, device)) this.#reader.take(device, this.#bytes, this.#start, this.#start + length);
    this.pool.give(handle);
  }

  /** Finds what lies behind a handle, for `#bytes` and `#start`, and hashes it. */
  #taken(handle: number, length: number): void {
    const bytes = this.pool.arrayOf(handle);
    const start = this.pool.startOf(handle);
    let word = length;
    for (let at = start; at < start + length; at += hashedStep) word = Math.imul(word ^ bytes[at], 0x01000193);
    this.hash = mix(this.hash, word);
    this.#bytes = bytes;
    this.#start = start;
  }

  #nodeOf(connection: number): DayNode {
    return this.nodes[this.population.nodeOf(this.population.userOfDevice[this.connections.deviceOf(connection)])];
  }
}

/**
 * As in production, but a silent connection is not closed: devices of a day send no pings (two a minute and device would be most of its
 * events). How many there would be follows from the seconds on line.
 */
const dayLimits: Limits = { ...defaultLimits, idleMs: 3 * dayMs };

export function runDay(options: DayOptions): Day {
  return withoutEntropy(() => {
    const day = new Day(options);
    day.run(options);
    return day;
  });
}
