// Goal: PROTOCOL.md, "Long-poll", is true and enough. Method: its example runs as printed, and each rule and status of the section is
// tried with plain fetch and JSON, on a node of the real parts.
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { Node } from '../../../core/host/node.ts';
import { top } from '../../_util/source-files.ts';
import { developmentToken, startTestNode } from '../../_util/test-node.ts';

type Frame = { readonly type: string } & Readonly<Record<string, unknown>>;
interface Answer {
  readonly status: number;
  readonly id: string;
  readonly text: string;
  readonly frames: readonly Frame[];
  /** Of a problem+json. */
  readonly code: string;
}

class Sequence {
  id = '';
  readonly token: string;
  private readonly node: Node;

  constructor(node: Node, token: string) {
    this.node = node;
    this.token = token;
  }

  static async begin(node: Node, name: string): Promise<{ sequence: Sequence; user: number; number: number }> {
    const sequence = new Sequence(node, await developmentToken(node, name));
    const seen: Frame[] = [...(await sequence.poll(1, [sequence.hello()])).frames];
    let number = 1;
    while (!seen.some(({ type }) => type === 'live')) seen.push(...(await sequence.poll(++number)).frames);
    return { sequence, number, user: Number(seen.find(({ type }) => type === 'welcome')?.user) };
  }

  hello(token = this.token): Frame {
    return { type: 'hello', protocol: 1, token, deviceId: 5, tabId: 6, attempt: 1, storeId: '0', epoch: 0, batch: 0 };
  }

