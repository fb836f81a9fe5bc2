/** A client of the raw TCP door that may send whatever it likes. */
import { connect, type Socket } from 'node:net';
import { StreamSplitter } from '../../core/protocol/index.ts';
import { Opened } from './opened.ts';

/** Above what any server message may be. */
const messageBytesMax = 4 * 1024 * 1024;

/** Opens one; null: refused. */
export function openRawStream(port: number, localAddress: string): Promise<RawStream | null> {
  const socket = connect({ port, host: '127.0.0.1', localAddress, noDelay: true });
  return new Promise((resolve) => {
    socket.once('connect', () => resolve(new RawStream(socket)));
    socket.once('error', () => resolve(null));
  });
}

export class RawStream extends Opened {
  constructor(socket: Socket) {
    super(socket);
    const splitter = new StreamSplitter(messageBytesMax);
    socket.on('data', (chunk: Buffer) => splitter.push(chunk, (bytes, start, end) => this.received(bytes.slice(start, end))));
    socket.on('end', () => this.ended(0));
  }

  override message(bytes: Uint8Array): void {
    const head = Buffer.alloc(4);
    head.writeUInt32BE(bytes.length);
    this.raw(Buffer.concat([head, bytes]));
  }
}
