/**
 * Promises 1, 2, 5, 6 and 7 as devices see them: what is shown is the log, event by event; `accepted` is said of what is durable; receipts say
 * what devices acknowledged; `undelivered` is never said of somebody who was there all the time; after the day nobody misses anything.
 */
import type { DayLog } from '../day-log.ts';
import { conversationsPerUser, seqAtStart } from '../limits.ts';
import type { Population } from '../population.ts';
import type { Violations } from '../violations.ts';
import type { LogOrder } from './log-order.ts';

export class DeviceChecks {
  /** By conversation and side: highest seq that a device of that member acknowledged, and read. */
  readonly ackedMax: Uint16Array;
  readonly readMax: Uint16Array;
  readonly #population: Population;
  readonly #log: DayLog;
  readonly #order: LogOrder;
  readonly #violations: Violations;

  constructor(population: Population, log: DayLog, order: LogOrder, violations: Violations) {
    this.#population = population;
    this.#log = log;
    this.#order = order;
    this.#violations = violations;
    this.ackedMax = new Uint16Array(2 * population.conversations).fill(seqAtStart);
    this.readMax = new Uint16Array(2 * population.conversations).fill(seqAtStart);
  }

  acked(device: number, line: number, seq: number): void {
    const at = this.#memberAt(device, line);
    if (seq > this.ackedMax[at]) this.ackedMax[at] = seq;
  }

  read(device: number, line: number, seq: number): void {
    const at = this.#memberAt(device, line);
    if (seq > this.readMax[at]) this.readMax[at] = seq;
  }

  /** A device shows `seq`; `hash` stands for everything it has shown of the conversation. */
  shown(device: number, conversation: number, seq: number, hash: number): void {
    const head = this.#log.heads[conversation];
    if (seq > head) {
      this.#violations.add('one order', `device ${device} shows seq ${seq} of conversation ${conversation}, whose log ends at ${head}`);
    } else if (seq === head && hash !== this.#log.hashes[conversation]) {
      this.#violations.add(
        'one order',
        `device ${device} has shown other events of conversation ${conversation} up to seq ${seq} than the log holds`,
      );
    }
  }

  accepted(device: number, rank: number, clientSeq: number, seq: number, before: number): void {
    const line = device * conversationsPerUser + rank;
    const committed = this.#order.committed[line];
    if (clientSeq > committed) {
      this.#violations.add(
        'accepted is durable',
        `device ${device} was told that its send ${clientSeq} is accepted: the log holds ${committed} of them`,
      );
    } else if (clientSeq === committed && seq !== this.#order.lastSeqs[line]) {
      this.#violations.add(
        'accepted is durable',
        `send ${clientSeq} of device ${device} is said to be seq ${seq}: it is ${this.#order.lastSeqs[line]}`,
      );
    }
    if (clientSeq > before + 1) this.#violations.add('one outcome', `device ${device} was answered send ${clientSeq} after send ${before}`);
  }

  receipt(device: number, rank: number, user: number, delivered: number, read: number): void {
    const population = this.#population;
    const conversation = population.conversationOf(user, rank);
    const at = 2 * conversation + (user & 1);
    if (delivered > this.ackedMax[at] && delivered > this.readMax[at]) {
      this.#violations.add(
        'receipts are true',
        `device ${device} was told that user ${user} has conversation ${conversation} up to ${delivered}: ${this.ackedMax[at]} is all that was said`,
      );
    }
    if (read > this.readMax[at]) {
      this.#violations.add(
        'receipts are true',
        `device ${device} was told that user ${user} read up to ${read}: ${this.readMax[at]} is all that was read`,
      );
    }
  }

  /** `undelivered`: the peer was live since `liveSince` without a pause (0: is not). */
  undelivered(device: number, conversation: number, peer: number, seq: number, liveSince: number): void {
    if (liveSince === 0 || seq !== this.#log.heads[conversation] || liveSince >= this.#log.appliedAt[conversation]) return;
    this.#violations.add(
      'undelivered is true',
      `device ${device} was told that user ${peer} had no device on line for seq ${seq}: one was there all the time`,
    );
  }

  /** After the roll call: every device has shown every event of its conversations. */
  finish(cursors: Uint16Array, hashes: Uint32Array): void {
    const population = this.#population;
    for (let device = 0; device < population.devices; device += 1) {
      const user = population.userOfDevice[device];
      for (let rank = 0; rank < conversationsPerUser; rank += 1) {
        const line = device * conversationsPerUser + rank;
        const conversation = population.conversationOf(user, rank);
        const head = this.#log.heads[conversation];
        if (cursors[line] !== head) {
          this.#violations.add(
            'nobody is missed',
            `device ${device} has shown conversation ${conversation} up to ${cursors[line]} of ${head}`,
          );
        } else if (hashes[line] !== this.#log.hashes[conversation]) {
          this.#otherEvents(device, conversation);
        }
      }
    }
  }

  #otherEvents(device: number, conversation: number): void {
    this.#violations.add('one order', `device ${device} has shown other events of conversation ${conversation} than the log holds`);
  }

  #memberAt(device: number, line: number): number {
    const user = this.#population.userOfDevice[device];
    return 2 * this.#population.conversationOf(user, line % conversationsPerUser) + (user & 1);
  }
}