  async poll(number: number | string, frames: readonly unknown[] = [], headers: Record<string, string> = {}): Promise<Answer> {
    const response = await fetch(`${this.node.url}v1/poll`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${this.token}`,
        'content-type': 'application/json',
        'parley-poll-number': String(number),
        ...(this.id === '' ? {} : { 'parley-poll': this.id }),
        ...headers,
      },
      body: JSON.stringify(frames),
    });
    const id = response.headers.get('parley-poll') ?? '';
    const text = await response.text();
    const isProblem = response.headers.get('content-type') === 'application/problem+json';
    if (response.status === 200) this.id = id;
    const code = isProblem ? String((JSON.parse(text) as { code: unknown }).code) : '';
    return { status: response.status, id, text, code, frames: response.status === 200 ? (JSON.parse(text) as Frame[]) : [] };
  }
}

const lookup = (requestId: number): Frame => ({ type: 'lookup', requestId, name: 'ann' });

/** A poll that has reached the node and waits there. */
async function waiting(sequence: Sequence, number: number): Promise<Promise<Answer>[]> {
  const answer = sequence.poll(number);
  const isHeld = async (): Promise<boolean> => {
    // The next number may be asked only while this one is the last: one too far is refused, which tells that this one is there.
    return (await sequence.poll(number + 2)).code === 'wrongNumber' && (await sequence.poll(number - 1)).code === 'wrongNumber';
  };
  await expect.poll(isHeld).toBe(true);
  return [answer];
}

describe('PROTOCOL.md, "Long-poll"', () => {
  it('prints examples/poll.mjs, and it runs', async () => {
    const example = readFileSync(join(top, 'examples/poll.mjs'), 'utf8');
    expect(readFileSync(join(top, 'PROTOCOL.md'), 'utf8')).toContain(`\`\`\`js\n${example}\`\`\``);
    const node = await startTestNode();
    const { stdout } = await promisify(execFile)(process.execPath, [join(top, 'examples/poll.mjs')], {
      env: { ...process.env, PARLEY_URL: node.url },
      timeout: 15_000,
    });
    expect(stdout).toBe('ada is on line\naccepted at 1, shown: note\n');
  });

  it('gives the sequence an id, and each answer says it', async () => {
    const node = await startTestNode();
    const { sequence, number } = await Sequence.begin(node, 'ann');
    expect(sequence.id).toMatch(/^[0-9a-f]{32}$/);
    const { id, frames } = await sequence.poll(number + 1, [lookup(7)]);
    expect(id).toBe(sequence.id);
    expect(frames).toMatchObject([{ type: 'userNames', requestId: 7 }]);
  });

  it('answers n at once when n + 1 is asked, and an empty poll within pollWaitMs', async () => {
    const node = await startTestNode({}, { limits: { pollWaitMs: 1_000 } });
    const { sequence, number } = await Sequence.begin(node, 'ann');
    const [held] = await waiting(sequence, number + 1);
    const brought = await sequence.poll(number + 2, [lookup(8)]);
    expect(await held).toMatchObject({ status: 200, text: '[]' });
    expect(brought.frames).toMatchObject([{ type: 'userNames', requestId: 8 }]);
    expect(await sequence.poll(number + 3)).toMatchObject({ status: 200, text: '[]' });
  });

  it('gives n the same answer again, and takes its frames once', async () => {
    const node = await startTestNode({}, { limits: { pollWaitMs: 1_000 } });
    const { sequence, number } = await Sequence.begin(node, 'ann');
    const first = await sequence.poll(number + 1, [lookup(9)]);
    expect(await sequence.poll(number + 1, [lookup(9)])).toEqual(first);
    // Had they been taken twice, a second answer would wait here.
    expect((await sequence.poll(number + 2)).text).toBe('[]');
    const [early] = await waiting(sequence, number + 3);
    const late = sequence.poll(number + 3);
    expect(await early).toMatchObject({ status: 409, code: 'superseded' });
    expect(await late).toMatchObject({ status: 200, text: '[]' });
  });

  it('ends with an error frame as the last word, then 404', async () => {
    const node = await startTestNode();
    const { sequence, number } = await Sequence.begin(node, 'ann');
    const last = await sequence.poll(number + 1, [lookup(1), { type: 'nonsense' }]);
    expect(last.frames.at(-1)).toMatchObject({ type: 'error', code: 'malformed' });
    expect(await sequence.poll(number + 2)).toMatchObject({ status: 404, code: 'unknownPoll' });
    const left = await Sequence.begin(node, 'ann');
    expect(await left.sequence.poll(left.number + 1, [{ type: 'goodbye' }])).toMatchObject({ status: 200, text: '[]' });
    expect(await left.sequence.poll(left.number + 2)).toMatchObject({ status: 404, code: 'unknownPoll' });
  });

  it('ends when nobody asks for pollSessionMs, not while a poll waits', async () => {
    const node = await startTestNode({}, { limits: { pollWaitMs: 1_500, pollSessionMs: 2_000 } });
    const { sequence, number } = await Sequence.begin(node, 'ann');
    for (let n = 1; n <= 2; n++) expect((await sequence.poll(number + n)).status).toBe(200);
    const metric = async (): Promise<string | undefined> =>
      /^parley_poll_sequences (\d+)/m.exec(await (await fetch(`${node.url}metrics`)).text())?.[1];
    expect(await metric()).toBe('1');
    await expect.poll(metric, { timeout: 10_000 }).toBe('0');
    expect(await sequence.poll(number + 3)).toMatchObject({ status: 404, code: 'unknownPoll' });
  });

  it('refuses with the statuses of its table', async () => {
    const node = await startTestNode({ PARLEY_CONNECTIONS_MAX: '1' });
    const { sequence, number } = await Sequence.begin(node, 'ann');
    const bob = `Bearer ${await developmentToken(node, 'bob')}`;
    const refusals: [number, string, number | string, Record<string, string>][] = [
      [404, 'unknownPoll', 1, { 'parley-poll': '0'.repeat(32) }],
      [409, 'wrongNumber', number + 2, {}],
      [403, 'wrongUser', number + 1, { authorization: bob }],
      [401, 'tokenMissing', number + 1, { authorization: '' }],
      [401, 'tokenInvalid', number + 1, { authorization: 'Bearer x' }],
      [403, 'originNotAllowed', number + 1, { origin: 'https://elsewhere.example' }],
      [400, 'badRequest', 0, {}],
      [400, 'badRequest', 'two', {}],
      [400, 'badRequest', number + 1, { 'parley-poll': 'x' }],
    ];
    for (const [status, code, asked, headers] of refusals) {
      expect(await sequence.poll(asked, [], headers), code).toMatchObject({ status, code });
    }
    expect(await sequence.poll(number + 1, ['x'.repeat(65_536)])).toMatchObject({ status: 413, code: 'frameTooLarge' });
    expect(await new Sequence(node, sequence.token).poll(2)).toMatchObject({ status: 503, code: 'tooManyConnections' });
    // None of them harmed the sequence.
    expect((await sequence.poll(number + 1, [lookup(3)])).frames).toMatchObject([{ type: 'userNames', requestId: 3 }]);
  });

  it('takes as first poll number 1 only, and a hello of the same user only', async () => {
    const node = await startTestNode();
    const token = await developmentToken(node, 'ann');
    expect(await new Sequence(node, token).poll(2)).toMatchObject({ status: 409, code: 'wrongNumber' });
    const sequence = new Sequence(node, token);
    const answer = await sequence.poll(1, [sequence.hello(await developmentToken(node, 'bob'))]);
    expect(answer.frames).toMatchObject([{ type: 'error', code: 'wrongUser' }]);
  });

  it('takes and gives whole messages as octets', async () => {
    const node = await startTestNode();
    const { sequence, number } = await Sequence.begin(node, 'ann');
    // A ping of one byte (type 13), its length before it; the answer is a pong (type 57).
    const response = await fetch(`${node.url}v1/poll`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${sequence.token}`,
        'content-type': 'application/octet-stream',
        'parley-poll-number': String(number + 1),
        'parley-poll': sequence.id,
      },
      body: Uint8Array.of(1, 13),
    });
    expect(response.headers.get('content-type')).toBe('application/octet-stream');
    expect([...new Uint8Array(await response.arrayBuffer())]).toEqual([1, 57]);
  });
});
