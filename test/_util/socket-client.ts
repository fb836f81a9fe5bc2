// A WebSocket client of 100 lines over node:net, because Node 20 has none: frames out masked with zeros, messages in, close codes.
import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';

export interface SocketOptions {
  readonly port: number;
  readonly protocol?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Opens a WebSocket, or rejects with the status line of the refusal. */
export function openSocket(options: SocketOptions): Promise<SocketClient> {
  const socket = connect(options.port, '127.0.0.1');
  const headers: Record<string, string> = {
    host: `127.0.0.1:${options.port}`,
    upgrade: 'websocket',
    connection: 'Upgrade',
    'sec-websocket-version': '13',
    'sec-websocket-key': randomBytes(16).toString('base64'),
    ...(options.protocol === undefined ? {} : { 'sec-websocket-protocol': options.protocol }),
    ...options.headers,
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  socket.write(`GET /v1/socket HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
  return new Promise((resolve, reject) => {
    let head = Buffer.alloc(0);
    const onData = (chunk: Buffer): void => {
      head = Buffer.concat([head, chunk]);
      const end = head.indexOf('\r\n\r\n');
      if (end < 0) return;
      socket.off('data', onData);
      const status = head.toString('latin1', 0, head.indexOf('\r\n'));
      if (status.includes(' 101 ')) {
        resolve(
          new SocketClient(socket, head.subarray(end + 4), /sec-websocket-protocol: *(\S+)/i.exec(head.toString('latin1'))?.[1] ?? ''),
        );
      } else {
        socket.destroy();
        reject(new Error(status));
      }
    };
    socket.on('data', onData);
    socket.on('error', reject);
  });
}

export class SocketClient {
  readonly protocol: string;
  /** Close code the server gave; 1006: none; 0: still open. */
  closeCode = 0;
  private readonly socket: Socket;
  private held: Buffer = Buffer.alloc(0);
  private readonly messages: Buffer[] = [];
  private wake: (() => void)[] = [];

  constructor(socket: Socket, rest: Buffer, protocol: string) {
    this.socket = socket;
    this.protocol = protocol;
    socket.on('data', (chunk: Buffer) => this.take(chunk));
    socket.on('close', () => this.ended(1006));
    socket.on('error', () => this.ended(1006));
    this.take(rest);
  }

  send(message: Uint8Array | string): void {
    const payload = Buffer.from(message as Uint8Array);
    const opcode = typeof message === 'string' ? 0x81 : 0x82;
    const head = payload.length < 126 ? Buffer.from([opcode, 0x80 | payload.length]) : Buffer.alloc(4);
    if (payload.length >= 126) {
      head.set([opcode, 0x80 | 126]);
      head.writeUInt16BE(payload.length, 2);
    }
    this.socket.write(Buffer.concat([head, Buffer.alloc(4), payload]));
  }

  /** The next message; null: the server closed. */
  async next(): Promise<Buffer | null> {
    while (this.messages.length === 0 && this.closeCode === 0) await new Promise<void>((resolve) => this.wake.push(resolve));
    return this.messages.shift() ?? null;
  }

  async closed(): Promise<number> {
    while (this.closeCode === 0) await new Promise<void>((resolve) => this.wake.push(resolve));
    return this.closeCode;
  }

  pause(): void {
    this.socket.pause();
  }

  resume(): void {
    this.socket.resume();
  }

  destroy(): void {
    this.socket.destroy();
  }

  private take(chunk: Buffer): void {
    this.held = Buffer.concat([this.held, chunk]);
    for (;;) {
      if (this.held.length < 2) return;
      const short = this.held[1] & 0x7f;
      const headBytes = short === 126 ? 4 : short === 127 ? 10 : 2;
      if (this.held.length < headBytes) return;
      const size = short === 126 ? this.held.readUInt16BE(2) : short === 127 ? Number(this.held.readBigUInt64BE(2)) : short;
      if (this.held.length < headBytes + size) return;
      const opcode = this.held[0] & 0x0f;
      const payload = this.held.subarray(headBytes, headBytes + size);
      this.held = this.held.subarray(headBytes + size);
      if (opcode === 8) this.ended(payload.length >= 2 ? payload.readUInt16BE(0) : 1005);
      else if (opcode === 1 || opcode === 2) this.messages.push(Buffer.from(payload));
      this.wakeAll();
    }
  }

  private ended(code: number): void {
    if (this.closeCode === 0) this.closeCode = code;
    this.socket.destroy();
    this.wakeAll();
  }

  private wakeAll(): void {
    const waiting = this.wake;
    this.wake = [];
    for (const wake of waiting) wake();
  }
}
