/**
 * The raw TCP door, off by default: messages as `[u32 length][run of frames]` both ways. For load tools, for which a WebSocket package
 * would be the limit, and for clients inside a trusted network.
 */
import { createServer, type Server, type Socket } from 'node:net';
import { StreamSplitter, streamHeaderBytes } from '../protocol/stream.ts';
import { ClientConnection } from './connection.ts';
import type { EngineAccess } from './engine-access.ts';
import { gatewayLimits } from './limits.ts';

export interface StreamOptions {
  readonly engine: EngineAccess;
  readonly host: string;
  readonly port: number;
  readonly connectionsMax: number;
}

/** Listens; resolves with the server when it does. */
export function listenForStreams(options: StreamOptions): Promise<Server> {
  const server = createServer({ noDelay: true }, (socket) => accept(socket, options));
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, () => {
      server.off('error', reject);
      // Out of files, say: the listener stays, the next one may succeed.
      server.on('error', () => {});
      resolve(server);
    });
  });
}

function accept(socket: Socket, options: StreamOptions): void {
  const { engine } = options;
  if (engine.stopping || engine.connectionCount >= options.connectionsMax) {
    socket.destroy();
    return;
  }
  const connection = new StreamConnection(engine, socket);
  const splitter = new StreamSplitter(gatewayLimits.messageBytesMax);
  const visit = (bytes: Uint8Array, start: number, end: number): void => {
    if (!connection.closed) engine.received(connection.number, bytes.subarray(start, end));
  };
  engine.opened(connection, 'stream');
  socket.on('data', (chunk: Buffer) => {
    if (connection.closed || splitter.push(chunk, visit)) return;
    engine.received(connection.number, tooLarge);
  });
  socket.on('drain', () => connection.onDrain());
  socket.on('error', () => socket.destroy());
  socket.on('close', () => {
    connection.closed = true;
    engine.closed(connection.number);
  });
}

/** A run whose first frame says it is longer than any: the edge closes with `frameTooLarge`. */
const tooLarge = new Uint8Array([0xff, 0xff, 0x7f]);

class StreamConnection extends ClientConnection {
  closed = false;
  private pressed = false;
  private readonly engine: EngineAccess;
  private readonly socket: Socket;

  constructor(engine: EngineAccess, socket: Socket) {
    super(engine.newConnectionNumber());
    this.engine = engine;
    this.socket = socket;
  }

  override sendRun(bytes: Uint8Array, length: number): void {
    if (this.closed) return;
    const message = Buffer.allocUnsafe(streamHeaderBytes + length);
    message.writeUInt32BE(length, 0);
    message.set(bytes.subarray(0, length), streamHeaderBytes);
    if (this.socket.write(message)) return;
    const queued = this.socket.writableLength;
    if (queued > this.engine.limits.connectionQueueBytesMax) {
      this.socket.destroy();
    } else if (!this.pressed && queued > gatewayLimits.pressedBytes) {
      this.pressed = true;
      this.engine.pressed(this.number);
    }
  }

  override end(_code: number): void {
    if (this.closed) return;
    this.closed = true;
    this.socket.end();
    // A peer that never closes its half would hold the socket for ever.
    this.socket.setTimeout(5_000, () => this.socket.destroy());
  }

  onDrain(): void {
    if (!this.pressed || this.closed) return;
    this.pressed = false;
    this.engine.drained(this.number);
  }
}
