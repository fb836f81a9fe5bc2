/**
 * Who writes when: talks of some messages, begun by the daily curve, in conversations chosen by how much a user writes and how much a conversation
 * is used.
 *
 * Method: each minute begins as many talks as bring the messages planned so far up to the curve, so that the day holds exactly the number of
 * messages it is to hold. Users are chosen by rejection, conversations by a table of 1/k.
 */
import { mix } from '../random.ts';
import { Code } from './codes.ts';
import { ticksPerMs } from './day-time.ts';
import type { DayWorld } from './day-world.ts';
import type { Devices } from './devices.ts';
import { conversationsPerUser, messagesByHour, talkMessages, talkPauseMsMax, talkPauseMsMin } from './limits.ts';
import type { Population } from './population.ts';

const minutesADay = 1440;
const minuteMs = 60_000;
/** Of ten users so many times the least writes: 4 write little, 1 much. */
const activities = [1, 1, 1, 1, 2, 2, 2, 4, 4, 12] as const;
const activityMax = 12;

export class Talks {
  /** Messages of the whole day, and those planned and written so far. */
  readonly messages: number;
  planned = 0;
  /** No minute begins from then on. */
  endMinute = minutesADay;
  written = 0;
  readonly #world: DayWorld;
  readonly #population: Population;
  readonly #devices: Devices;
  readonly #seed: number;
  /** Of 2^16 draws the conversation of rank r gets those below `ranks[r]`. */
  readonly #ranks: number[] = [];
  readonly #curve: Float64Array;

  constructor(world: DayWorld, population: Population, devices: Devices, seed: number, messages: number) {
    this.#world = world;
    this.#population = population;
    this.#devices = devices;
    this.#seed = mix(seed, 0x74616c6b);
    this.messages = messages;
    let sum = 0;
    for (let rank = 0; rank < conversationsPerUser; rank += 1) sum += Math.floor(2520 / (rank + 1));
    let below = 0;
    for (let rank = 0; rank < conversationsPerUser; rank += 1) {
      below += Math.floor(2520 / (rank + 1));
      this.#ranks.push(Math.floor((below / sum) * 65_536));
    }
    this.#curve = curveOf();
  }

  start(): void {
    this.#world.wheel.schedule(1, Code.minute, 0, 0, 0);
  }

  minute(minute: number): void {
    const { wheel, time, draws } = this.#world;
    const target = Math.round(this.messages * this.#curve[minute]);
    while (this.planned < target) {
      const length = Math.min(talkMessages[draws.below(talkMessages.length)], target - this.planned);
      this.planned += length;
      wheel.schedule(time.tick + draws.below(minuteMs) * ticksPerMs, Code.talk, this.#conversation(), length, 0);
    }
    if (minute + 1 < this.endMinute) wheel.schedule(time.tick + minuteMs * ticksPerMs, Code.minute, minute + 1, 0, 0);
  }

  /** One message of a talk, by one of the two who is on line if there is one. */
  talk(conversation: number, left: number): void {
    const { draws, wheel, time, work } = this.#world;
    const population = this.#population;
    const even = population.evenMember(conversation);
    const odd = population.oddMember(conversation);
    let [writer, other] = draws.below(2) === 0 ? [even, odd] : [odd, even];
    if (!this.#devices.isOnline(writer) && this.#devices.isOnline(other)) [writer, other] = [other, writer];
    this.written += 1;
    work.timersOfDevices += 1;
    this.#devices.write(writer, conversation % conversationsPerUser);
    if (left <= 1) return;
    const pauseMs = draws.between(talkPauseMsMin, talkPauseMsMax);
    wheel.schedule(time.tick + pauseMs * ticksPerMs, Code.talk, conversation, left - 1, 0);
  }

  #conversation(): number {
    const { draws } = this.#world;
    let index = draws.below(this.#population.usersPerSide);
    while (draws.below(activityMax) >= activities[(mix(this.#seed, index) >>> 0) % activities.length]) {
      index = draws.below(this.#population.usersPerSide);
    }
    const draw = draws.below(65_536);
    let rank = 0;
    while (rank < conversationsPerUser - 1 && draw >= this.#ranks[rank]) rank += 1;
    return index * conversationsPerUser + rank;
  }
}

/** Share of the day's messages up to the end of each minute. */
function curveOf(): Float64Array {
  const total = messagesByHour.reduce((sum, hour) => sum + hour, 0);
  const curve = new Float64Array(minutesADay);
  let sum = 0;
  for (let minute = 0; minute < minutesADay; minute += 1) {
    sum += messagesByHour[Math.floor(minute / 60)] / 60;
    curve[minute] = sum / total;
  }
  curve[minutesADay - 1] = 1;
  return curve;
}
