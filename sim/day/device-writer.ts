/** What devices say: frames gather in one run, which leaves as one message when the device has handled what it was told. */

import { newHello, newSync, writeHello, writeSync } from '../../core/protocol/generated/client-frames.ts';
import { FrameType } from '../../core/protocol/generated/frame-type.ts';
import { FrameWriter } from '../../core/protocol/writer.ts';
import { writeToken } from '../token.ts';
import { dayMs, dayStartMs } from './day-time.ts';
import { conversationsPerUser } from './limits.ts';
import type { Population } from './population.ts';
import { type Sends, senderHighOf, senderLowOf } from './sends.ts';

const syncEventsMax = 200;

export class DeviceWriter {
  readonly run = new FrameWriter(1024);
  frames = 0;
  readonly #frame = new FrameWriter(1024);
  readonly #population: Population;
  readonly #sends: Sends;
  readonly #hello = newHello();
  readonly #sync = newSync();
  /** Lower and upper user of the conversation at hand. */
  #a = 0;
  #b = 0;

  constructor(population: Population, sends: Sends) {
    this.#population = population;
    this.#sends = sends;
    this.#hello.protocol = 1;
  }

  reset(): void {
    this.run.reset();
    this.frames = 0;
  }

  hello(device: number, attempt: number, storeHigh: number, storeLow: number, epoch: number, batch: number): void {
    const population = this.#population;
    const frame = this.#hello;
    const name = population.nameOf(population.userOfDevice[device]);
    frame.token = writeToken({ name, issuedAtMs: dayStartMs, expiresAtMs: dayStartMs + 2 * dayMs });
    frame.deviceId = 1 + device;
    frame.tabId = 1 + device;
    frame.attempt = attempt;
    frame.storeIdHigh = storeHigh;
    frame.storeIdLow = storeLow;
    frame.epoch = epoch;
    frame.batch = batch;
    this.#frame.reset();
    writeHello(this.#frame, frame);
    this.#end();
  }

  send(device: number, rank: number, clientSeq: number): void {
    const sends = this.#sends;
    sends.make(device * conversationsPerUser + rank, clientSeq);
    const w = this.#begin(FrameType.send, device, rank);
    w.u64(senderHighOf(device), senderLowOf(rank));
    w.varint(clientSeq);
    w.u64(sends.sendIdHigh, sends.sendIdLow);
    w.u8(1);
    w.text(sends.body);
    this.#end();
  }

  ack(device: number, rank: number, seq: number): void {
    this.#begin(FrameType.ack, device, rank).varint(seq);
    this.#end();
  }

  read(device: number, rank: number, seq: number, othersNo: number): void {
    const w = this.#begin(FrameType.read, device, rank);
    w.varint(seq);
    w.varint(othersNo);
    this.#end();
  }

  /** Catches up these conversations of a device, each from its cursor. */
  sync(device: number, ranks: readonly number[], cursors: Uint16Array): void {
    const frame = this.#sync;
    frame.requestId = 1;
    frame.limit = syncEventsMax;
    frame.bytesMax = 0;
    frame.items = ranks.map((rank) => {
      this.#find(device, rank);
      return { conversationA: this.#a, conversationB: this.#b, afterSeq: cursors[device * conversationsPerUser + rank] };
    });
    this.#frame.reset();
    writeSync(this.#frame, frame);
    this.#end();
  }

  goodbye(): void {
    this.#frame.reset();
    this.#frame.u8(FrameType.goodbye);
    this.#end();
  }

  #begin(type: number, device: number, rank: number): FrameWriter {
    this.#find(device, rank);
    const w = this.#frame;
    w.reset();
    w.u8(type);
    w.id53(this.#a);
    w.id53(this.#b);
    return w;
  }

  #end(): void {
    this.frames += 1;
    this.run.framed(this.#frame.bytes, 0, this.#frame.length);
  }

  #find(device: number, rank: number): void {
    const population = this.#population;
    const user = population.userOfDevice[device];
    const peer = population.peerOf(user, rank);
    this.#a = population.ids[user < peer ? user : peer];
    this.#b = population.ids[user < peer ? peer : user];
  }
}
