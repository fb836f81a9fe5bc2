/**
 * Messages over a WebSocket, as browsers and Node ≥ 22 have it.
 */
import { closeCodeOf, ErrorCode } from '../protocol/generated/codes.ts';
import type { OpenTransport, Transport, TransportHandler } from './transport.ts';

/** The part of the standard's WebSocket that is used here: no DOM types in shared files. */
export interface WebSocketLike {
  binaryType: string;
  onopen: (() => void) | null;
  onmessage: ((event: { readonly data: unknown }) => void) | null;
  onclose: ((event: { readonly code: number }) => void) | null;
  onerror: (() => void) | null;
  send(bytes: Uint8Array<ArrayBuffer>): void;
  close(code?: number): void;
}

const subprotocol = 'parley.v1';
/** After `close()` the peer must answer; it may be gone. */
const closePatienceMs = 2_000;

export function webSocketTransport(
  create: (url: string, protocol: string) => WebSocketLike,
  setTimer: (run: () => void, ms: number) => () => void,
): OpenTransport {
  return (url, _token, handler) =>
    new WebSocketTransport(create(`${url.replace(/^http/, 'ws').replace(/\/$/, '')}/v1/socket`, subprotocol), handler, setTimer);
}

class WebSocketTransport implements Transport {
  private readonly socket: WebSocketLike;
  private readonly handler: TransportHandler;
  private readonly setTimer: (run: () => void, ms: number) => () => void;
  private ended = false;

  constructor(socket: WebSocketLike, handler: TransportHandler, setTimer: (run: () => void, ms: number) => () => void) {
    this.socket = socket;
    this.handler = handler;
    this.setTimer = setTimer;
    socket.binaryType = 'arraybuffer';
    socket.onopen = () => handler.onOpen();
    socket.onmessage = ({ data }) => {
      if (!this.ended && data instanceof ArrayBuffer) handler.onMessage(new Uint8Array(data));
    };
    socket.onclose = ({ code }) => this.end(errorCodeOf(code));
    socket.onerror = () => {};
  }

  send(bytes: Uint8Array): void {
    if (!this.ended) this.socket.send(new Uint8Array(bytes));
  }

  close(): void {
    if (this.ended) return;
    this.socket.close(1000);
    this.setTimer(() => this.end(0), closePatienceMs);
  }

  private end(code: number): void {
    if (this.ended) return;
    this.ended = true;
    this.handler.onClose(code);
  }
}

/** The ErrorCode that a WebSocket was closed with; 0: none of ours. */
function errorCodeOf(closeCode: number): number {
  const code = closeCode - closeCodeOf(ErrorCode.malformed) + ErrorCode.malformed;
  return closeCode > 0 && closeCodeOf(code) === closeCode ? code : 0;
}
