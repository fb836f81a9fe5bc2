/**
 * Frames of RFC 6455 as a client writes and reads them. Sans-IO.
 */
export const Opcode = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

/** Longest message taken: what a server's connection queue may hold. */
const messageBytesMax = 2 * 1024 * 1024;

/** One whole masked frame. */
export function writeWebSocketFrame(opcode: number, payload: Uint8Array, mask: Uint8Array): Uint8Array {
  const extra = payload.length < 126 ? 0 : payload.length < 0x1_0000 ? 2 : 8;
  const frame = new Uint8Array(2 + extra + 4 + payload.length);
  const view = new DataView(frame.buffer);
  frame[0] = 0x80 | opcode;
  frame[1] = 0x80 | (extra === 0 ? payload.length : extra === 2 ? 126 : 127);
  if (extra === 2) view.setUint16(2, payload.length);
  if (extra === 8) view.setBigUint64(2, BigInt(payload.length));
  frame.set(mask, 2 + extra);
  const start = 6 + extra;
  for (let at = 0; at < payload.length; at++) frame[start + at] = payload[at] ^ mask[at & 3];
  return frame;
}

export interface FrameVisitor {
  /** A whole binary message, as a buffer of its own. */
  onMessage(bytes: ArrayBuffer): void;
  onPing(payload: Uint8Array): void;
  onClose(code: number): void;
  /** Not the protocol: give the connection up. Nothing is called after it. */
  onBad(): void;
}

export class FrameSplitter {
  private readonly visitor: FrameVisitor;
  private held = new Uint8Array(0);
  private fragments: Uint8Array[] = [];
  private fragmentBytes = 0;
  private bad = false;

  constructor(visitor: FrameVisitor) {
    this.visitor = visitor;
  }

  push(chunk: Uint8Array): void {
    if (this.bad) return;
    const joined = new Uint8Array(this.held.length + chunk.length);
    joined.set(this.held);
    joined.set(chunk, this.held.length);
    let at = 0;
    for (let size = this.take(joined, at); size > 0 && !this.bad; size = this.take(joined, at)) at += size;
    this.held = joined.slice(at);
  }

  /** Takes the frame at `at`; returns its size, 0: it is not whole yet. */
  private take(bytes: Uint8Array, at: number): number {
    if (this.bad || bytes.length - at < 2) return 0;
    const short = bytes[at + 1] & 0x7f;
    const extra = short === 126 ? 2 : short === 127 ? 8 : 0;
    if (bytes.length - at < 2 + extra) return 0;
    const view = new DataView(bytes.buffer, bytes.byteOffset + at);
    const length = extra === 0 ? short : extra === 2 ? view.getUint16(2) : Number(view.getBigUint64(2));
    // A server's frames are not masked; reserved bits belong to extensions that were not offered.
    if ((bytes[at + 1] & 0x80) !== 0 || (bytes[at] & 0x70) !== 0 || length + this.fragmentBytes > messageBytesMax) return this.fail();
    const start = at + 2 + extra;
    if (bytes.length < start + length) return 0;
    this.show(bytes[at], bytes.slice(start, start + length));
    return 2 + extra + length;
  }

  private show(first: number, payload: Uint8Array): void {
    const isLast = (first & 0x80) !== 0;
    switch (first & 0x0f) {
      case Opcode.binary:
      case Opcode.continuation:
        this.fragments.push(payload);
        this.fragmentBytes += payload.length;
        if (isLast) this.visitor.onMessage(this.join());
        return;
      case Opcode.ping:
        return this.visitor.onPing(payload);
      case Opcode.pong:
        return;
      case Opcode.close:
        return this.visitor.onClose(payload.length >= 2 ? (payload[0] << 8) | payload[1] : 1005);
      default:
        this.fail();
    }
  }

  private join(): ArrayBuffer {
    const message = new Uint8Array(this.fragmentBytes);
    let at = 0;
    for (const fragment of this.fragments) {
      message.set(fragment, at);
      at += fragment.length;
    }
    this.fragments = [];
    this.fragmentBytes = 0;
    return message.buffer;
  }

  private fail(): number {
    this.bad = true;
    this.visitor.onBad();
    return 0;
  }
}
