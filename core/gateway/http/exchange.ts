/**
 * One HTTP request and its answer over uWebSockets.
 *
 * Method: the request object dies when the handler returns, so what is needed of it is copied first; the response object dies when the
 * client leaves, so every use asks `open` before.
 */
import type { HttpRequest, HttpResponse } from 'uWebSockets.js';
import { gatewayLimits } from '../limits.ts';
import { addSecurityHeaders } from './security-headers.ts';

export type Headers = Readonly<Record<string, string>>;

export class Exchange {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly parameters: readonly string[];
  private readonly headers = new Map<string, string>();
  private readonly response: HttpResponse;
  private isOpen = true;
  private whenAborted: (() => void) | null = null;
  /** Headers of every answer of this exchange (CORS). */
  private readonly answerHeaders: [string, string][] = [];

  constructor(response: HttpResponse, request: HttpRequest, parameterCount: number) {
    this.response = response;
    this.method = request.getCaseSensitiveMethod().toUpperCase();
    this.path = request.getUrl();
    this.query = request.getQuery();
    this.parameters = Array.from({ length: parameterCount }, (_, index) => decode(request.getParameter(index)));
    request.forEach((name, value) => {
      this.headers.set(name, value);
    });
    response.onAborted(() => {
      this.isOpen = false;
      this.whenAborted?.();
    });
  }

  /** The client still waits. */
  get open(): boolean {
    return this.isOpen;
  }

  header(name: string): string {
    return this.headers.get(name) ?? '';
  }

  onAborted(callback: () => void): void {
    this.whenAborted = callback;
  }

  addAnswerHeader(name: string, value: string): void {
    this.answerHeaders.push([name, value]);
  }

  /** Reads the body; `null`: longer than `bytesMax`. Must be called before the handler returns. */
  readBody(bytesMax: number, done: (body: Uint8Array<ArrayBuffer> | null) => void): void {
    const chunks: Uint8Array[] = [];
    let length = 0;
    this.response.onData((chunk, isLast) => {
      length += chunk.byteLength;
      // What is too long is read on and dropped: an answer before the end would be lost on most clients.
      if (length <= bytesMax) chunks.push(new Uint8Array(chunk.slice(0)));
      else chunks.length = 0;
      if (isLast) done(length <= bytesMax ? joined(chunks, length) : null);
    });
  }

  send(status: string, headers: Headers, body: string | Uint8Array): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.whenAborted = null;
    const { response } = this;
    response.cork(() => {
      response.writeStatus(status);
      addSecurityHeaders(response);
      this.sayHowLong(response);
      for (const [name, value] of this.answerHeaders) response.writeHeader(name, value);
      for (const [name, value] of Object.entries(headers)) response.writeHeader(name, value);
      if (this.method === 'HEAD') response.endWithoutBody(typeof body === 'string' ? Buffer.byteLength(body) : body.length);
      else response.end(body);
    });
  }

  /**
   * Whether the connection goes on: uWebSockets closes it after a request with `connection: close` without saying so, and after some idle
   * seconds; a client that keeps connections would send its next request into the closing one.
   */
  private sayHowLong(response: HttpResponse): void {
    if (/\bclose\b/i.test(this.header('connection'))) response.writeHeader('connection', 'close');
    else response.writeHeader('keep-alive', `timeout=${gatewayLimits.keepAliveSeconds}`);
  }

  sendJson(status: string, value: unknown, headers: Headers = {}): void {
    this.send(status, { 'content-type': 'application/json', 'cache-control': 'no-store', ...headers }, JSON.stringify(value));
  }
}

function joined(chunks: readonly Uint8Array[], length: number): Uint8Array<ArrayBuffer> {
  const body = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    body.set(chunk, at);
    at += chunk.length;
  }
  return body;
}

/** A path parameter; one that is no well-formed escape stays as it is and matches nothing. */
function decode(parameter: string): string {
  try {
    return decodeURIComponent(parameter);
  } catch {
    return parameter;
  }
}
