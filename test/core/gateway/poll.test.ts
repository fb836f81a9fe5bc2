// The long-poll door of a real node: the same session by HTTP requests.
import { describe, expect, it } from 'vitest';
import type { Node } from '../../../core/host/node.ts';
import { encodeFrames } from '../../../core/protocol/codec.ts';
import { FrameType } from '../../../core/protocol/generated/frame-type.ts';
import type { Frame } from '../../../core/protocol/generated/frames.ts';
import { encodeUtf8 } from '../../../core/protocol/utf8.ts';
import { developmentToken, direct, FrameClient, frame, framesOf, startTestNode } from '../../_util/test-node.ts';

class PollClient {
  id = '';
  private readonly node: Node;
  private readonly token: string;

  constructor(node: Node, token: string) {
    this.node = node;
    this.token = token;
  }

  async ask(number: number, frames: Frame[] = [], token = this.token): Promise<{ status: number; bytes: Uint8Array; frames: Frame[] }> {
    const response = await fetch(`${this.node.url}v1/poll`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/octet-stream',
        'parley-poll-number': String(number),
        ...(this.id === '' ? {} : { 'parley-poll': this.id }),
      },
      body: encodeFrames(frames) as Uint8Array<ArrayBuffer>,
    });
    this.id = response.headers.get('parley-poll') ?? this.id;
    const bytes = new Uint8Array(await response.arrayBuffer());
    return { status: response.status, bytes, frames: response.status === 200 ? framesOf(bytes) : [] };
  }
}

async function begin(node: Node, name: string): Promise<{ client: PollClient; user: number; number: number }> {
  const token = await developmentToken(node, name);
  const client = new PollClient(node, token);
  const seen = (await client.ask(1, [frame('hello', { protocol: 1, token, deviceId: 1, tabId: 1, attempt: 1 })])).frames;
  let number = 1;
  while (!seen.some((entry) => entry.type === FrameType.live)) seen.push(...(await client.ask(++number)).frames);
  const welcome = seen.find((entry) => entry.type === FrameType.welcome);
  return { client, user: welcome?.type === FrameType.welcome ? welcome.user : 0, number };
}

describe('a poll sequence', () => {
  it('is a session: sends, gets events, and the same answer to the same number', async () => {
    const node = await startTestNode();
    const { client, user, number } = await begin(node, 'ann');
    expect(client.id).toMatch(/^[0-9a-f]{32}$/);
    const bob = await FrameClient.login(node, 'bob');
    const conversation = direct(user, bob.user);
    const waiting = client.ask(number + 1);
    bob.send(frame('send', { ...conversation, senderIdLow: 1, clientSeq: 1, sendIdLow: 2, kind: 1, body: encodeUtf8('hello') }));
    const answer = await waiting;
    expect(answer.frames.map((entry) => entry.type)).toContain(FrameType.event);
    expect((await client.ask(number + 1)).bytes).toEqual(answer.bytes);
    const held = client.ask(number + 2);
    const brought = client.ask(number + 3, [frame('ack', { ...conversation, seq: 1 })]);
    expect((await held).status).toBe(200);
    expect((await brought).frames.length).toBeGreaterThan(0);
    expect(await bob.expect('receipt')).toMatchObject({ delivered: 1, user });
  });

  it('speaks JSON', async () => {
    const node = await startTestNode();
    const token = await developmentToken(node, 'ann');
    const hello = { type: 'hello', protocol: 1, token, deviceId: 1, tabId: 1, attempt: 1, storeId: '0', epoch: 0, batch: 0 };
    const response = await fetch(`${node.url}v1/poll`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'parley-poll-number': '1' },
      body: JSON.stringify([hello]),
    });
    expect(await response.json()).toMatchObject([{ type: 'welcome', name: 'ann' }]);
  });

  it('refuses other users, unknown ids and wrong numbers', async () => {
    const node = await startTestNode();
    const { client, number } = await begin(node, 'ann');
    expect((await client.ask(number + 1, [], await developmentToken(node, 'bob'))).status).toBe(403);
    expect((await client.ask(number + 5)).status).toBe(409);
    expect((await client.ask(number, [], 'rubbish')).status).toBe(401);
    client.id = '0'.repeat(32);
    expect((await client.ask(1)).status).toBe(404);
    client.id = 'x';
    expect((await client.ask(1)).status).toBe(400);
  });

  it('does not let the hello be of another user than the requests', async () => {
    const node = await startTestNode();
    const client = new PollClient(node, await developmentToken(node, 'ann'));
    const bob = await developmentToken(node, 'bob');
    const { frames } = await client.ask(1, [frame('hello', { protocol: 1, token: bob, deviceId: 1, tabId: 1, attempt: 1 })]);
    expect(frames).toMatchObject([{ type: FrameType.error, code: 53 }]);
    expect((await client.ask(2)).status).toBe(404);
  });
});
