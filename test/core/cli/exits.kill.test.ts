// How a server ends: with 70 where something impossible was found, within ten seconds whatever its clients do.
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { Tag, writeEventKey } from '../../../core/model/keys.ts';
import { partitionOf, slotOf } from '../../../core/model/partition.ts';
import { RowBatch } from '../../../core/model/row-batch.ts';
import { readFence, writeFence } from '../../../core/model/values.ts';
import { FrameWriter } from '../../../core/protocol/writer.ts';
import { openEmbeddedStore } from '../../../core/store/embedded/embedded-store.ts';
import { type GetResult, Table, type WriteOutcome } from '../../../core/store/port.ts';
import { FrameClient, frame } from '../../_util/test-node.ts';
import { newDirectory, parley, type Server, serve } from './parley.ts';

const stopMsMax = 10_000;

async function call(server: Server, token: string, method: string, path: string, key = ''): Promise<Response> {
  const headers = { authorization: `Bearer ${token}`, 'idempotency-key': key };
  return fetch(`${server.url}v1/${path}`, { method, headers, ...(method === 'POST' ? { body: '{"body":"note"}' } : {}) });
}

/** Takes one event out of a stopped store, as damage that no checksum shows. */
async function removeEvent(directory: string, user: number, seq: number): Promise<void> {
  const store = await openEmbeddedStore(directory);
  const [partition, slot] = [partitionOf(user), slotOf(user)];
  const fenceKey = Uint8Array.of(partition >> 8, partition & 255, slot, Tag.fence);
  const found = await new Promise<GetResult>((resolve) => store.get(Table.users, fenceKey, resolve));
  const expectedFence = found.kind === 'ok' ? found.value : null;
  if (expectedFence === null) throw new Error('no fence');
  const writer = new FrameWriter();
  const fence = readFence(expectedFence);
  writeFence(writer, { ...fence, batch: fence.batch + 1 });
  const batch = new RowBatch();
  batch.put(Table.users, fenceKey, writer.copy());
  writer.reset();
  writeEventKey(writer, partition, slot, user, user, seq);
  batch.delete(Table.users, writer.copy());
  const request = { id: 1, table: Table.users, partition, slot, fenceKey, expectedFence, ops: batch.bytes.slice(), opCount: batch.count };
  expect(await new Promise<WriteOutcome>((resolve) => store.write(request, resolve))).toEqual({ kind: 'ok' });
  await new Promise<void>((resolve) => store.close(resolve));
}

it('ends with 70 and says why when a row cannot be, and the next start serves everyone else', async () => {
  const directory = newDirectory();
  const first = await serve(directory);
  const token = parley(['token', 'ann', '--data', directory]).out.trim();
  const { id } = (await (await call(first, token, 'GET', 'me')).json()) as { id: number };
  const messages = `conversations/${id}-${id}/messages`;
  for (const key of ['1', '2', '3']) expect((await call(first, token, 'POST', messages, key)).status).toBe(201);
  first.kill('SIGKILL');
  await first.exit;
  await removeEvent(directory, id, 2);
  const second = await serve(directory);
  await expect(call(second, token, 'GET', messages)).rejects.toThrow();
  expect(await second.exit).toBe(70);
  expect(second.log()).toMatch(/"level":60,.*a hole in a log.*a machine did what is impossible/);
  expect(parley(['store', 'check', directory])).toMatchObject({ code: 1, out: expect.stringMatching(/event 1 where 2 must be/) });
  const third = await serve(directory);
  expect((await call(third, parley(['token', 'bob', '--data', directory]).out.trim(), 'GET', 'me')).status).toBe(200);
});

it('ends with 70 on an error nobody caught', async () => {
  const thrower = 'data:text/javascript,setTimeout(() => { throw new Error("nobody catches this") }, 2500)';
  const server = await serve(newDirectory(), {}, ['--import', thrower]);
  expect(await server.exit).toBe(70);
  expect(server.log()).toMatch(/^parley serve: an error of this program: Error: nobody catches this$/m);
});

