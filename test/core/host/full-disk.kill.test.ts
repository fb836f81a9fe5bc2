// Goal: a disk that is really full costs nothing that was accepted. Method: the built server on a small disk of its own; people write until
// nothing can be appended; then room is made, with the server alive or after kill -9, and every log is read back.
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { expect, it, type TestContext } from 'vitest';
import type { Parley } from '../../../core/client/api.ts';
import { ErrorCode } from '../../../core/protocol/generated/codes.ts';
import { FrameType } from '../../../core/protocol/generated/frame-type.ts';
import { encodeUtf8 } from '../../../core/protocol/utf8.ts';
import { mountSmallDisk, type SmallDisk } from '../../_util/small-disk.ts';
import { developmentToken, direct, FrameClient, frame } from '../../_util/test-node.ts';
import { parley, type Server, serve } from '../cli/parley.ts';
import { signIn } from '../client/two-users.ts';

const mebibyte = 1024 * 1024;
const diskBytes = 1024 * mebibyte;
/** Left at first: one journal file of 64 MiB, and what the index soon takes. The rest is given back later. */
const roomBytes = 76 * mebibyte;
/** How long the disk may take to fill, and the server to notice that there is room. */
const fullMsMax = 180_000;
const roomMsMax = 30_000;
const peopleCount = 24;
const sendsAtOnce = 4;
const names = Array.from({ length: peopleCount }, (_, index) => `person-${index}`);

interface Sent {
  readonly conversation: string;
  readonly text: string;
  /** 0: no answer yet. */
  seq: number;
}

/** Everyone writes to the next one, random text, which no index can compress. */
class Writers {
  readonly sent: Sent[] = [];
  private readonly loops: Promise<void>[] = [];
  private stopped = false;

  start(people: readonly Parley[], ids: readonly number[]): void {
    people.forEach((person, index) => {
      const peer = ids[(index + 1) % ids.length] ?? 0;
      for (let n = 0; n < sendsAtOnce; n++) {
        const loop = this.write(person, ids[index] ?? 0, peer);
        // Told by `stop`; a test that failed before closes the clients.
        loop.catch(() => {});
        this.loops.push(loop);
      }
    });
  }

  /** Resolves when every send has its answer. */
  async stop(): Promise<void> {
    this.stopped = true;
    await Promise.all(this.loops);
  }

  private async write(person: Parley, user: number, peer: number): Promise<void> {
    const { conversationA, conversationB } = direct(user, peer);
    while (!this.stopped) {
      const sent: Sent = { conversation: `${conversationA}-${conversationB}`, text: randomBytes(3_900).toString('hex'), seq: 0 };
      this.sent.push(sent);
      sent.seq = (await person.conversation(peer).send(sent.text)).seq;
    }
  }
}

async function ready(server: Server): Promise<number> {
  return (await fetch(`${server.url}readyz`)).status;
}

/** Codes of what a send is answered, until it is accepted or three answers came. */
async function answersToSend(server: Server, name: string): Promise<number[]> {
  const client = await FrameClient.login(server, name, 99);
  const send = { ...direct(client.user, client.user), senderIdLow: 9, clientSeq: 1, sendIdLow: 7, kind: 1, body: encodeUtf8('note') };
  const codes: number[] = [];
  while (codes.length < 3 && !codes.includes(ErrorCode.ok)) {
    client.send(frame('send', send));
    for (;;) {
      const answer = await client.next();
      if (answer?.type === FrameType.retry) codes.push(answer.code);
      else if (answer?.type === FrameType.accepted) codes.push(ErrorCode.ok);
      else if (answer === null) throw new Error('the connection is gone');
      else continue;
      break;
    }
  }
  client.socket.destroy();
  return codes;
}

interface Page {
  readonly events: readonly { readonly seq: number; readonly body: string }[];
  readonly more: boolean;
}

