/**
 * A WebSocket client (RFC 6455) for Node 20, which has none: as much of it as this library uses.
 *
 * Method: the upgrade goes through `node:http(s)`; after it frames are read and written on the bare socket. Binary messages only, no
 * extensions; fragments are joined, pings answered.
 */
import { createHash, randomBytes } from 'node:crypto';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Socket } from 'node:net';
import type { WebSocketLike } from '../web-socket-transport.ts';
import { FrameSplitter, Opcode, writeWebSocketFrame } from './web-socket-frames.ts';

const handshakeMs = 10_000;
const keySuffix = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const abnormalClosure = 1006;

export class PlainWebSocket implements WebSocketLike {
  binaryType = 'arraybuffer';
  onopen: (() => void) | null = null;
  onmessage: ((event: { readonly data: unknown }) => void) | null = null;
  onclose: ((event: { readonly code: number }) => void) | null = null;
  onerror: (() => void) | null = null;
  private socket: Socket | null = null;
  private closed = false;
  private closeCode = abnormalClosure;
  private readonly abort: () => void;

  constructor(url: string, protocol: string) {
    const key = randomBytes(16).toString('base64');
    const target = url.replace(/^ws/, 'http');
    const begin = target.startsWith('https:') ? httpsRequest : httpRequest;
    const request = begin(target, {
      headers: {
        connection: 'Upgrade',
        upgrade: 'websocket',
        'sec-websocket-version': '13',
        'sec-websocket-key': key,
        'sec-websocket-protocol': protocol,
      },
      timeout: handshakeMs,
    });
    this.abort = () => request.destroy();
    request.on('upgrade', (response, socket, head) => this.upgraded(response, socket as Socket, head, key));
    request.on('response', (response) => {
      response.resume();
      this.end();
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => this.end());
    request.end();
  }

  send(bytes: Uint8Array): void {
    this.socket?.write(writeWebSocketFrame(Opcode.binary, bytes, randomBytes(4)));
  }

  close(code = 1000): void {
    if (this.socket === null) {
      this.abort();
      return this.end();
    }
    const body = new Uint8Array(2);
    new DataView(body.buffer).setUint16(0, code);
    this.socket.end(writeWebSocketFrame(Opcode.close, body, randomBytes(4)));
  }

  private upgraded(response: IncomingMessage, socket: Socket, head: Uint8Array, key: string): void {
    const expected = createHash('sha1')
      .update(key + keySuffix)
      .digest('base64');
    if (this.closed || response.headers['sec-websocket-accept'] !== expected) {
      socket.destroy();
      return this.end();
    }
    this.socket = socket;
    socket.setNoDelay(true);
    socket.setTimeout(0);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.end());
    const splitter = new FrameSplitter({
      onMessage: (bytes) => this.onmessage?.({ data: bytes }),
      onPing: (bytes) => socket.write(writeWebSocketFrame(Opcode.pong, bytes, randomBytes(4))),
      onClose: (code) => {
        this.closeCode = code;
        socket.end();
      },
      onBad: () => socket.destroy(),
    });
    socket.on('data', (chunk: Uint8Array) => splitter.push(chunk));
    this.onopen?.();
    if (head.length > 0) splitter.push(head);
  }

  private end(): void {
    if (this.closed) return;
    this.closed = true;
    // Not within the constructor: the handlers are not set yet.
    queueMicrotask(() => this.onclose?.({ code: this.closeCode }));
  }
}
