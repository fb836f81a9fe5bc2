/**
 * The corpus against the built server over real sockets from several source addresses.
 *
 * Method: attack number i has its own corpus from (seed, i); a fixed number are under way at once. Memory is compared between the
 * first tenth, when everything is warm, and the end.
 */
import { type Attack, badJson, beforeHello, brokenRuns, brokenTransport, loggedIn, type Target } from './attacks.ts';
import { Corpus } from './corpus.ts';
import { badPolls, badRequests } from './http-attacks.ts';
import { tryNormalClients } from './normal-client.ts';
import { ServerProcess } from './server-process.ts';

/** Enough that no user has too many sessions. */
const usersCount = 60;
const attacksAtOnce = 48;
const sourceAddresses = 32;
/** The server's resident memory may grow by so much from the first tenth to the end: what it stored, with the index's caches. */
export const rssGrowthMbMax = 96;

/** How often of 1,000. */
const mix: readonly (readonly [number, string, Attack])[] = [
  [270, 'beforeHello', beforeHello],
  [450, 'loggedIn', loggedIn],
  [60, 'brokenRuns', brokenRuns],
  [60, 'badJson', badJson],
  [40, 'brokenTransport', brokenTransport],
  [90, 'badRequests', badRequests],
  [30, 'badPolls', badPolls],
];

export interface ServerFuzzResult {
  readonly frames: number;
  readonly attacks: number;
  readonly crashes: number;
  readonly unanswered: number;
  /** Number and kind of the first attacks that were not answered: replay by seed. */
  readonly examples: readonly string[];
  /** How the attacks were answered: kind and answer → count. */
  readonly answers: Readonly<Record<string, number>>;
  /** Resident memory of the server after each tenth, and at the end. */
  readonly rssMb: readonly number[];
  /** From the first to the last of them. */
  readonly rssGrowthMb: number;
  /** '' when ordinary clients were served afterwards. */
  readonly afterwards: string;
}

export async function fuzzServer(seed: number, framesWanted: number): Promise<ServerFuzzResult> {
  const server = await ServerProcess.start();
  try {
    const tokens = await tokensFor(server.port, usersCount, 'fuzz');
    const target = { port: server.port, streamPort: server.streamPort, tokens, users: [] };
    return await attackAll(server, target, seed, framesWanted);
  } finally {
    await server.stop();
  }
}

async function attackAll(server: ServerProcess, target: Target, seed: number, framesWanted: number): Promise<ServerFuzzResult> {
  const answers: Record<string, number> = {};
  const examples: string[] = [];
  let frames = 0;
  let attacks = 0;
  let crashes = 0;
  let unanswered = 0;
  const rssMb: number[] = [];
  const worker = async (): Promise<void> => {
    while (frames < framesWanted && server.died === '') {
      const number = ++attacks;
      const corpus = new Corpus(seed, number);
      const [name, attack] = chooseAttack(corpus);
      const result = await attack(target, corpus, `127.0.0.${2 + (number % sourceAddresses)}`);
      frames += result.frames;
      const key = `${name}: ${result.answer === '' ? 'none' : result.answer}`;
      answers[key] = (answers[key] ?? 0) + 1;
      if (result.answer === '') unanswered++;
      if (result.answer.startsWith('crash')) crashes++;
      if ((result.answer === '' || result.answer.startsWith('crash')) && examples.length < 10) examples.push(`${number} ${key}`);
      if (frames > (rssMb.length + 1) * (framesWanted / 10) && server.died === '') rssMb.push(server.rssMb());
    }
  };
  await Promise.all(Array.from({ length: attacksAtOnce }, worker));
  const afterwards =
    server.died === ''
      ? await tryNormalClients({ ...target, tokens: await tokensFor(server.port, 2, 'ordinary') })
      : `the server died: ${server.died}`;
  if (server.died !== '') crashes++;
  if (server.died === '') rssMb.push(server.rssMb());
  return { frames, attacks, crashes, unanswered, examples, answers, rssMb, rssGrowthMb: rssMb[rssMb.length - 1] - rssMb[0], afterwards };
}

function chooseAttack(corpus: Corpus): readonly [string, Attack] {
  let draw = corpus.random.below(mix.reduce((sum, [weight]) => sum + weight, 0));
  for (const [weight, name, attack] of mix) {
    if (draw < weight) return [name, attack];
    draw -= weight;
  }
  throw new Error('the mix is empty');
}

/** Development tokens of so many users. */
function tokensFor(port: number, count: number, prefix: string): Promise<string[]> {
  return Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const body = JSON.stringify({ name: `${prefix}-${index}` });
      const response = await fetch(`http://127.0.0.1:${port}/v1/dev/token`, {
        method: 'POST',
        body,
        headers: { 'content-type': 'application/json' },
      });
      const answer = (await response.json()) as { token: string };
      return answer.token;
    }),
  );
}
