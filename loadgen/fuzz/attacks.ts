/**
 * What the fuzzer does to a server: each attack is one connection or request, and says how it was answered.
 *
 * Method: frames that a server may take come first, then hostile ones, at last one that no server may take: so each connection must be
 * ended, with a typed `error` frame or a close code. What breaks WebSocket itself may be ended by the transport alone.
 */
import { closeCodeOf, decodeFrame, encodeFrames, FrameType, FrameWriter, newHello, RunReader } from '../../core/protocol/index.ts';
import type { Corpus } from './corpus.ts';
import { jsonText } from './json-corpus.ts';
import type { Opened } from './opened.ts';
import { openRawSocket } from './raw-socket.ts';
import { openRawStream } from './raw-stream.ts';

export interface Target {
  readonly port: number;
  readonly streamPort: number;
  readonly tokens: readonly string[];
  /** Users that logged in; grows. */
  readonly users: number[];
}

export interface Answer {
  /** Frames (or requests) sent. */
  readonly frames: number;
  /** `error` name or status by which it was answered; '': it was not. */
  readonly answer: string;
}

export type Attack = (target: Target, corpus: Corpus, localAddress: string) => Promise<Answer>;

const answerMs = 10_000;
const messageBytesMax = 64 * 1024;
const usersMax = 60;
/** A frame of the server's side: no server may take it. */
const fatalFrame = Uint8Array.from([FrameType.pong]);

/** Hostile frames where a hello belongs. */
export const beforeHello: Attack = async ({ port }, corpus, localAddress) => {
  const opened = await openRawSocket({ port, localAddress, protocol: 'parley.v1' }, answerMs);
  if (opened === null) return unanswered;
  const run = new FrameWriter();
  const frames = addFrames(run, corpus, corpus.random.between(1, 4));
  opened.message(run.copy());
  opened.message(Uint8Array.from([1, ...fatalFrame]));
  return ended(opened, frames + 1);
};

/** A session that goes wrong. */
export const loggedIn: Attack = async (target, corpus, localAddress) => {
  const isStream = corpus.random.permille(400);
  const opened = isStream
    ? await openRawStream(target.streamPort, localAddress)
    : await openRawSocket({ port: target.port, localAddress, protocol: 'parley.v1' }, answerMs);
  if (opened === null) return unanswered;
  opened.message(encodeFrames([helloFor(corpus, corpus.pick(target.tokens))]));
  let user = 0;
  const seen = opened.until((bytes) => {
    user = userIn(bytes);
    return user > 0;
  }, answerMs);
  if (!(await seen)) return ended(opened, 1);
  if (target.users.length < usersMax && !target.users.includes(user)) target.users.push(user);
  const run = new FrameWriter();
  const valid = addFrames(run, corpus, corpus.random.below(16), [user, corpus.pick(target.users)]);
  const frames = addFrames(run, corpus, corpus.random.between(1, 3));
  opened.message(run.copy());
  opened.message(Uint8Array.from([1, ...fatalFrame]));
  return ended(opened, 1 + valid + frames + 1, hasFrame(run.view(), FrameType.goodbye));
};

/** Messages whose run of frames is wrong, at both doors. */
export const brokenRuns: Attack = async (target, corpus, localAddress) => {
  const opened = corpus.random.permille(500)
    ? await openRawStream(target.streamPort, localAddress)
    : await openRawSocket({ port: target.port, localAddress, protocol: 'parley.v1' }, answerMs);
  if (opened === null) return unanswered;
  const message = corpus.brokenRun();
  opened.message(message);
  return ended(opened, 1, hasFrame(message, FrameType.goodbye));
};

/** Hostile JSON, then text that is no JSON. */
export const badJson: Attack = async ({ port }, corpus, localAddress) => {
  const opened = await openRawSocket({ port, localAddress, protocol: 'parley.v1.json' }, answerMs);
  if (opened === null) return unanswered;
  const count = corpus.random.between(1, 3);
  for (let sent = 0; sent < count; sent++) opened.text(jsonText(corpus).slice(0, messageBytesMax - 8));
  opened.text('{"type":');
  return ended(opened, count + 1);
};

