/** Between the JSON that simple clients speak and the binary runs that the engine knows. */
import { encodeFrames, readFrames } from '../protocol/codec.ts';
import { isFailure } from '../protocol/failure.ts';
import type { Frame } from '../protocol/generated/frames.ts';
import { messageFromJson, messageToJson } from '../protocol/json.ts';
import { defaultLimits, type Limits } from '../protocol/limits.ts';

/** A run the edge answers with `malformed`: stands in for JSON that is no frame. */
const unreadableRun = new Uint8Array([0]);

/** A body that alone is too long is for the edge to refuse, not malformed. */
const takenLimits: Limits = { ...defaultLimits, bodyBytesMax: defaultLimits.frameBytesMax };

export function jsonToRun(text: string): Uint8Array {
  const frames = messageFromJson(text, takenLimits);
  return isFailure(frames) ? unreadableRun : encodeFrames(frames);
}

/** @param bytes a run of our own, so one that can be read. */
export function runToJson(bytes: Uint8Array, asArray = false): string {
  const frames: Frame[] = [];
  const failure = readFrames(bytes, (frame) => frames.push(frame));
  if (failure !== null) throw new Error(`own run cannot be read: ${failure.reason}`);
  const text = messageToJson(frames);
  return asArray && frames.length === 1 ? `[${text}]` : text;
}
