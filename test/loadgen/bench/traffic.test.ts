// Goal: the benchmark's sessions run the full flow against a real node over both doors without a fault; and against a server that is made up they
// fetch what is missing, and find what it doubles, reorders, changes or keeps for itself.
import { createServer, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { encodeFrames } from '../../../core/protocol/codec.ts';
import { FrameType } from '../../../core/protocol/generated/frame-type.ts';
import type { Frame } from '../../../core/protocol/generated/frames.ts';
import { StreamSplitter } from '../../../core/protocol/stream.ts';
import { BenchSession } from '../../../loadgen/bench/bench-session.ts';
import type { SocketTarget } from '../../../loadgen/bench/bench-socket.ts';
import { writeNumbersInBody } from '../../../loadgen/bench/body.ts';
import { Timetable } from '../../../loadgen/bench/timetable.ts';
import { signToken } from '../../../loadgen/bench/tokens.ts';
import { Topology } from '../../../loadgen/bench/topology.ts';
import { Traffic } from '../../../loadgen/bench/traffic.ts';
import { frame, framesOf, startTestNode } from '../../_util/test-node.ts';

const none = { lost: 0, doubled: 0, reordered: 0, contradicted: 0, receiptsMissing: 0 };
const secret = 'a secret of the test that is long enough';
const runWord = 0xabcd_1234;

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2));
}

async function logIn(users: number, conversations: number, target: SocketTarget): Promise<Traffic> {
  const traffic = new Traffic(new Topology(users, conversations), { bodyBytes: 100, runWord });
  onTestFinished(() => {
    traffic.close();
    for (const session of traffic.sessions) session.close();
  });
  for (let user = 0; user < users; user++) {
    traffic.sessions.push(new BenchSession(traffic, user, target, signToken(secret, `user-${user}`)));
  }
  await until(() => traffic.sessions.every((session) => session.state !== 'connecting'));
  expect(traffic.oddities).toEqual(new Map());
  return traffic;
}

describe('against a real node', () => {
  it.each([
    ['stream', 20, 10],
    ['websocket', 20, 150],
  ] as const)('by %s, %d users with %d conversations', async (transport, users, conversations) => {
    const node = await startTestNode({ PARLEY_JWT_SECRET: secret, PARLEY_CREATE_USERS: 'true' });
    const port = transport === 'stream' ? node.streamPort : node.port;
    const traffic = await logIn(users, conversations, { transport, port, localAddress: '127.0.0.1' });
    traffic.start(new Timetable(1, 1_000, traffic.topology.lanes), 1);
    traffic.measures.openWindow(traffic.measures.startedUs, traffic.measures.startedUs + 1_000_000);
    await until(() => traffic.isSettled);
    const { measures } = traffic;
    expect(traffic.check.faults()).toEqual(none);
    expect(traffic.oddities).toEqual(new Map());
    expect(measures.plannedCount).toBeGreaterThan(800);
    const counts = [measures.shownTotal, measures.acceptedTotal, measures.shownUs.count, measures.acceptedUs.count];
    expect(counts).toEqual(counts.map(() => measures.plannedCount));
    expect(measures.shownUs.quantile(0.5)).toBeGreaterThan(100);
    expect(measures.shownUs.quantile(0.5)).toBeLessThan(measures.shownUs.max + 1);
    // The acknowledgements' confirmations come within a second or so.
    await until(() => traffic.acks.openCount() === 0);
  });

  it('says why it cannot log in', async () => {
    const node = await startTestNode({ PARLEY_JWT_SECRET: secret });
    const traffic = new Traffic(new Topology(2, 1), { bodyBytes: 100, runWord });
    const session = new BenchSession(traffic, 0, { transport: 'stream', port: node.streamPort, localAddress: '127.0.0.1' }, 'no token');
    await until(() => session.state === 'lost');
    expect(session.farewell).toContain('tokenInvalid');
    expect([...traffic.oddities.keys()].join()).toContain('connection lost: tokenInvalid');
  });
});

/** A server that says to its users what the test tells it. */
class MadeUpServer {
  port = 0;
  readonly sockets: Socket[] = [];
  /** All frames it got, but hello. */
  readonly got: Frame[] = [];

  async listen(): Promise<void> {
    const server = createServer((socket) => this.accept(socket));
    onTestFinished(() => {
      for (const socket of this.sockets) socket.destroy();
      server.close();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    if (typeof address === 'object' && address !== null) this.port = address.port;
  }

  say(user: number, ...frames: Frame[]): void {
    const run = encodeFrames(frames);
    const head = Buffer.alloc(4);
    head.writeUInt32BE(run.length);
    this.sockets[user].write(Buffer.concat([head, run]));
  }

  private accept(socket: Socket): void {
    const splitter = new StreamSplitter(100_000);
    const user = this.sockets.push(socket) - 1;
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk: Uint8Array) => {
      splitter.push(chunk, (bytes, start, end) => {
        for (const one of framesOf(bytes.slice(start, end))) {
          if (one.type !== FrameType.hello) this.got.push(one);
          else this.say(user, frame('welcome', { protocol: 1, user: user + 1, name: 'somebody', storeIdLow: 1 }), frame('live'));
        }
      });
    });
  }
}

