/** Which devices are on line, which users have a live one, and when each device comes and goes. */
import { Code } from './codes.ts';
import { batchAtStart, epochAtStart } from './day-store.ts';
import { ticksPerMs } from './day-time.ts';
import type { DayWorld } from './day-world.ts';
import { nightEndsHour, nightFactor, offlineMsMax, offlineMsMin, onlineAtStartPermille, onlineMsMax, onlineMsMin } from './limits.ts';
import type { Population } from './population.ts';

export const DeviceState = { off: 0, connecting: 1, welcomed: 2, live: 3 } as const;
const hourMs = 3600_000;
const startMsMax = 5 * 60_000;

export class Presence {
  readonly states: Uint8Array;
  /** How often a device connected: with its number it says which connection that is. */
  readonly lives: Uint16Array;
  /** Last bookmark. */
  readonly epochs: Uint32Array;
  readonly batches: Uint32Array;
  /** By user: devices on line, and since when at least one was live without a pause (0: none is). */
  readonly onlineOf: Uint8Array;
  readonly liveSince: Uint32Array;
  readonly #liveOf: Uint8Array;
  readonly #spells: Uint16Array;
  readonly #onlineSince: Uint32Array;
  readonly #world: DayWorld;
  readonly #population: Population;

  constructor(world: DayWorld, population: Population) {
    const { devices, users } = population;
    this.#world = world;
    this.#population = population;
    this.states = new Uint8Array(devices);
    this.lives = new Uint16Array(devices);
    this.epochs = new Uint32Array(devices).fill(epochAtStart);
    this.batches = new Uint32Array(devices).fill(batchAtStart);
    this.onlineOf = new Uint8Array(users);
    this.liveSince = new Uint32Array(users);
    this.#liveOf = new Uint8Array(users);
    this.#spells = new Uint16Array(devices);
    this.#onlineSince = new Uint32Array(devices);
  }

  /** The day begins: some come on line within the first minutes, the others later. */
  start(): void {
    const { draws } = this.#world;
    for (let device = 0; device < this.states.length; device += 1) {
      if (draws.permille(onlineAtStartPermille)) this.planSpell(device, draws.below(startMsMax));
      else this.planSpell(device, draws.between(offlineMsMin, offlineMsMax * nightFactor));
    }
  }

  /** The device's present time on line or off line ends after so long; what was planned before counts for nothing. */
  planSpell(device: number, afterMs: number): void {
    const { wheel, time, work } = this.#world;
    this.#spells[device] += 1;
    work.timersOfDevices += 1;
    wheel.schedule(time.tick + afterMs * ticksPerMs, Code.spell, device, this.#spells[device], 0);
  }

  isPlanned(device: number, spell: number): boolean {
    return this.#spells[device] === spell;
  }

  /** Is this connection the device's present one? */
  isCurrent(connection: number, device: number): boolean {
    return this.states[device] !== DeviceState.off && this.connectionOf(device) === connection;
  }

  connectionOf(device: number): number {
    return this.#world.connections.numberOf(device, this.lives[device]);
  }

  /** The first of a user's devices that is on line; -1: none is. */
  firstOnline(user: number): number {
    if (this.onlineOf[user] === 0) return -1;
    const { firstDevice } = this.#population;
    for (let device = firstDevice[user]; device < firstDevice[user + 1]; device += 1) {
      if (this.states[device] !== DeviceState.off) return device;
    }
    return -1;
  }

  connecting(device: number): void {
    const { draws, time, work } = this.#world;
    this.lives[device] += 1;
    this.states[device] = DeviceState.connecting;
    this.onlineOf[this.#population.userOfDevice[device]] += 1;
    this.#onlineSince[device] = time.tick;
    work.connections += 1;
    this.planSpell(device, draws.between(onlineMsMin, onlineMsMax));
  }

  live(device: number): void {
    this.states[device] = DeviceState.live;
    const user = this.#population.userOfDevice[device];
    this.#liveOf[user] += 1;
    if (this.#liveOf[user] === 1) this.liveSince[user] = this.#world.time.tick;
  }

  left(device: number): void {
    const { time, work, draws } = this.#world;
    const user = this.#population.userOfDevice[device];
    if (this.states[device] === DeviceState.live) {
      this.#liveOf[user] -= 1;
      if (this.#liveOf[user] === 0) this.liveSince[user] = 0;
    }
    this.states[device] = DeviceState.off;
    this.onlineOf[user] -= 1;
    work.onlineTicks += time.tick - this.#onlineSince[device];
    const isNight = time.msOfDay < nightEndsHour * hourMs;
    this.planSpell(device, draws.between(offlineMsMin, offlineMsMax) * (isNight ? nightFactor : 1));
  }
}