/** Bytes that break WebSocket or the stream's framing: the transport may just end it. */
export const brokenTransport: Attack = async (target, corpus, localAddress) => {
  const { random } = corpus;
  if (random.permille(300)) {
    const stream = await openRawStream(target.streamPort, localAddress);
    if (stream === null) return unanswered;
    stream.raw(Uint8Array.from([0xff, random.below(256), random.below(256), random.below(256), ...corpus.noise(100)]));
    return ended(stream, 1);
  }
  const opened = await openRawSocket({ port: target.port, localAddress, protocol: 'parley.v1' }, answerMs);
  if (opened === null) return unanswered;
  const bad = [
    // unmasked · reserved bits · unknown opcode · continuation of nothing · a length of 2^63 - 1 · text where bytes belong
    [0x82, 0x01, 0x0d],
    [0xf2, 0x81, 0, 0, 0, 0, 0x0d],
    [0x83, 0x81, 0, 0, 0, 0, 0x0d],
    [0x80, 0x81, 0, 0, 0, 0, 0x0d],
    [0x82, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0],
    [0x81, 0x81, 0, 0, 0, 0, 0x0d],
    // a ping longer than a control frame may be
    [0x89, 0xfe, 0x01, 0x00, 0, 0, 0, 0, ...new Array<number>(256).fill(1)],
  ];
  opened.raw(Uint8Array.from(corpus.pick(bad)));
  opened.raw(Uint8Array.from([0x82, 0x82, 0, 0, 0, 0, 1, ...fatalFrame]));
  return ended(opened, 1, true);
};

const unanswered: Answer = { frames: 1, answer: '' };

/** Adds hostile frames, or those of a session about these users. */
function addFrames(run: FrameWriter, corpus: Corpus, count: number, users: readonly number[] = []): number {
  for (let added = 0; added < count; added++) {
    const bytes = users.length > 0 ? corpus.sessionFrame(users) : corpus.frame().bytes;
    if (bytes.length > 0 && run.length + bytes.length < messageBytesMax - 1024) run.framed(bytes, 0, bytes.length);
  }
  return count;
}

export function helloFor(corpus: Corpus, token: string): ReturnType<typeof newHello> {
  const hello = newHello();
  hello.protocol = 1;
  hello.token = token;
  hello.deviceId = corpus.random.id53();
  hello.tabId = corpus.random.id53();
  hello.attempt = 1;
  return hello;
}

export function hasFrame(message: Uint8Array, type: number): boolean {
  const run = new RunReader(message.length);
  run.reset(message);
  while (run.next()) if (message[run.frameStart] === type) return true;
  return false;
}

/** User of the `welcome` in a message; 0: there is none. */
function userIn(message: Uint8Array): number {
  const run = new RunReader(message.length);
  run.reset(message);
  while (run.next()) {
    const frame = decodeFrame(message, run.frameStart, run.frameEnd);
    if ('type' in frame && frame.type === FrameType.welcome) return frame.user;
  }
  return 0;
}

/** How the connection was ended: by a typed error, and at a WebSocket by the close code that belongs to it. */
async function ended(opened: Opened, frames: number, transportMayEnd = false): Promise<Answer> {
  const ending = await opened.end(answerMs);
  if (ending === null) return { frames, answer: '' };
  const error = ending.last === null ? -1 : errorCodeIn(ending.last);
  if (ending.code >= 4000 || ending.code === 1000) {
    // 1000: a goodbye was among the frames. 4499: a code without a close code of its own.
    const matches = error < 0 || (closeCodeOf(error) || 4499) === ending.code;
    return { frames, answer: matches ? String(ending.code) : '' };
  }
  if (error >= 0) return { frames, answer: `error ${error}` };
  if (ending.code > 0) return { frames, answer: String(ending.code) };
  return { frames, answer: transportMayEnd ? 'ended' : '' };
}

/** Code of the `error` frame at a message's end (binary or JSON); -1: none. */
function errorCodeIn(message: Uint8Array): number {
  if (message[0] === 0x5b || message[0] === 0x7b) return -1;
  const run = new RunReader(message.length);
  run.reset(message);
  let code = -1;
  while (run.next()) {
    const frame = decodeFrame(message, run.frameStart, run.frameEnd);
    if ('type' in frame && frame.type === FrameType.error) code = frame.code;
  }
  return code;
}