/** Asks until the node can read: its index may be opened anew and catch up. */
async function get<Answer>(server: Server, token: string, path: string): Promise<Answer> {
  const endMs = Date.now() + roomMsMax;
  for (;;) {
    const answer = await fetch(`${server.url}v1/${path}`, { headers: { authorization: `Bearer ${token}` } });
    if (answer.status === 200) return (await answer.json()) as Answer;
    if (answer.status !== 503 || Date.now() > endMs) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

/** The log of a conversation: text → seq. A text that stands there twice, or a hole, fails the test. */
async function readLog(server: Server, token: string, conversation: string): Promise<Map<string, number>> {
  const log = new Map<string, number>();
  for (let seq = 0, more = true; more; ) {
    const page = await get<Page>(server, token, `conversations/${conversation}/messages?after=${seq}&limit=200`);
    for (const event of page.events) {
      expect(event.seq).toBe(++seq);
      expect(log.has(event.body)).toBe(false);
      log.set(event.body, seq);
    }
    more = page.more;
  }
  return log;
}

async function expectAllThere(server: Server, sent: readonly Sent[]): Promise<void> {
  for (const [index, name] of names.entries()) {
    const token = await developmentToken(server, name);
    const peer = names[(index + 1) % names.length] ?? '';
    const [own, others] = [
      await get<{ id: number }>(server, token, 'me'),
      await get<{ users: { id: number }[] }>(server, token, `users?name=${peer}`),
    ];
    const { conversationA, conversationB } = direct(own.id, others.users[0]?.id ?? 0);
    const conversation = `${conversationA}-${conversationB}`;
    const log = await readLog(server, token, conversation);
    const theirs = sent.filter((entry) => entry.conversation === conversation && entry.seq > 0);
    for (const { text, seq } of theirs) expect(log.get(text), `${conversation}: accepted at ${seq}`).toBe(seq);
  }
}

/** A server on a disk that then runs full while people write. */
async function fillByWriting(
  context: TestContext,
): Promise<{ disk: SmallDisk; server: Server; data: string; writers: Writers; giveRoom(): void }> {
  const disk = mountSmallDisk(context, diskBytes);
  const giveRoom = disk.fill(roomBytes);
  const data = join(disk.path, 'data');
  const server = await serve(data);
  const people = await Promise.all(names.map((name) => signIn(server, name)));
  const ids = people.map((person) => person.me?.id ?? 0);
  const writers = new Writers();
  writers.start(people, ids);
  await expect.poll(() => ready(server), { timeout: fullMsMax }).toBe(503);
  expect((await fetch(`${server.url}healthz`)).status).toBe(200);
  return { disk, server, data, writers, giveRoom };
}

it('a server on a full disk lives, tells senders to come again, and goes on by itself when there is room', async (context) => {
  const { server, data, writers, giveRoom } = await fillByWriting(context);
  const codes = await answersToSend(server, names[0] ?? '');
  expect(codes.length).toBe(3);
  for (const code of codes) expect([ErrorCode.unavailable, ErrorCode.delayed, ErrorCode.busy]).toContain(code);
  expect(await ready(server)).toBe(503);
  giveRoom();
  await expect.poll(() => ready(server), { timeout: roomMsMax }).toBe(200);
  await writers.stop();
  expect(writers.sent.filter(({ seq }) => seq === 0)).toEqual([]);
  expect(server.log()).toMatch(/nothing can be appended: no room.*the journal is written again/s);
  await expectAllThere(server, writers.sent);
  server.kill('SIGTERM');
  expect(await server.exit).toBe(0);
  expect(parley(['store', 'check', data])).toEqual({ code: 0, out: expect.stringMatching(/ holds: /), error: expect.any(String) });
});

it('a server that is killed on a full disk says what it lacks, and has everything when there is room', async (context) => {
  const { server, data, writers, giveRoom } = await fillByWriting(context);
  server.kill('SIGKILL');
  await server.exit;
  const environment = { PARLEY_PORT: String(server.port) };
  const refused = parley(['serve', '--data', data], environment);
  expect(refused).toMatchObject({ code: 1, error: expect.stringMatching(/^parley serve: store \S+: .*(no room|No space left)/m) });
  giveRoom();
  const again = await serve(data, environment);
  await writers.stop();
  await expectAllThere(again, writers.sent);
});
