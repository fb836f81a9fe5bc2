/**
 * The WebSocket door: `/v1/socket` with the subprotocols `parley.v1` (binary) and `parley.v1.json`.
 *
 * Method: a message is a run of frames and goes to the edge as it is, in place. What the edge says leaves once a loop turn as one
 * message. Backpressure: above a soft limit the device is slow, which the edge is told; above the hard one uWebSockets closes.
 */
import type { HttpRequest, HttpResponse, TemplatedApp, us_socket_context_t, WebSocket } from 'uWebSockets.js';
import { closeCodeOf, ErrorCode, errorName } from '../protocol/generated/codes.ts';
import type { Origins } from './auth/origins.ts';
import { ClientConnection } from './connection.ts';
import type { EngineAccess } from './engine-access.ts';
import { jsonToRun, runToJson } from './json-bridge.ts';
import { gatewayLimits } from './limits.ts';

export const binaryProtocol = 'parley.v1';
export const jsonProtocol = 'parley.v1.json';

interface SocketData {
  connection: SocketConnection | null;
  readonly isJson: boolean;
}

export interface SocketOptions {
  readonly engine: EngineAccess;
  readonly origins: Origins;
  readonly connectionsMax: number;
}

export function addSocketRoute(app: TemplatedApp, options: SocketOptions): void {
  const { engine } = options;
  app.ws<SocketData>('/v1/socket', {
    maxPayloadLength: gatewayLimits.messageBytesMax,
    maxBackpressure: engine.limits.connectionQueueBytesMax,
    closeOnBackpressureLimit: 1,
    idleTimeout: gatewayLimits.socketIdleSeconds,
    sendPingsAutomatically: false,
    upgrade: (response, request, context) => upgrade(response, request, context, options),
    open: (socket) => {
      const data = socket.getUserData();
      data.connection = new SocketConnection(engine, socket, data.isJson);
      engine.opened(data.connection, 'stream');
    },
    message: (socket, message, isBinary) => {
      const { connection, isJson } = socket.getUserData();
      if (connection === null || connection.closed) return;
      if (!isJson && isBinary) engine.received(connection.number, new Uint8Array(message));
      else engine.received(connection.number, isJson && !isBinary ? jsonToRun(Buffer.from(message).toString('utf8')) : unreadable);
    },
    drain: (socket) => {
      const { connection } = socket.getUserData();
      if (connection === null || connection.closed || !connection.pressed || socket.getBufferedAmount() > 0) return;
      connection.pressed = false;
      engine.drained(connection.number);
    },
    close: (socket) => {
      const { connection } = socket.getUserData();
      if (connection === null) return;
      connection.closed = true;
      engine.closed(connection.number);
    },
  });
}

/** Text where bytes belong, or the reverse: no frame. */
const unreadable = new Uint8Array([0]);

function upgrade(response: HttpResponse, request: HttpRequest, context: us_socket_context_t, options: SocketOptions): void {
  const key = request.getHeader('sec-websocket-key');
  const protocol = chooseProtocol(request.getHeader('sec-websocket-protocol'));
  const extensions = request.getHeader('sec-websocket-extensions');
  if (!options.origins.allows(request.getHeader('origin'), request.getHeader('host'))) {
    refuse(response, '403 Forbidden', 'this origin is not allowed (PARLEY_ORIGINS)');
  } else if (protocol === '') {
    refuse(response, '400 Bad Request', `offer the subprotocol ${binaryProtocol} or ${jsonProtocol}`);
  } else if (options.engine.stopping || options.engine.connectionCount >= options.connectionsMax) {
    refuse(response, '503 Service Unavailable', options.engine.stopping ? 'this node stops' : 'this node is full');
  } else {
    response.upgrade<SocketData>({ connection: null, isJson: protocol === jsonProtocol }, key, protocol, extensions, context);
  }
}

/** The first of ours that the client offers; '': none. */
function chooseProtocol(offered: string): string {
  const names = offered.split(',').map((name) => name.trim());
  return names.find((name) => name === binaryProtocol || name === jsonProtocol) ?? '';
}

function refuse(response: HttpResponse, status: string, why: string): void {
  response.cork(() => {
    response.writeStatus(status).writeHeader('content-type', 'text/plain; charset=utf-8').writeHeader('retry-after', '5').end(`${why}\n`);
  });
}

class SocketConnection extends ClientConnection {
  closed = false;
  pressed = false;
  private readonly engine: EngineAccess;
  private readonly socket: WebSocket<SocketData>;
  private readonly isJson: boolean;

  constructor(engine: EngineAccess, socket: WebSocket<SocketData>, isJson: boolean) {
    super(engine.newConnectionNumber());
    this.engine = engine;
    this.socket = socket;
    this.isJson = isJson;
  }

  override sendRun(bytes: Uint8Array, length: number): void {
    if (this.closed) return;
    const run = bytes.subarray(0, length);
    const status = this.isJson ? this.socket.send(runToJson(run), false) : this.socket.send(run, true);
    // Over the hard limit the socket is closed by now, or will be.
    if (status === 1 || this.closed || this.pressed) return;
    if (this.socket.getBufferedAmount() <= gatewayLimits.pressedBytes) return;
    this.pressed = true;
    this.engine.pressed(this.number);
  }

  override end(code: number): void {
    if (this.closed) return;
    this.closed = true;
    this.socket.end(code === ErrorCode.ok ? 1000 : closeCodeOf(code) || 4499, errorName(code));
  }
}
