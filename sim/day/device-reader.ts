/** What a node says to a device: each frame is read with the real codec, shown to the checkers, and handed to the device. */
import { RunReader } from '../../core/protocol/codec.ts';
import { ErrorCode } from '../../core/protocol/generated/codes.ts';
import { FrameType } from '../../core/protocol/generated/frame-type.ts';
import {
  newAccepted,
  newAckConfirmed,
  newBookmark,
  newEntry,
  newEvent,
  newPage,
  newReadConfirmed,
  newReceipt,
  newRetry,
  newUndelivered,
  newWelcome,
  readAccepted,
  readAckConfirmed,
  readBookmark,
  readEntry,
  readEvent,
  readPage,
  readReadConfirmed,
  readReceipt,
  readRetry,
  readUndelivered,
  readWelcome,
} from '../../core/protocol/generated/server-frames.ts';
import { FrameReader } from '../../core/protocol/reader.ts';
import type { DeviceChecks } from './checkers/device-checks.ts';
import type { Devices } from './devices.ts';
import { conversationsPerUser } from './limits.ts';
import type { Lines } from './lines.ts';
import type { Population } from './population.ts';
import type { Violations } from './violations.ts';
import type { Work } from './work.ts';

const runBytesMax = 4 * 1024 * 1024;

export class DeviceReader {
  readonly #devices: Devices;
  readonly #lines: Lines;
  readonly #population: Population;
  readonly #checks: DeviceChecks;
  readonly #violations: Violations;
  readonly #work: Work;
  readonly #run = new RunReader(runBytesMax);
  readonly #reader = new FrameReader();
  readonly #welcome = newWelcome();
  readonly #event = newEvent();
  readonly #entry = newEntry();
  readonly #bookmark = newBookmark();
  readonly #accepted = newAccepted();
  readonly #retry = newRetry();
  readonly #receipt = newReceipt();
  readonly #ackConfirmed = newAckConfirmed();
  readonly #readConfirmed = newReadConfirmed();
  readonly #undelivered = newUndelivered();

  constructor(devices: Devices, lines: Lines, population: Population, checks: DeviceChecks, violations: Violations, work: Work) {
    this.#devices = devices;
    this.#lines = lines;
    this.#population = population;
    this.#checks = checks;
    this.#violations = violations;
    this.#work = work;
  }

  /** A message came. */
  take(device: number, bytes: Uint8Array, start: number, end: number): void {
    const run = this.#run;
    this.#devices.begin();
    run.reset(bytes, start, end);
    while (run.next()) {
      this.#reader.reset(bytes, run.frameStart + 1, run.frameEnd);
      if (!this.#frame(device, bytes[run.frameStart])) {
        this.#violations.add('frames', `device ${device} cannot read a frame of type ${bytes[run.frameStart]}: ${this.#reader.failure}`);
      }
    }
    if (run.failure !== '') this.#violations.add('frames', `device ${device} cannot read a message: ${run.failure}`);
    this.#devices.end(device);
  }