it('stops within ten seconds, in order, though clients read nothing, ask for ever or say half of something', async () => {
  const server = await serve(newDirectory(), { PARLEY_STREAM_PORT: '0' });
  const reader = await FrameClient.login(server, 'ann');
  const conversation = { conversationA: reader.user, conversationB: reader.user };
  for (let clientSeq = 1; clientSeq <= 20; clientSeq++) {
    reader.send(
      frame('send', { ...conversation, senderIdLow: 1, clientSeq, sendIdLow: clientSeq, kind: 1, body: new Uint8Array(8_000).fill(65) }),
    );
    await reader.expect('accepted');
  }
  // Pages until the node itself holds what the kernel does not take any more.
  reader.socket.pause();
  onTestFinished(() => reader.socket.destroy());
  const isPressed = async (): Promise<boolean> =>
    /^parley_edge_pressed_total [1-9]/m.test(await (await fetch(`${server.url}metrics`)).text());
  for (let requestId = 1; !(await isPressed()); requestId++) reader.send(frame('history', { ...conversation, requestId, limit: 4 }));
  const half = connect(server.port, '127.0.0.1');
  half.on('error', () => {});
  half.write('POST /v1/poll HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nhalf');
  onTestFinished(() => void half.destroy());
  const token = await (await fetch(`${server.url}v1/dev/token`, { method: 'POST', body: '{"name":"bob"}' })).json();
  const hello = {
    type: 'hello',
    protocol: 1,
    ...(token as { token: string }),
    deviceId: 1,
    tabId: 1,
    attempt: 1,
    storeId: '0',
    epoch: 0,
    batch: 0,
  };
  const headers = { authorization: `Bearer ${hello.token}`, 'content-type': 'application/json' };
  const poll = (number: number, id: Record<string, string>, frames: unknown[]): Promise<Response> =>
    fetch(`${server.url}v1/poll`, {
      method: 'POST',
      headers: { ...headers, ...id, 'parley-poll-number': String(number) },
      body: JSON.stringify(frames),
    });
  const begun = await poll(1, {}, [hello]);
  const id = { 'parley-poll': begun.headers.get('parley-poll') ?? '' };
  const waiting = (async () => {
    for (let number = 2; ; number++) await (await poll(number, id, [])).text();
  })().catch(() => 'ended');
  const startMs = performance.now();
  server.kill('SIGTERM');
  expect(await server.exit).toBe(0);
  expect(performance.now() - startMs).toBeLessThan(stopMsMax);
  expect(await waiting).toBe('ended');
});

/** From 2.5 s after the start no write to the disk ever ends. */
const hungDisk = ['--import', "data:text/javascript,import fs from 'node:fs'; setTimeout(() => { fs.write = () => {} }, 2500)"];

async function withHungDisk(): Promise<Server> {
  const directory = newDirectory();
  const server = await serve(directory, {}, hungDisk);
  const token = parley(['token', 'ann', '--data', directory]).out.trim();
  const { id } = (await (await call(server, token, 'GET', 'me')).json()) as { id: number };
  // The first message that is not answered waits for the disk.
  for (let number = 0; number < 10_000; number++) {
    const sent = call(server, token, 'POST', `conversations/${id}-${id}/messages`, `${number}`).catch(() => null);
    if ((await Promise.race([sent, pause(1_000, 'waits')])) === 'waits') break;
  }
  return server;
}

it('ends by itself after ten seconds, and says so, when the disk never answers', async () => {
  const server = await withHungDisk();
  const startMs = performance.now();
  server.kill('SIGTERM');
  expect(await server.exit).toBe(1);
  expect(performance.now() - startMs).toBeGreaterThan(stopMsMax - 100);
  expect(server.log()).toMatch(/^parley serve: ends at once \(not stopped after 10 seconds\); the next start recovers$/m);
});

it('ends at a second signal', async () => {
  const server = await withHungDisk();
  const startMs = performance.now();
  server.kill('SIGINT');
  await pause(500);
  server.kill('SIGINT');
  expect(await server.exit).toBe(1);
  expect(performance.now() - startMs).toBeLessThan(stopMsMax);
  expect(server.log()).toMatch(/^parley serve: ends at once \(a second signal\)/m);
});
