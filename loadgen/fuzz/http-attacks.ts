/** Hostile HTTP requests: API bodies, queries and paths, and polls. Every one must get a status, and none that says "my fault". */
import { request } from 'node:http';
import { encodeFrames, FrameWriter } from '../../core/protocol/index.ts';
import type { Answer, Attack } from './attacks.ts';
import { helloFor } from './attacks.ts';
import type { Corpus } from './corpus.ts';
import { jsonText } from './json-corpus.ts';

interface HttpRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | string;
}

const answerMs = 30_000;
const pieces = ['1-2', 'g7', '0-0', '9-3', '%00', '%ff', 'a'.repeat(300), '..', '9007199254740993-9007199254740994', '1'];
const queries = [
  '',
  '?limit=-1',
  '?limit=1e99',
  '?before=x&limit=5',
  '?name=',
  `?name=${'x'.repeat(500)}`,
  '?%',
  '?after=9007199254740992',
  '?limit=5',
];
const jsonType = { 'content-type': 'application/json' };

export const badRequests: Attack = async ({ port, tokens }, corpus, localAddress) => {
  const token = corpus.pick([corpus.pick(tokens), corpus.pick(tokens), 'x.y.z', '']);
  const headers = {
    ...jsonType,
    ...(token === '' ? {} : { authorization: `Bearer ${token}` }),
    'idempotency-key': corpus.pick(['', 'k', 'x'.repeat(400)]),
  };
  return answered(port, localAddress, { ...apiRequest(corpus), headers });
};

/** A poll that begins a sequence with a hello and hostile frames, or asks where nothing is. */
export const badPolls: Attack = async ({ port, tokens }, corpus, localAddress) => {
  const token = corpus.pick(tokens);
  const isJson = corpus.random.permille(300);
  const run = new FrameWriter();
  run.append(encodeFrames([helloFor(corpus, token)]));
  for (let count = corpus.random.between(1, 5); count > 0; count--) {
    const { bytes } = corpus.frame();
    if (bytes.length > 0) run.framed(bytes, 0, bytes.length);
  }
  // A frame of the server's side: the sequence ends, and the poll with it.
  run.append(Uint8Array.from([1, 57]));
  const number = corpus.pick(['1', '1', '1', '2', '0', '-1', 'x', '9007199254740993', '']);
  const headers: Record<string, string> = { authorization: `Bearer ${token}`, 'parley-poll-number': number };
  if (isJson) Object.assign(headers, jsonType);
  if (corpus.random.permille(200)) headers['parley-poll'] = corpus.pick(['0'.repeat(32), 'zz', 'f'.repeat(500)]);
  return answered(port, localAddress, { method: 'POST', path: '/v1/poll', headers, body: isJson ? jsonText(corpus) : run.copy() });
};

function apiRequest(corpus: Corpus): Omit<HttpRequest, 'headers'> {
  const conversation = corpus.pick(pieces);
  const messages = `/v1/conversations/${conversation}/messages`;
  const one = `${messages}/${corpus.pick(pieces)}`;
  const body = corpus.random.permille(300) ? corpus.noise(2000) : jsonText(corpus);
  const query = corpus.pick(queries);
  switch (corpus.random.below(8)) {
    case 0:
      return { method: 'POST', path: messages, body };
    case 1:
      return {
        method: 'POST',
        path: messages,
        body: JSON.stringify({ body: corpus.pick(['hi', '', '\ud800', 'x'.repeat(20_000), 3, null]) }),
      };
    case 2:
      return { method: 'GET', path: messages + query, body: '' };
    case 3:
      return { method: corpus.pick(['PUT', 'PATCH', 'DELETE']), path: one, body };
    case 4:
      return { method: 'GET', path: `/v1/conversations${query}`, body: '' };
    case 5:
      return { method: 'GET', path: `/v1/users${corpus.pick(['', '/'])}${corpus.pick(pieces)}${query}`, body: '' };
    case 6:
      return {
        method: 'POST',
        path: corpus.pick(['/v1/dev/token', '/v1/admin/end-sessions', `/v1/conversations/${conversation}/block`]),
        body,
      };
    default:
      return {
        method: corpus.pick(['GET', 'POST', 'PUT']),
        path: corpus.pick(['/', '/v1/me', '/metrics', '/../../etc/passwd', '/v1/socket', '/nothing']),
        body: '',
      };
  }
}

/** The status; 500 is written as `crash`. */
function answered(port: number, localAddress: string, wanted: HttpRequest): Promise<Answer> {
  return new Promise((resolve) => {
    const settle = (answer: string): void => resolve({ frames: 1, answer });
    const headers: Record<string, string> = { ...wanted.headers };
    if (wanted.body.length > 0) headers['content-length'] = String(Buffer.byteLength(wanted.body));
    // A connection of its own: one that the server is about to close would look like no answer.
    const options = { host: '127.0.0.1', port, localAddress, method: wanted.method, path: wanted.path, headers, agent: false };
    const sent = request(options, (response) => {
      const status = response.statusCode ?? 0;
      response.resume();
      response.on('end', () => settle(status === 500 ? `crash ${status}` : String(status)));
      response.on('error', () => settle(''));
    });
    sent.setTimeout(answerMs, () => sent.destroy());
    sent.on('error', () => settle(''));
    sent.end(wanted.body);
  });
}
