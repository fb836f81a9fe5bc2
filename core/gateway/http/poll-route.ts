/**
 * The long-poll door: `POST /v1/poll`.
 *
 * Headers: `authorization: Bearer …`; `parley-poll`: the sequence's id, left out in the first poll, given in every answer;
 * `parley-poll-number`: 1, 2, 3, …. Body and answer: a run of frames (application/octet-stream) or a JSON array of frames
 * (application/json). 404 `unknownPoll`: start anew with `hello`.
 */
import { randomBytes } from 'node:crypto';
import type { TokenVerifier } from '../auth/token-verifier.ts';
import type { EngineAccess, PollAnswer } from '../engine-access.ts';
import { jsonToRun, runToJson } from '../json-bridge.ts';
import { gatewayLimits } from '../limits.ts';
import { verifyBearer } from './bearer.ts';
import type { Exchange } from './exchange.ts';
import { Problem, sendProblem } from './problem.ts';

const idBytes = 16;

const refusals: Readonly<Record<string, readonly [number, string]>> = {
  unknownPoll: [404, 'no such poll sequence here: start a new one with hello'],
  wrongNumber: [409, 'neither the last number nor the next one'],
  wrongUser: [403, 'the token is of another user'],
  superseded: [409, 'this number was asked again by a later request'],
};

export interface PollRouteOptions {
  readonly engine: EngineAccess;
  readonly verifier: TokenVerifier;
  readonly connectionsMax: number;
}

let lastRequest = 0;

export async function answerPoll(exchange: Exchange, body: Uint8Array | null, options: PollRouteOptions): Promise<void> {
  const { engine } = options;
  if (body === null) throw new Problem(413, 'frameTooLarge', `a poll brings at most ${gatewayLimits.messageBytesMax} bytes`);
  const id = exchange.header('parley-poll');
  const number = Number(exchange.header('parley-poll-number'));
  if (!Number.isSafeInteger(number) || number < 1) throw new Problem(400, 'badRequest', 'parley-poll-number must be 1, 2, 3, …');
  if (id !== '' && !/^[0-9a-f]{32}$/.test(id)) throw new Problem(400, 'badRequest', 'parley-poll must be 32 hex digits');
  const token = await verifyBearer(exchange, options.verifier);
  if (!exchange.open) return;
  if (id === '' && engine.connectionCount >= options.connectionsMax) {
    throw new Problem(503, 'tooManyConnections', 'this node is full', 5_000);
  }
  const isJson = exchange.header('content-type').startsWith('application/json');
  const request = ++lastRequest;
  exchange.onAborted(() => engine.pollAborted(request));
  engine.asked(
    {
      kind: 'asked',
      request,
      id,
      number,
      name: token.name,
      bytes: isJson && body.length > 0 ? jsonToRun(Buffer.from(body).toString('utf8')) : body,
      newId: id === '' ? randomBytes(idBytes).toString('hex') : '',
      newConnection: id === '' ? engine.newConnectionNumber() : 0,
    },
    new HttpPollAnswer(exchange, isJson),
  );
}

class HttpPollAnswer implements PollAnswer {
  private readonly exchange: Exchange;
  private readonly isJson: boolean;

  constructor(exchange: Exchange, isJson: boolean) {
    this.exchange = exchange;
    this.isJson = isJson;
  }

  answer(id: string, bytes: Uint8Array): void {
    const headers = {
      'content-type': this.isJson ? 'application/json' : 'application/octet-stream',
      'cache-control': 'no-store',
      'parley-poll': id,
    };
    this.exchange.send('200 OK', headers, this.isJson ? runToJson(bytes, true) : bytes);
  }

  refuse(reason: string): void {
    const [status, detail] = refusals[reason] ?? [500, reason];
    sendProblem(this.exchange, new Problem(status, reason, detail));
  }
}