  #frame(device: number, type: number): boolean {
    const r = this.#reader;
    switch (type) {
      case FrameType.event:
        return readEvent(r, this.#event) && this.#eventCame(device);
      case FrameType.accepted:
        return readAccepted(r, this.#accepted) && this.#acceptedCame(device);
      case FrameType.receipt:
        return readReceipt(r, this.#receipt) && this.#receiptCame(device);
      case FrameType.ackConfirmed: {
        const frame = this.#ackConfirmed;
        if (!readAckConfirmed(r, frame)) return false;
        this.#devices.ackConfirmed(device, this.#rank(frame.conversationA, frame.conversationB), frame.seq);
        return true;
      }
      case FrameType.bookmark:
        if (!readBookmark(r, this.#bookmark)) return false;
        this.#devices.bookmark(device, this.#bookmark.epoch, this.#bookmark.batch);
        return true;
      case FrameType.readConfirmed: {
        const frame = this.#readConfirmed;
        if (!readReadConfirmed(r, frame)) return false;
        this.#devices.readConfirmed(device, this.#rank(frame.conversationA, frame.conversationB), frame.seq, frame.inbox);
        return true;
      }
      case FrameType.entry: {
        if (!readEntry(r, this.#entry)) return false;
        const { conversationA, conversationB, lastSeq } = this.#entry;
        this.#devices.entry(device, this.#rank(conversationA, conversationB), lastSeq);
        return true;
      }
      case FrameType.undelivered:
        return readUndelivered(r, this.#undelivered) && this.#undeliveredCame(device);
      case FrameType.page:
        return this.#pageCame(device);
      case FrameType.welcome:
        return readWelcome(r, this.#welcome) && this.#welcomeCame(device);
      case FrameType.live:
        this.#devices.live(device);
        return true;
      case FrameType.retry: {
        const frame = this.#retry;
        if (!readRetry(r, frame)) return false;
        this.#work.retries += 1;
        this.#devices.retry(device, this.#rank(frame.conversationA, frame.conversationB), frame.retryAfterMs);
        return true;
      }
      default:
        this.#violations.add('frames', `device ${device} was sent a frame of type ${type} on a day without trouble`);
        return true;
    }
  }

  #welcomeCame(device: number): boolean {
    const user = this.#population.userOfDevice[device];
    if (this.#welcome.user !== this.#population.ids[user]) {
      this.#violations.add('private', `device ${device} of user ${user} was welcomed as ${this.#welcome.user}`);
    }
    this.#devices.welcomed(device);
    return true;
  }

  #eventCame(device: number): boolean {
    const { conversationA, conversationB, seq, author, sendIdLow } = this.#event;
    this.#devices.event(device, this.#rankOf(device, conversationA, conversationB), seq, this.#population.userOf(author), sendIdLow);
    return true;
  }

  #acceptedCame(device: number): boolean {
    const { conversationA, conversationB, clientSeq, seq } = this.#accepted;
    const rank = this.#rankOf(device, conversationA, conversationB);
    this.#checks.accepted(device, rank, clientSeq, seq, this.#lines.accepted[device * conversationsPerUser + rank]);
    this.#devices.acceptedUpTo(device, rank, clientSeq);
    return true;
  }

  #receiptCame(device: number): boolean {
    const { conversationA, conversationB, user, delivered, read } = this.#receipt;
    const rank = this.#rankOf(device, conversationA, conversationB);
    this.#checks.receipt(device, rank, this.#population.userOf(user), delivered, read);
    return true;
  }

  #undeliveredCame(device: number): boolean {
    const { conversationA, conversationB, seq } = this.#undelivered;
    const population = this.#population;
    const rank = this.#rankOf(device, conversationA, conversationB);
    const user = population.userOfDevice[device];
    const peer = population.peerOf(user, rank);
    this.#work.undelivered += 1;
    this.#checks.undelivered(device, population.conversationOf(user, rank), peer, seq, this.#devices.presence.liveSince[peer]);
    return true;
  }

  #pageCame(device: number): boolean {
    const page = newPage();
    if (!readPage(this.#reader, page)) return false;
    const rank = this.#rankOf(device, page.conversationA, page.conversationB);
    this.#work.pages += 1;
    this.#work.pageEvents += page.events.length;
    for (const event of page.events) {
      this.#devices.pageEvent(device, rank, event.seq, this.#population.userOf(event.author), event.sendIdLow);
    }
    for (const { user, delivered, read } of page.watermarks)
      this.#checks.receipt(device, rank, this.#population.userOf(user), delivered, read);
    this.#devices.pageEnded(device, rank, page.headSeq, page.code === ErrorCode.ok);
    return true;
  }

  /** Which conversation of the device's user it is: anything else is not its business. */
  #rankOf(device: number, a: number, b: number): number {
    const population = this.#population;
    const user = population.userOfDevice[device];
    if (population.ids[user] !== a && population.ids[user] !== b) {
      this.#violations.add('private', `device ${device} of user ${user} was told of a conversation of ${a} and ${b}`);
    }
    return this.#rank(a, b);
  }

  #rank(a: number, b: number): number {
    const population = this.#population;
    const rank = population.rankOf(population.userOf(a), population.userOf(b));
    if (rank < 0) throw new Error(`a conversation nobody has: ${a} and ${b}`);
    return rank;
  }
}
