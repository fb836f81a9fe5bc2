/** `npm run test:fuzz`: malformed frames against the codec and against the built server. */
import { wordsOrExit } from '../../sim/cli/words.ts';
import { fuzzCodec } from './codec-fuzz.ts';
import { fuzzServer, rssGrowthMbMax } from './server-fuzz.ts';

const help = `npm run test:fuzz -- [options]: malformed frames against the codec, and as many against the built server

  --frames N   so many of each [100000]
  --seed S     of the frames [1]
  --json       the JSON object on one line
  --help

Exit codes: 0 nothing crashed, everything was answered or closed by code, memory stayed within its bound, and ordinary clients are served
afterwards · 1 not so · 2 wrong arguments
`;

async function main(): Promise<void> {
  const { frames: framesWanted, seed, json } = wordsOrExit(help, { frames: 100_000, seed: 1, json: false });
  const started = performance.now();
  const codec = fuzzCodec(seed, framesWanted);
  const codecSeconds = secondsSince(started);
  const server = await fuzzServer(seed, framesWanted);
  const crashes = codec.crashes + server.crashes;
  const { rssGrowthMb } = server;
  const ok = crashes === 0 && server.unanswered === 0 && server.afterwards === '' && rssGrowthMb <= rssGrowthMbMax;
  const summary = { ok, frames: server.frames, crashes, unanswered: server.unanswered, seed, seconds: secondsSince(started), codecSeconds };
  const result = { ...summary, attacks: server.attacks, rssGrowthMb, rssGrowthMbMax, codec, server };
  if (!json) console.log(JSON.stringify(result, null, 2));
  else console.log(JSON.stringify(result));
  if (!ok) process.exitCode = 1;
}

function secondsSince(started: number): number {
  return Math.round((performance.now() - started) / 100) / 10;
}

await main();
