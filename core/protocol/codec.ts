/**
 * Whole frames and messages: what a connection, a poll answer or a link buffer carries.
 *
 * Method: a message is a run of `[length varint][frame]`. Hot paths walk it with `RunReader` and read a frame of a known
 * type into an object they keep; everyone else takes `readFrames` and gets new objects.
 */
import { type DecodeFailure, type DecodeFailureReason, decodeFailure } from './failure.ts';
import { type Frame, readFrame, writeFrame } from './generated/frames.ts';
import { defaultLimits, type Limits } from './limits.ts';
import { FrameReader } from './reader.ts';
import { FrameWriter } from './writer.ts';

export { writeFrame };

const sharedWriter = new FrameWriter();
const sharedReader = new FrameReader();

/** Bytes of one frame, without a length: a copy. */
export function encodeFrame(frame: Frame): Uint8Array {
  sharedWriter.reset();
  writeFrame(sharedWriter, frame);
  return sharedWriter.copy();
}

/** Bytes of a message, a run of frames: a copy. */
export function encodeFrames(frames: readonly Frame[]): Uint8Array {
  sharedWriter.reset();
  for (const frame of frames) writeFramed(sharedWriter, frame);
  return sharedWriter.copy();
}

/** Adds a frame with its length to a run. */
export function writeFramed(w: FrameWriter, frame: Frame): void {
  const mark = w.openLength(1);
  writeFrame(w, frame);
  w.closeLength(mark, 1);
}

/** Reads the one frame that fills `bytes[start, end)`. `text` and `bytes` fields are views of the input. */
export function decodeFrame(bytes: Uint8Array, start = 0, end = bytes.length, limits: Limits = defaultLimits): Frame | DecodeFailure {
  const reader = limits === defaultLimits ? sharedReader : new FrameReader(limits);
  reader.reset(bytes, start, end);
  const frame = readFrame(reader);
  if (frame !== null) return frame;
  return decodeFailure(reader.failure === '' ? 'truncated' : reader.failure, reader.failurePosition);
}

/**
 * Reads a message and shows each frame to `visit`, in order. Returns null, or the failure at which reading stopped:
 * the frames before it were shown.
 */
export function readFrames(bytes: Uint8Array, visit: (frame: Frame) => void, limits: Limits = defaultLimits): DecodeFailure | null {
  const run = new RunReader(limits.linkFrameBytesMax);
  run.reset(bytes);
  while (run.next()) {
    const frame = decodeFrame(bytes, run.frameStart, run.frameEnd, limits);
    if ('failed' in frame) return frame;
    visit(frame);
  }
  return run.failure === '' ? null : decodeFailure(run.failure, run.frameStart);
}

/** Walks a run of `[length varint][frame]` without allocating: `while (run.next()) … run.frameStart, run.frameEnd`. */
export class RunReader {
  readonly frameBytesMax: number;
  bytes: Uint8Array;
  frameStart = 0;
  frameEnd = 0;
  failure: DecodeFailureReason | '' = '';
  private end = 0;
  private readonly reader = new FrameReader();

  /** @param frameBytesMax longest frame taken: `frameBytesMax` from a client, `linkFrameBytesMax` from a server or a node. */
  constructor(frameBytesMax: number) {
    this.frameBytesMax = frameBytesMax;
    this.bytes = this.reader.bytes;
  }

  reset(bytes: Uint8Array, start = 0, end = bytes.length): void {
    this.bytes = bytes;
    this.frameStart = start;
    this.frameEnd = start;
    this.end = end;
    this.failure = '';
  }

  /** Steps to the next frame; false: the run is at its end, or `failure` says why not. */
  next(): boolean {
    if (this.failure !== '' || this.frameEnd >= this.end) return false;
    const reader = this.reader;
    reader.reset(this.bytes, this.frameEnd, this.end);
    const size = reader.varint();
    this.frameStart = reader.position;
    if (reader.failure !== '') this.failure = reader.failure;
    else if (size > this.frameBytesMax) this.failure = 'frameTooLarge';
    else if (size === 0 || size > this.end - reader.position) this.failure = 'truncated';
    if (this.failure !== '') return false;
    this.frameEnd = this.frameStart + size;
    return true;
  }
}
