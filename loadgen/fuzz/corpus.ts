/**
 * Malformed and hostile input, from a seed: the same seed gives the same bytes on every machine.
 *
 * Method: valid frames of every type with random values (schema walk), then bent: cut, changed in places, lengths made huge, text
 * made bad UTF-8, optional tags in disorder, or replaced by plain noise.
 */
import { encodeFrame, FrameWriter } from '../../core/protocol/index.ts';
import { frames } from '../../core/protocol/schema.ts';
import { Purpose, RandomStream } from '../../sim/random.ts';
import { randomFrame } from './random-frame.ts';

export const frameKinds = ['noise', 'cut', 'changed', 'hugeLength', 'badText', 'badTags', 'wrongSide', 'valid'] as const;
export type FrameKind = (typeof frameKinds)[number];

export interface FuzzFrame {
  readonly kind: FrameKind;
  /** The frame without its length. */
  readonly bytes: Uint8Array;
}

const clientFrames = frames.filter((frame) => frame.from === 'client');
const sessionFrames = clientFrames.filter((frame) => !['hello', 'auth', 'goodbye'].includes(frame.name));
const otherFrames = frames.filter((frame) => frame.from !== 'client');
const badSequences = [[0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xff], [0xe2, 0x82], [0x80]];
const tagLists = [[9, 3, 3, 0], [1], [1, 2, 200], [2, 1]];
const hugeLengths = [
  [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f],
  [0xff, 0xff, 0xff, 0xff, 0x0f],
  [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
  [0x80, 0x80, 0x04],
  [0x80, 0x80, 0x80, 0x80, 0x80, 0x00],
];

export class Corpus {
  readonly random: RandomStream;

  /** @param entity corpora of one seed and different entities have nothing to do with each other. */
  constructor(seed: number, entity = 0) {
    this.random = new RandomStream(seed, Purpose.workload, entity);
  }

  /** A frame that may be anything. */
  frame(): FuzzFrame {
    return this.frameOf(frameKinds[this.random.below(frameKinds.length)]);
  }

  frameOf(kind: FrameKind): FuzzFrame {
    return { kind, bytes: this.bytesOf(kind) };
  }

  /** A client frame that can be read; its values are random, so most are refused. */
  validFrame(): Uint8Array {
    return encodeFrame(randomFrame(clientFrames[this.random.below(clientFrames.length)], this.random));
  }

  /** A frame that only a session may send, about these users: most of them reach an owner. */
  sessionFrame(users: readonly number[]): Uint8Array {
    return encodeFrame(randomFrame(this.pick(sessionFrames), this.random, users));
  }

  noise(bytesMax: number): Uint8Array {
    const bytes = new Uint8Array(this.random.below(bytesMax + 1));
    for (let at = 0; at < bytes.length; at++) bytes[at] = this.random.u32();
    return bytes;
  }

  /** A message whose run is wrong: lengths that lie, or bytes behind the last frame. */
  brokenRun(): Uint8Array {
    const w = new FrameWriter();
    const frame = this.validFrame();
    switch (this.random.below(4)) {
      case 0:
        w.append(Uint8Array.from(this.pick(hugeLengths)));
        w.append(frame);
        break;
      case 1:
        w.varint(frame.length + 1 + this.random.below(200));
        w.append(frame);
        break;
      case 2:
        w.framed(frame, 0, frame.length);
        w.append(Uint8Array.from([0x80]));
        break;
      default:
        w.framed(frame, 0, frame.length);
        w.u8(0);
    }
    return w.copy();
  }

  pick<Item>(items: readonly Item[]): Item {
    return items[this.random.below(items.length)];
  }

  private bytesOf(kind: FrameKind): Uint8Array {
    switch (kind) {
      case 'noise':
        return this.noise(this.random.permille(20) ? 15_000 : 200);
      case 'cut': {
        const bytes = this.validFrame();
        return bytes.subarray(0, this.random.below(bytes.length));
      }
      case 'changed': {
        const bytes = this.validFrame();
        for (let count = this.random.between(1, 3); count > 0; count--) bytes[this.random.below(bytes.length)] = this.random.u32();
        return bytes;
      }
      case 'hugeLength':
        return this.spliced(this.pick(hugeLengths));
      case 'badText':
        return this.spliced(this.pick(badSequences));
      case 'badTags': {
        const w = new FrameWriter();
        w.append(this.validFrame());
        for (const tag of this.pick(tagLists)) {
          w.varint(tag);
          w.blob(this.noise(5));
        }
        return w.copy();
      }
      case 'wrongSide':
        return encodeFrame(randomFrame(this.pick(otherFrames), this.random));
      case 'valid':
        return this.validFrame();
      default:
        throw new TypeError(`no kind ${kind satisfies never as string}`);
    }
  }

  /** A valid frame in which some bytes are replaced by `bytes`. */
  private spliced(bytes: readonly number[]): Uint8Array {
    const frame = this.validFrame();
    const at = this.random.between(Math.min(1, frame.length), frame.length);
    return Uint8Array.from([...frame.subarray(0, at), ...bytes, ...frame.subarray(Math.min(frame.length, at + bytes.length))]);
  }
}
