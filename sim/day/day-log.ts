/**
 * The logs of all conversations as the store holds them: what every checker compares with, and what pages are read from.
 *
 * Method: twelve bytes an event (instant, who, author's number) in chunks of four, linked backwards; sender, random words and text follow from
 * them (sends.ts). A conversation also has a hash over its whole log, so that a device that shows every event in order needs one word to
 * compare all it saw.
 */
import type { EventStruct } from '../../core/protocol/generated/structs.ts';
import { mix } from '../random.ts';
import { conversationsPerUser, seqAtStart } from './limits.ts';
import type { Population } from './population.ts';
import { type Sends, senderHighOf, senderLowOf } from './sends.ts';

const chunkEvents = 4;
const eventWords = 3;
const chunkWords = chunkEvents * eventWords;
const pageShift = 14;
const pageChunks = 1 << pageShift;

export class DayLog {
  /** By conversation: last seq, hash over the log, instant of the last event (ms of the day), tick at which it was applied. */
  readonly heads: Uint32Array;
  readonly hashes: Uint32Array;
  readonly lastMs: Uint32Array;
  readonly appliedAt: Uint32Array;
  /** By conversation and side: messages of that member. */
  readonly authorNos: Uint32Array;
  events = 0;
  readonly #population: Population;
  readonly #sends: Sends;
  readonly #startMs: number;
  /** Number of the newest chunk and 1; 0: none. */
  readonly #newest: Uint32Array;
  readonly #pages: Uint32Array[] = [];
  readonly #before: Uint32Array[] = [];
  #chunks = 0;

  constructor(population: Population, sends: Sends, startMs: number) {
    this.#population = population;
    this.#sends = sends;
    this.#startMs = startMs;
    const { conversations } = population;
    this.heads = new Uint32Array(conversations).fill(seqAtStart);
    this.hashes = new Uint32Array(conversations);
    this.lastMs = new Uint32Array(conversations);
    this.appliedAt = new Uint32Array(conversations);
    this.authorNos = new Uint32Array(2 * conversations).fill(seqAtStart / 2);
    this.#newest = new Uint32Array(conversations);
  }

  get bytes(): number {
    return this.#pages.length * pageChunks * (chunkWords + 1) * 4 + this.heads.length * 28;
  }

  /** The next event of a conversation. `place`: which of the author's devices. */
  append(conversation: number, side: number, place: number, clientSeq: number, ms: number, sendIdLow: number, tick: number): void {
    const index = this.heads[conversation] - seqAtStart;
    const within = index % chunkEvents;
    if (within === 0) this.#addChunk(conversation);
    const chunk = this.#newest[conversation] - 1;
    const page = this.#pages[chunk >>> pageShift];
    const at = (chunk & (pageChunks - 1)) * chunkWords + within * eventWords;
    this.heads[conversation] += 1;
    this.authorNos[2 * conversation + side] += 1;
    page[at] = ms;
    page[at + 1] = (clientSeq << 3) | (place << 1) | side;
    page[at + 2] = this.authorNos[2 * conversation + side];
    this.hashes[conversation] = nextHash(this.hashes[conversation], this.heads[conversation], sendIdLow);
    this.lastMs[conversation] = ms;
    this.appliedAt[conversation] = tick;
    this.events += 1;
  }

  /** Event `seq` of a conversation; its body is a view that the next call changes. */
  read(conversation: number, seq: number, event: EventStruct): void {
    const population = this.#population;
    const last = this.heads[conversation] - 1 - seqAtStart;
    const index = seq - 1 - seqAtStart;
    let chunk = this.#newest[conversation];
    for (let back = Math.floor(last / chunkEvents) - Math.floor(index / chunkEvents); back > 0; back -= 1) {
      chunk = this.#before[(chunk - 1) >>> pageShift][(chunk - 1) & (pageChunks - 1)];
    }
    const page = this.#pages[(chunk - 1) >>> pageShift];
    const at = ((chunk - 1) & (pageChunks - 1)) * chunkWords + (index % chunkEvents) * eventWords;
    const who = page[at + 1];
    const author = (who & 1) === 0 ? population.evenMember(conversation) : population.oddMember(conversation);
    const device = population.firstDevice[author] + ((who >>> 1) & 3);
    const rank = conversation % conversationsPerUser;
    const clientSeq = who >>> 3;
    this.#sends.make(device * conversationsPerUser + rank, clientSeq);
    event.seq = seq;
    event.messageNo = seq;
    event.authorNo = page[at + 2];
    event.timestamp = this.#startMs + page[at];
    event.kind = 1;
    event.author = population.ids[author];
    event.senderIdHigh = senderHighOf(device);
    event.senderIdLow = senderLowOf(rank);
    event.clientSeq = clientSeq;
    event.sendIdHigh = this.#sends.sendIdHigh;
    event.sendIdLow = this.#sends.sendIdLow;
    event.body = this.#sends.body;
  }

  #addChunk(conversation: number): void {
    const chunk = this.#chunks;
    this.#chunks += 1;
    if (chunk >>> pageShift === this.#pages.length) {
      this.#pages.push(new Uint32Array(pageChunks * chunkWords));
      this.#before.push(new Uint32Array(pageChunks));
    }
    this.#before[chunk >>> pageShift][chunk & (pageChunks - 1)] = this.#newest[conversation];
    this.#newest[conversation] = chunk + 1;
  }
}

/** The hash of a log with one more event. */
export function nextHash(hash: number, seq: number, sendIdLow: number): number {
  return mix(mix(hash, seq), sendIdLow) >>> 0;
}
