/**
 * Messages over numbered HTTP polls (`POST /v1/poll`), where WebSocket does not get through.
 *
 * Method: one poll always waits at the server. What is to be sent goes with the next number at once; the server then answers the waiting
 * one. So at most two are under way, and answers are taken in order of their numbers. A poll that failed is asked again with the same
 * number and bytes, which the server takes once; what cannot be mended so ends the sequence, and a new one begins with `hello`.
 */
import { errorNumber } from '../protocol/generated/codes.ts';
import { FrameWriter } from '../protocol/writer.ts';
import type { OpenTransport, Transport, TransportHandler } from './transport.ts';

/** The part of `fetch` that is used here: no DOM types in shared files. */
export type FetchLike = (
  url: string,
  init: { method: string; headers: Record<string, string>; body: Uint8Array<ArrayBuffer>; signal: AbortLike['signal'] },
) => Promise<ResponseLike>;

export interface ResponseLike {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  arrayBuffer(): Promise<ArrayBuffer>;
  json(): Promise<unknown>;
}

export interface AbortLike {
  readonly signal: object;
  abort(): void;
}

export interface PollNeeds {
  readonly fetch: FetchLike;
  readonly createAbort: () => AbortLike;
  readonly setTimer: (run: () => void, ms: number) => () => void;
}

const triesMax = 3;
const tryAgainMs = 400;
/** The server answers within pollWaitMs (25 s): after this the way is dead. */
const answerMs = 40_000;
/** A message to the server is at most so long; further bytes go with the next poll. */
const messageBytesMax = 60_000;

export function pollTransport(needs: PollNeeds): OpenTransport {
  return (url, token, handler) => new PollTransport(`${url.replace(/\/$/, '')}/v1/poll`, token, handler, needs);
}

class PollTransport implements Transport {
  private readonly url: string;
  private readonly token: string;
  private readonly handler: TransportHandler;
  private readonly needs: PollNeeds;
  private readonly pending = new FrameWriter(1024);
  private readonly underWay = new Map<number, AbortLike>();
  /** Came before the answer of a lower number. */
  private readonly answers = new Map<number, Uint8Array>();
  private id = '';
  private number = 0;
  private lastAnswered = 0;
  private ended = false;
  private closing = false;

  constructor(url: string, token: string, handler: TransportHandler, needs: PollNeeds) {
    this.url = url;
    this.token = token;
    this.handler = handler;
    this.needs = needs;
    // Open at once: the first poll brings the hello, and its answer tells whether there is a server.
    needs.setTimer(() => {
      if (!this.ended) handler.onOpen();
    }, 0);
  }

  send(bytes: Uint8Array): void {
    if (this.ended) return;
    this.pending.append(bytes);
    this.pump();
  }

  close(): void {
    if (this.ended || this.closing) return;
    this.closing = true;
    this.pump();
    this.needs.setTimer(() => this.end(0), tryAgainMs);
  }

  /** Asks with the next number if there is something to bring, or nothing waits. The first answer gives the sequence its id. */
  private pump(): void {
    if (this.ended) return;
    const waiting = this.underWay.size;
    const mayAsk = waiting === 0 || (waiting === 1 && this.id !== '');
    if (!mayAsk || (this.pending.length === 0 && (waiting > 0 || this.number === 0 || this.closing))) return;
    if (this.pending.length > messageBytesMax * 4) return this.end(0);
    const body = new Uint8Array(this.pending.view());
    this.pending.reset();
    this.number++;
    this.ask(this.number, body).catch(() => this.end(0));
  }

  private async ask(number: number, body: Uint8Array<ArrayBuffer>): Promise<void> {
    for (let tries = 1; !this.ended; tries++) {
      const answer = await this.tryOnce(number, body);
      if (answer !== null) return this.take(number, answer);
      // Another number went out meanwhile: this one's answer is not kept any more.
      if (tries >= triesMax || number !== this.number) return this.end(0);
      await new Promise<void>((resolve) => this.needs.setTimer(resolve, tryAgainMs * tries));
    }
  }

  /** The answer's bytes; null: no answer came. Ends the sequence when the answer is a refusal. */
  private async tryOnce(number: number, body: Uint8Array<ArrayBuffer>): Promise<Uint8Array | null> {
    const abort = this.needs.createAbort();
    this.underWay.set(number, abort);
    const stopTimer = this.needs.setTimer(() => abort.abort(), answerMs);
    try {
      const headers: Record<string, string> = {
        authorization: `Bearer ${this.token}`,
        'content-type': 'application/octet-stream',
        'parley-poll-number': String(number),
      };
      if (this.id !== '') headers['parley-poll'] = this.id;
      const response = await this.needs.fetch(this.url, { method: 'POST', headers, body, signal: abort.signal });
      if (response.status !== 200) {
        this.end(await refusalCode(response));
        return null;
      }
      const bytes = new Uint8Array(await response.arrayBuffer());
      this.id = response.headers.get('parley-poll') ?? '';
      return bytes;
    } catch {
      return null;
    } finally {
      stopTimer();
    }
  }

  private take(number: number, bytes: Uint8Array): void {
    if (this.ended) return;
    this.underWay.delete(number);
    this.answers.set(number, bytes);
    for (let next = this.answers.get(this.lastAnswered + 1); next !== undefined; next = this.answers.get(this.lastAnswered + 1)) {
      this.lastAnswered++;
      this.answers.delete(this.lastAnswered);
      if (next.length > 0) this.handler.onMessage(next);
    }
    this.pump();
  }

  private end(code: number): void {
    if (this.ended) return;
    this.ended = true;
    for (const abort of this.underWay.values()) abort.abort();
    this.underWay.clear();
    this.handler.onClose(code);
  }
}

/** ErrorCode of a problem+json answer; 0: none of the protocol. */
async function refusalCode(response: ResponseLike): Promise<number> {
  try {
    const problem = await response.json();
    if (typeof problem !== 'object' || problem === null || !('code' in problem)) return 0;
    return Math.max(0, errorNumber(String(problem.code)));
  } catch {
    return 0;
  }
}
