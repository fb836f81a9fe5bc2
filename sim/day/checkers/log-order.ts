/**
 * Promises 2, 3, 4 and "no phantom", at the instant an event is written: seqs of a conversation are 1, 2, 3, …; each send stands in the log once
 * and in its sender's order; timestamps never go back; what stands there is what a device wrote.
 */
import type { EventStruct } from '../../../core/protocol/generated/structs.ts';
import type { DayLog } from '../day-log.ts';
import type { EventWheel } from '../event-wheel.ts';
import { conversationsPerUser } from '../limits.ts';
import type { Population } from '../population.ts';
import { rankOfSender, type Sends } from '../sends.ts';
import type { SlotCounts } from '../slot-counts.ts';
import type { Violations } from '../violations.ts';

const name = 'log order';

export class LogOrder {
  /** By device and conversation: how many of its sends stand in the log, and the seq of the last. */
  readonly committed: Uint16Array;
  readonly lastSeqs: Uint32Array;
  readonly #population: Population;
  readonly #log: DayLog;
  readonly #sends: Sends;
  readonly #wheel: EventWheel;
  readonly #written: Uint16Array;
  readonly #slotCounts: SlotCounts;
  readonly #violations: Violations;
  readonly #startMs: number;

  /** @param written by device and conversation: how many sends the device wrote. */
  constructor(
    population: Population,
    log: DayLog,
    sends: Sends,
    wheel: EventWheel,
    written: Uint16Array,
    slotCounts: SlotCounts,
    violations: Violations,
    startMs: number,
  ) {
    this.#population = population;
    this.#log = log;
    this.#sends = sends;
    this.#wheel = wheel;
    this.#written = written;
    this.#slotCounts = slotCounts;
    this.#violations = violations;
    this.#startMs = startMs;
    this.committed = new Uint16Array(written.length);
    this.lastSeqs = new Uint32Array(written.length);
  }

  /** @param seq of the row's key. */
  append(conversation: number, seq: number, event: EventStruct): void {
    const log = this.#log;
    const population = this.#population;
    const device = event.senderIdHigh - 1;
    const rank = rankOfSender(event.senderIdLow);
    const line = device * conversationsPerUser + rank;
    const user = population.userOfDevice[device];
    const ms = event.timestamp - this.#startMs;
    if (seq !== event.seq || seq !== log.heads[conversation] + 1) {
      this.#wrong(conversation, `seq ${event.seq} (row ${seq}) follows ${log.heads[conversation]}`);
    }
    if (event.clientSeq !== this.committed[line] + 1) {
      this.#wrong(conversation, `device ${device} has send ${event.clientSeq} written after its send ${this.committed[line]}`);
    }
    if (event.clientSeq > this.#written[line]) {
      this.#wrong(conversation, `send ${event.clientSeq} of device ${device} was never made: it made ${this.#written[line]}`);
    }
    if (ms < log.lastMs[conversation])
      this.#wrong(conversation, `seq ${seq} is ${log.lastMs[conversation] - ms} ms older than the one before`);
    if (rank !== conversation % conversationsPerUser || population.ids[user] !== event.author) {
      this.#wrong(conversation, `seq ${seq} of sender ${event.senderIdHigh}/${event.senderIdLow} is said to be by ${event.author}`);
    }
    this.#sends.make(line, event.clientSeq);
    const isSame = event.sendIdHigh === this.#sends.sendIdHigh && event.sendIdLow === this.#sends.sendIdLow;
    if (!isSame || !this.#sends.isBody(event.body))
      this.#wrong(conversation, `seq ${seq} is not what device ${device} wrote as send ${event.clientSeq}`);
    log.append(conversation, user & 1, device - population.firstDevice[user], event.clientSeq, ms, event.sendIdLow, this.#wheel.now);
    if (event.messageNo !== seq || event.authorNo !== log.authorNos[2 * conversation + (user & 1)]) {
      this.#wrong(
        conversation,
        `seq ${seq} counts ${event.messageNo} messages, ${event.authorNo} of its author: the log holds other numbers`,
      );
    }
    this.#slotCounts.message(user);
    this.#slotCounts.message(population.peerOf(user, rank));
    this.committed[line] = event.clientSeq;
    this.lastSeqs[line] = seq;
  }

  #wrong(conversation: number, words: string): void {
    this.#violations.add(name, `conversation ${conversation}: ${words}`);
  }
}