/** Event `seq`, which is message `number` of user 0 to user 1. */
function event(seq: number, number: number) {
  const body = new Uint8Array(100).fill(0x2e);
  writeNumbersInBody(body, 0, number);
  return { seq, messageNo: seq, timestamp: 1, kind: 1, author: 1, senderIdHigh: runWord, senderIdLow: 0, clientSeq: number, body };
}

const direct = { conversationA: 1, conversationB: 2 };

describe('against a server that is made up', () => {
  async function begin(sent: number): Promise<{ server: MadeUpServer; traffic: Traffic }> {
    const server = new MadeUpServer();
    await server.listen();
    const traffic = await logIn(2, 1, { transport: 'stream', port: server.port, localAddress: '127.0.0.1' });
    for (let number = 1; number <= sent; number++) traffic.outbox.due(0, number, 0);
    await until(() => server.got.length === sent);
    for (let number = 1; number <= sent; number++) accept(server, number);
    await until(() => traffic.outbox.open === 0);
    return { server, traffic };
  }

  function accept(server: MadeUpServer, number: number): void {
    const sends = server.got.filter((one) => one.type === FrameType.send);
    const send = sends.find((one) => one.clientSeq === number);
    if (send !== undefined) server.say(0, { ...frame('accepted'), ...identity(send), seq: number });
  }

  function identity(send: Extract<Frame, { type: typeof FrameType.send }>) {
    const { senderIdHigh, senderIdLow, clientSeq, sendIdHigh, sendIdLow } = send;
    return { ...direct, senderIdHigh, senderIdLow, clientSeq, sendIdHigh, sendIdLow };
  }

  const showBoth = (server: MadeUpServer, ...events: ReturnType<typeof event>[]): void => {
    for (const user of [0, 1]) server.say(user, ...events.map((one) => frame('event', { ...direct, ...one })));
  };

  it('acknowledges what it shows, and takes the receipt', async () => {
    const { server, traffic } = await begin(2);
    showBoth(server, event(1, 1), event(2, 2));
    const acks = () => server.got.filter((one) => one.type === FrameType.ack);
    await until(() => acks().length > 0);
    expect(acks()).toEqual([frame('ack', { ...direct, seq: 2 })]);
    expect(traffic.check.faults()).toMatchObject({ ...none, receiptsMissing: 1 });
    server.say(0, frame('receipt', { ...direct, user: 2, delivered: 2 }));
    await until(() => traffic.check.faults().receiptsMissing === 0);
    expect(traffic.check.faults()).toEqual(none);
  });

  it('fetches what is missing before it shows what follows', async () => {
    const { server, traffic } = await begin(3);
    server.say(1, frame('event', { ...direct, ...event(1, 1) }), frame('event', { ...direct, ...event(3, 3) }));
    const sync = () => server.got.find((one) => one.type === FrameType.sync);
    await until(() => sync() !== undefined);
    expect(sync()).toMatchObject({ items: [{ ...direct, afterSeq: 1 }] });
    expect(traffic.check.cursor[1]).toBe(1);
    const events = [event(2, 2), event(3, 3)].map((one) => ({ ...frame('event'), ...one }));
    server.say(1, frame('page', { requestId: 1, ...direct, headSeq: 3, headOthersNo: 3, watermarks: [], events }));
    await until(() => traffic.check.cursor[1] === 3);
    expect([traffic.check.doubled, traffic.check.reordered, traffic.fetches]).toEqual([0, 0, 1]);
  });

  it('finds a doubled message', async () => {
    const { server, traffic } = await begin(1);
    showBoth(server, event(1, 1), event(2, 1));
    await until(() => traffic.check.cursor[0] === 2 && traffic.check.cursor[1] === 2);
    expect(traffic.check.faults()).toMatchObject({ lost: 0, doubled: 2 });
  });

  it('finds messages out of order, and at other places than accepted', async () => {
    const { server, traffic } = await begin(3);
    showBoth(server, event(1, 1), event(2, 3), event(3, 2));
    await until(() => traffic.check.cursor[0] === 3 && traffic.check.cursor[1] === 3);
    expect(traffic.check.faults()).toMatchObject({ lost: 0, doubled: 0, reordered: 2 });
  });

  it('finds a lost message', async () => {
    const { server, traffic } = await begin(2);
    showBoth(server, event(1, 1));
    await until(() => traffic.check.cursor[0] === 1 && traffic.check.cursor[1] === 1);
    expect(traffic.check.faults()).toMatchObject({ lost: 1, doubled: 0, reordered: 0 });
    expect(traffic.isSettled).toBe(false);
  });

  it('finds another body, answers that have no place, and what is no frame', async () => {
    const { server, traffic } = await begin(1);
    server.say(1, frame('event', { ...direct, ...event(1, 1), clientSeq: 2 }));
    server.say(1, frame('event', { ...direct, ...event(1, 1), senderIdHigh: 1 }));
    server.say(0, frame('rejected', { ...direct, clientSeq: 1 }));
    server.sockets[0].write(new Uint8Array([0, 0, 0, 2, 1, FrameType.accepted]));
    await until(() => traffic.oddities.size === 4);
    expect([...traffic.oddities.keys()].sort()).toEqual([
      'event of somebody else',
      'event with another body or for somebody else',
      'malformed accepted',
      'rejected',
    ]);
  });

  it('counts a connection that ends', async () => {
    const { server, traffic } = await begin(1);
    server.sockets[1].destroy();
    await until(() => traffic.lostConnections === 1);
    expect(traffic.sessions[1].state).toBe('lost');
  });
});
