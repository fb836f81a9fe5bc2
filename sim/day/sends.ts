/**
 * What a device's n-th send of a conversation looks like: its sender, its random words and its text all follow from its numbers, so that
 * nobody has to keep them and everybody can check them.
 */
import { mix } from '../random.ts';
import { bodyBytes } from './limits.ts';

const senderLow = 0x5e4d;
/** Letters of the text that differ from send to send. */
const signedBytes = 16;

export class Sends {
  readonly #key: number;
  readonly body: Uint8Array;
  sendIdHigh = 0;
  sendIdLow = 0;

  constructor(seed: number) {
    this.#key = mix(seed, 0x73656e64);
    this.body = Uint8Array.from({ length: bodyBytes }, (_none, index) => (index % 6 === 5 ? 0x20 : 0x61 + ((index * 7) % 26)));
  }

  /** Fills `sendIdHigh`, `sendIdLow` and the signed part of `body`. `line`: device and conversation in one number. */
  make(line: number, clientSeq: number): void {
    const high = mix(mix(this.#key, line), clientSeq) >>> 0;
    const low = mix(high, 0x7f4a7c15) >>> 0;
    this.sendIdHigh = high;
    this.sendIdLow = low;
    const { body } = this;
    for (let index = 0; index < 8; index += 1) {
      body[index] = 0x61 + ((high >>> (4 * index)) & 15);
      body[index + 8] = 0x61 + ((low >>> (4 * index)) & 15);
    }
  }

  /** Is this the text that `make` made? */
  isBody(text: Uint8Array): boolean {
    if (text.length !== bodyBytes || text[bodyBytes - 1] !== this.body[bodyBytes - 1]) return false;
    for (let index = 0; index < signedBytes; index += 1) if (text[index] !== this.body[index]) return false;
    return true;
  }
}

/** The sender of a device in a conversation is the device's number, and the conversation's rank. */
export function senderHighOf(device: number): number {
  return device + 1;
}

export function senderLowOf(rank: number): number {
  return senderLow + rank;
}

export function rankOfSender(low: number): number {
  return low - senderLow;
}
