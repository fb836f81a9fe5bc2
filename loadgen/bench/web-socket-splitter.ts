/**
 * Splits what a WebSocket server sends into messages, in place where they lie whole in a chunk.
 *
 * Method: a server's frames are not masked, and ours sends whole messages. A frame that is cut off is kept and completed by the next
 * chunks. Pings need no answer here: the benchmark always says something before the server's patience ends.
 */
import type { MessageVisitor } from '../../core/protocol/stream.ts';

/** Kinds of messages. */
export const opcodeText = 1;
export const opcodeBinary = 2;
const opcodeClose = 8;
const opcodePing = 9;
const opcodePong = 10;

export class WebSocketSplitter {
  private readonly messageBytesMax: number;
  private readonly closed: (code: number) => void;
  private readonly opcode: number;
  private held = new Uint8Array(0);
  private heldBytes = 0;

  /**
   * @param closed told the code of a close frame.
   * @param opcode the one kind of message that comes.
   */
  constructor(messageBytesMax: number, closed: (code: number) => void, opcode: number = opcodeBinary) {
    this.messageBytesMax = messageBytesMax;
    this.closed = closed;
    this.opcode = opcode;
  }

  /** Shows every message that the chunk completes. Returns false when this is not a WebSocket server's stream. */
  push(chunk: Uint8Array, visit: MessageVisitor): boolean {
    if (this.heldBytes === 0) return this.take(chunk, chunk.length, visit);
    this.hold(chunk, 0);
    const bytes = this.held;
    const size = this.heldBytes;
    this.held = new Uint8Array(0);
    this.heldBytes = 0;
    return this.take(bytes, size, visit);
  }

  private take(bytes: Uint8Array, end: number, visit: MessageVisitor): boolean {
    let at = 0;
    while (end - at >= 2) {
      const short = bytes[at + 1];
      const headerBytes = short === 126 ? 4 : short === 127 ? 10 : 2;
      if (end - at < headerBytes) break;
      const size = short === 126 ? (bytes[at + 2] << 8) | bytes[at + 3] : short === 127 ? longSize(bytes, at + 2) : short;
      const opcode = bytes[at] & 0x0f;
      // 0x80: whole; the mask bit and the reserved bits are zero.
      if ((bytes[at] & 0xf0) !== 0x80 || short > 127 || size > this.messageBytesMax) return false;
      const start = at + headerBytes;
      if (end - start < size) break;
      if (opcode === this.opcode) visit(bytes, start, start + size);
      else if (opcode === opcodeClose) this.closed(size >= 2 ? (bytes[start] << 8) | bytes[start + 1] : 1005);
      else if (opcode !== opcodePing && opcode !== opcodePong) return false;
      at = start + size;
    }
    if (at < end) this.hold(bytes.subarray(at, end), 0);
    return true;
  }

  private hold(chunk: Uint8Array, from: number): void {
    const needed = this.heldBytes + chunk.length - from;
    if (needed > this.held.length) {
      const grown = new Uint8Array(Math.max(needed, this.held.length * 2));
      grown.set(this.held.subarray(0, this.heldBytes));
      this.held = grown;
    }
    this.held.set(chunk.subarray(from), this.heldBytes);
    this.heldBytes = needed;
  }
}

/** A size of eight bytes; beyond 2^32 it is too long anyway. */
function longSize(bytes: Uint8Array, at: number): number {
  const high = ((bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3]) >>> 0;
  const low = ((bytes[at + 4] << 24) | (bytes[at + 5] << 16) | (bytes[at + 6] << 8) | bytes[at + 7]) >>> 0;
  return high * 2 ** 32 + low;
}
