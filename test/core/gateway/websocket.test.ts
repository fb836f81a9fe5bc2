// The WebSocket door of a real node: two people talk; bad clients are closed with a code.
import { describe, expect, it } from 'vitest';
import { encodeUtf8 } from '../../../core/protocol/utf8.ts';
import { openSocket } from '../../_util/socket-client.ts';
import { developmentToken, direct, FrameClient, frame, startTestNode } from '../../_util/test-node.ts';

describe('a WebSocket', () => {
  it('carries a message, its acknowledgement and its receipt', async () => {
    const node = await startTestNode();
    const ann = await FrameClient.login(node, 'ann');
    const bob = await FrameClient.login(node, 'bob');
    const conversation = direct(ann.user, bob.user);
    ann.send(
      frame('send', {
        ...conversation,
        senderIdLow: 7,
        clientSeq: 1,
        sendIdHigh: 8,
        sendIdLow: 9,
        kind: 1,
        body: encodeUtf8('hello, Bob'),
      }),
    );
    const accepted = await ann.expect('accepted');
    expect(accepted).toMatchObject({ ...conversation, clientSeq: 1, sendIdHigh: 8, sendIdLow: 9, seq: 1 });
    const event = await bob.expect('event');
    expect(event).toMatchObject({ ...conversation, seq: 1, author: ann.user, body: encodeUtf8('hello, Bob') });
    bob.send(frame('ack', { ...conversation, seq: 1 }));
    expect(await ann.expect('receipt')).toMatchObject({ ...conversation, user: bob.user, delivered: 1 });
    expect(await bob.expect('ackConfirmed')).toMatchObject({ ...conversation, seq: 1 });
  });

  it('speaks JSON by the other subprotocol', async () => {
    const node = await startTestNode();
    const socket = await openSocket({ port: node.port, protocol: 'parley.v1.json' });
    expect(socket.protocol).toBe('parley.v1.json');
    const hello = { type: 'hello', protocol: 1, token: await developmentToken(node, 'ann'), deviceId: 1, tabId: 2, attempt: 1 };
    socket.send(JSON.stringify({ ...hello, storeId: '0', epoch: 0, batch: 0 }));
    const first = JSON.parse((await socket.next())?.toString() ?? '') as unknown;
    expect((Array.isArray(first) ? first : [first])[0]).toMatchObject({ type: 'welcome', name: 'ann' });
    socket.send('{"type":"nonsense"}');
    expect(await socket.closed()).toBe(4400);
  });

  it('answers a ping', async () => {
    const node = await startTestNode();
    const ann = await FrameClient.login(node, 'ann');
    ann.send(frame('ping'));
    await ann.expect('pong');
  });

  it('is closed with a code that says why', async () => {
    const node = await startTestNode();
    const rubbish = await FrameClient.open(node);
    rubbish.socket.send(new Uint8Array([3, 250, 250, 250]));
    expect((await rubbish.expect('error')).message).toContain('unknownType');
    expect(await rubbish.socket.closed()).toBe(4400);
    const text = await FrameClient.open(node);
    text.socket.send('{}');
    expect(await text.socket.closed()).toBe(4400);
    const stranger = await FrameClient.open(node);
    stranger.send(frame('hello', { protocol: 1, token: 'no token', deviceId: 1, tabId: 1 }));
    expect(await stranger.socket.closed()).toBe(4401);
    const early = await FrameClient.open(node);
    early.send(frame('list', { limit: 1 }));
    expect(await early.socket.closed()).toBe(4408);
  });

  it('replaces the older connection of the same tab', async () => {
    const node = await startTestNode();
    const token = await developmentToken(node, 'ann');
    const old = await FrameClient.login(node, 'ann', 5);
    const young = await FrameClient.open(node);
    young.send(frame('hello', { protocol: 1, token, deviceId: 1, tabId: 5, attempt: 2 }));
    await young.expect('live');
    expect(await old.socket.closed()).toBe(4405);
  });

  it('is refused to pages of other origins, without a subprotocol, and when the node is full', async () => {
    const node = await startTestNode({ PARLEY_ORIGINS: 'https://chat.example.org', PARLEY_CONNECTIONS_MAX: '1' });
    const open = (origin: string, protocol = 'parley.v1') => openSocket({ port: node.port, protocol, headers: { origin } });
    await expect(open('https://evil.example.org')).rejects.toThrow('403');
    await expect(open('https://chat.example.org', 'chat')).rejects.toThrow('400');
    const own = await open(`http://127.0.0.1:${node.port}`);
    await expect(open('https://chat.example.org')).rejects.toThrow('503');
    own.destroy();
    await expect.poll(() => open('https://chat.example.org').then((socket) => socket.protocol)).toBe('parley.v1');
  });
});
