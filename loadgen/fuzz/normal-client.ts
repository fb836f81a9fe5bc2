/** Two ordinary users after the storm: one writes, the other reads it. */
import {
  type AcceptedFrame,
  decodeFrame,
  encodeFrames,
  encodeUtf8,
  type Frame,
  FrameType,
  newSend,
  RunReader,
} from '../../core/protocol/index.ts';
import { helloFor, type Target } from './attacks.ts';
import { Corpus } from './corpus.ts';
import { openRawSocket, type RawSocket } from './raw-socket.ts';

const answerMs = 10_000;

interface LoggedIn {
  readonly socket: RawSocket;
  readonly user: number;
}

/** '' when all went well, else what did not. */
export async function tryNormalClients(target: Target): Promise<string> {
  const corpus = new Corpus(Date.now());
  const alice = await login(target, target.tokens[0], corpus);
  const bob = await login(target, target.tokens[1], corpus);
  if (alice === null || bob === null) return 'an ordinary client cannot log in';
  const send = newSend();
  send.conversationA = Math.min(alice.user, bob.user);
  send.conversationB = Math.max(alice.user, bob.user);
  send.senderIdHigh = corpus.random.u32();
  send.senderIdLow = corpus.random.u32();
  send.clientSeq = 1;
  send.sendIdHigh = corpus.random.u32();
  send.sendIdLow = corpus.random.u32();
  send.kind = 1;
  send.body = encodeUtf8('still there?');
  const arrives = bob.socket.until(
    (bytes) => framesOf(bytes).some((frame) => frame.type === FrameType.event && frame.sendIdLow === send.sendIdLow),
    answerMs,
  );
  const isOurs = (frame: Frame): frame is AcceptedFrame => frame.type === FrameType.accepted && frame.sendIdLow === send.sendIdLow;
  const accepted = alice.socket.until((bytes) => framesOf(bytes).some(isOurs), answerMs);
  alice.socket.message(encodeFrames([send]));
  const [gotAccepted, gotEvent] = await Promise.all([accepted, arrives]);
  alice.socket.destroy();
  bob.socket.destroy();
  if (!gotAccepted) return "an ordinary client's send is not accepted";
  return gotEvent ? '' : 'an ordinary client does not receive';
}

async function login(target: Target, token: string, corpus: Corpus): Promise<LoggedIn | null> {
  const socket = await openRawSocket({ port: target.port, localAddress: '127.0.0.1', protocol: 'parley.v1' }, answerMs);
  if (socket === null) return null;
  let user = 0;
  let live = false;
  const seen = socket.until((bytes) => {
    for (const frame of framesOf(bytes)) {
      if (frame.type === FrameType.welcome) user = frame.user;
      if (frame.type === FrameType.live) live = true;
    }
    return user > 0 && live;
  }, answerMs);
  socket.message(encodeFrames([helloFor(corpus, token)]));
  return (await seen) ? { socket, user } : null;
}

function framesOf(message: Uint8Array): Frame[] {
  const run = new RunReader(message.length);
  run.reset(message);
  const found: Frame[] = [];
  while (run.next()) {
    const frame = decodeFrame(message, run.frameStart, run.frameEnd);
    if ('type' in frame) found.push(frame);
  }
  return found;
}
