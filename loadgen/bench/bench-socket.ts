/**
 * One connection of the benchmark, as cheap as Node's `net` allows: raw TCP or a hand-written WebSocket.
 *
 * Method: all sockets read into one buffer, and a message is shown in place. What a connection has to say is gathered in a borrowed
 * arena, with room for the header before it, and leaves as one write at the end of the turn; the arena comes back at once unless the
 * kernel's buffer was full. WebSocket messages are masked with zeros, which is legal and costs nothing.
 */
import { connect, type Socket } from 'node:net';
import { StreamSplitter } from '../../core/protocol/stream.ts';
import { FrameWriter } from '../../core/protocol/writer.ts';
import { WebSocketSplitter } from './web-socket-splitter.ts';

export type Transport = 'stream' | 'websocket';

export interface SocketTarget {
  readonly transport: Transport;
  readonly port: number;
  readonly localAddress: string;
}

export interface SocketEvents {
  onOpen(): void;
  /** A run of frames: `bytes[start, end)`, valid during the call. */
  onRun(bytes: Uint8Array, start: number, end: number): void;
  onClosed(): void;
}

const messageBytesMax = 4 * 1024 * 1024;
/** Room for the longest header: 4 + 4 of a WebSocket message of up to 64 KB. */
const headerRoom = 8;
/** The server takes messages of up to 64 KB. */
export const runBytesMax = 60 * 1024;

const readBuffer = Buffer.allocUnsafeSlow(256 * 1024);
const spareWriters: FrameWriter[] = [];

export class BenchSocket {
  private readonly socket: Socket;
  private readonly events: SocketEvents;
  private readonly isWebSocket: boolean;
  private writer: FrameWriter | null = null;
  private isOpen = false;

  constructor(target: SocketTarget, events: SocketEvents) {
    this.events = events;
    this.isWebSocket = target.transport === 'websocket';
    const visit = (bytes: Uint8Array, start: number, end: number): void => events.onRun(bytes, start, end);
    const splitter = this.isWebSocket
      ? new WebSocketSplitter(messageBytesMax, () => this.socket.destroy())
      : new StreamSplitter(messageBytesMax);
    const take = (size: number, buffer: Uint8Array): boolean => {
      if (!splitter.push(buffer.subarray(0, size), visit)) this.socket.destroy();
      return true;
    };
    this.socket = connect({
      host: '127.0.0.1',
      port: target.port,
      localAddress: target.localAddress,
      noDelay: true,
      onread: { buffer: readBuffer, callback: this.isWebSocket ? (size, buffer) => this.upgrade(size, buffer, take) : take },
    });
    this.socket.on('connect', () => {
      if (this.isWebSocket) this.socket.write(upgradeRequest(target.port));
      else this.opened();
    });
    this.socket.on('error', () => this.socket.destroy());
    this.socket.on('close', () => events.onClosed());
  }

  /** Where the next frame goes; what is written before the next `flush` leaves as one message. */
  gather(): FrameWriter {
    if (this.writer === null) {
      this.writer = spareWriters.pop() ?? new FrameWriter(1024);
      this.writer.length = headerRoom;
    } else if (this.writer.length > runBytesMax) {
      this.flush();
      return this.gather();
    }
    return this.writer;
  }

  get hasOutput(): boolean {
    return this.writer !== null;
  }

  flush(): void {
    const { writer, socket } = this;
    if (writer === null) return;
    this.writer = null;
    const { bytes, length } = writer;
    const start = this.isWebSocket ? webSocketHeader(bytes, length - headerRoom) : streamHeader(bytes, length - headerRoom);
    socket.write(bytes.subarray(start, length));
    // Whatever the kernel did not take at once still reads the arena.
    if (socket.writableLength === 0) spareWriters.push(writer);
  }

  end(): void {
    this.socket.end();
  }

  destroy(): void {
    this.socket.destroy();
  }

  private opened(): void {
    this.isOpen = true;
    this.events.onOpen();
  }

  /** The first read is the server's answer; it sends nothing more before it heard a hello. */
  private upgrade(size: number, buffer: Uint8Array, take: (size: number, buffer: Uint8Array) => boolean): boolean {
    if (this.isOpen) return take(size, buffer);
    const text = Buffer.from(buffer.buffer, buffer.byteOffset, size).toString('latin1');
    if (text.startsWith('HTTP/1.1 101 ') && text.endsWith('\r\n\r\n')) this.opened();
    else this.socket.destroy();
    return true;
  }
}

function upgradeRequest(port: number): string {
  return (
    `GET /v1/socket HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\nupgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-version: 13\r\n` +
    'sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\nsec-websocket-protocol: parley.v1\r\n\r\n'
  );
}

/** Writes the header that ends at `headerRoom`; returns where it starts. */
function streamHeader(bytes: Uint8Array, size: number): number {
  bytes[4] = size >>> 24;
  bytes[5] = size >>> 16;
  bytes[6] = size >>> 8;
  bytes[7] = size;
  return 4;
}

function webSocketHeader(bytes: Uint8Array, size: number): number {
  bytes.fill(0, 0, headerRoom);
  if (size < 126) {
    bytes[2] = 0x82;
    bytes[3] = 0x80 | size;
    return 2;
  }
  bytes[0] = 0x82;
  bytes[1] = 0x80 | 126;
  bytes[2] = size >>> 8;
  bytes[3] = size;
  return 0;
}
