/**
 * Splits a byte stream (raw TCP, links between nodes) into messages: `[u32 big-endian length][run of frames]`.
 *
 * Method: sans-IO. Messages that lie whole in the pushed chunk are shown as views of it; only a part that is cut off is
 * copied and completed by the next chunks. The length is checked before a byte of the message is kept.
 */
import { noBytes } from './bytes.ts';
import type { FrameWriter } from './writer.ts';

export const streamHeaderBytes = 4;

/** Starts a message in `w`; returns the mark for `endStreamMessage`. */
export function beginStreamMessage(w: FrameWriter): number {
  const mark = w.length;
  w.u32(0);
  return mark;
}

/** Writes the length of everything since `beginStreamMessage` before it. */
export function endStreamMessage(w: FrameWriter, mark: number): void {
  const end = w.length;
  w.length = mark;
  w.u32(end - mark - streamHeaderBytes);
  w.length = end;
}

/** Shows one message, `bytes[start, end)`: valid during the call. The visitor must not push. */
export type MessageVisitor = (bytes: Uint8Array, start: number, end: number) => void;

export class StreamSplitter {
  /** The peer announced a message longer than the bound: nothing is read any more, close the stream. */
  tooLarge = false;
  private readonly messageBytesMax: number;
  /** Header and body of a message that is not complete yet; grows to that message's length, never above the bound. */
  private partial = noBytes;
  private partialBytes = 0;

  constructor(messageBytesMax: number) {
    this.messageBytesMax = messageBytesMax;
  }

  /** Bytes held of a message that is not complete. */
  get heldBytes(): number {
    return this.partialBytes;
  }

  /** Takes the next bytes and shows every message they complete. Returns false when the bound was broken. */
  push(chunk: Uint8Array, visit: MessageVisitor): boolean {
    let at = this.partialBytes === 0 ? 0 : this.complete(chunk, visit);
    while (!this.tooLarge && chunk.length - at >= streamHeaderBytes) {
      const size = this.sizeAt(chunk, at);
      if (this.tooLarge || size > chunk.length - at - streamHeaderBytes) break;
      visit(chunk, at + streamHeaderBytes, at + streamHeaderBytes + size);
      at += streamHeaderBytes + size;
    }
    if (!this.tooLarge) this.hold(chunk, at, chunk.length);
    return !this.tooLarge;
  }

  /** Completes the held message from the chunk's start; returns how far the chunk was used. */
  private complete(chunk: Uint8Array, visit: MessageVisitor): number {
    let at = 0;
    if (this.partialBytes < streamHeaderBytes) {
      at = Math.min(streamHeaderBytes - this.partialBytes, chunk.length);
      this.hold(chunk, 0, at);
      if (this.partialBytes < streamHeaderBytes) return at;
    }
    const size = this.sizeAt(this.partial, 0);
    if (this.tooLarge) return at;
    const needed = streamHeaderBytes + size - this.partialBytes;
    const used = Math.min(needed, chunk.length - at);
    this.hold(chunk, at, at + used);
    if (used < needed) return at + used;
    const message = this.partial;
    this.partialBytes = 0;
    visit(message, streamHeaderBytes, streamHeaderBytes + size);
    if (message.length > keptBytesMax) this.partial = noBytes;
    return at + used;
  }

  private sizeAt(bytes: Uint8Array, at: number): number {
    const size = ((bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3]) >>> 0;
    if (size > this.messageBytesMax) this.tooLarge = true;
    return size;
  }

  /** Keeps `chunk[start, end)` behind what is held. */
  private hold(chunk: Uint8Array, start: number, end: number): void {
    const needed = this.partialBytes + end - start;
    if (end === start) return;
    if (needed > this.partial.length) {
      const whole = Math.min(Math.max(needed, this.partial.length * 2, 64), this.messageBytesMax + streamHeaderBytes);
      const grown = new Uint8Array(Math.max(whole, needed));
      grown.set(this.partial.subarray(0, this.partialBytes));
      this.partial = grown;
    }
    this.partial.set(chunk.subarray(start, end), this.partialBytes);
    this.partialBytes = needed;
  }
}

/** A longer assembly buffer is given back after its message. */
const keptBytesMax = 64 * 1024;
