/**
 * A WebSocket client that is allowed to break every rule: on node:net, from a chosen source address.
 *
 * Method: the handshake, messages masked with zeros, and whatever bytes one likes. Counts how the server ends it: the close code, or
 * 0 when the TCP connection just ended.
 */
import { connect } from 'node:net';
import { Opened } from './opened.ts';

export interface RawSocketOptions {
  readonly port: number;
  readonly localAddress: string;
  readonly protocol: string;
}

const opcodeText = 1;
const opcodeBinary = 2;
const opcodeClose = 8;

/** Opens one; null: the server refused, or there was no answer in time. */
export function openRawSocket(options: RawSocketOptions, timeoutMs: number): Promise<RawSocket | null> {
  const socket = connect({ port: options.port, host: '127.0.0.1', localAddress: options.localAddress, noDelay: true });
  socket.write(
    `GET /v1/socket HTTP/1.1\r\nhost: 127.0.0.1:${options.port}\r\nupgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-version: 13\r\n` +
      `sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\nsec-websocket-protocol: ${options.protocol}\r\n\r\n`,
  );
  return new Promise((resolve) => {
    let head = Buffer.alloc(0);
    const timer = setTimeout(() => finish(null), timeoutMs);
    const finish = (opened: RawSocket | null): void => {
      clearTimeout(timer);
      socket.removeAllListeners('data');
      if (opened === null) socket.destroy();
      resolve(opened);
    };
    socket.on('error', () => finish(null));
    socket.on('close', () => finish(null));
    socket.on('data', (chunk: Buffer) => {
      head = Buffer.concat([head, chunk]);
      const end = head.indexOf('\r\n\r\n');
      if (end < 0) return;
      if (!head.toString('latin1', 0, 20).includes(' 101 ')) finish(null);
      else {
        const opened = new RawSocket(socket);
        finish(opened);
        opened.listen(head.subarray(end + 4));
      }
    });
  });
}

export class RawSocket extends Opened {
  private held: Buffer = Buffer.alloc(0);

  listen(rest: Buffer): void {
    this.socket.on('data', (chunk: Buffer) => this.take(chunk));
    this.take(rest);
  }

  override message(bytes: Uint8Array): void {
    this.raw(webSocketFrame(opcodeBinary, bytes));
  }

  text(text: string): void {
    this.raw(webSocketFrame(opcodeText, Buffer.from(text)));
  }

  private take(chunk: Buffer): void {
    this.held = this.held.length === 0 ? chunk : Buffer.concat([this.held, chunk]);
    while (this.held.length >= 2) {
      const short = this.held[1] & 0x7f;
      const headBytes = short === 127 ? 10 : short === 126 ? 4 : 2;
      if (this.held.length < headBytes) return;
      const size = short === 127 ? Number(this.held.readBigUInt64BE(2)) : short === 126 ? this.held.readUInt16BE(2) : short;
      if (this.held.length < headBytes + size) return;
      const payload = this.held.subarray(headBytes, headBytes + size);
      const opcode = this.held[0] & 0x0f;
      this.held = this.held.subarray(headBytes + size);
      if (opcode === opcodeClose) this.ended(size >= 2 ? payload.readUInt16BE(0) : 1005);
      else if (opcode === opcodeBinary || opcode === opcodeText) this.received(payload);
    }
  }
}

function webSocketFrame(opcode: number, payload: Uint8Array): Buffer {
  const headBytes = payload.length < 126 ? 2 : payload.length < 0x1_0000 ? 4 : 10;
  const frame = Buffer.alloc(headBytes + 4 + payload.length);
  frame[0] = 0x80 | opcode;
  if (headBytes === 2) frame[1] = 0x80 | payload.length;
  else if (headBytes === 4) {
    frame[1] = 0x80 | 126;
    frame.writeUInt16BE(payload.length, 2);
  } else {
    frame[1] = 0x80 | 127;
    frame.writeBigUInt64BE(BigInt(payload.length), 2);
  }
  frame.set(payload, headBytes + 4);
  return frame;
}
