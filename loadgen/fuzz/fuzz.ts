/**
 * `npm run test:fuzz -- --frames N --seed S --json`: N malformed frames against the codec, and N against the built server.
 *
 * Exit code 0 only when nothing crashed, everything was answered or closed by code, memory stayed within its bound, and ordinary
 * clients are served afterwards.
 */
import { parseArgs } from 'node:util';
import { fuzzCodec } from './codec-fuzz.ts';
import { fuzzServer, rssGrowthMbMax } from './server-fuzz.ts';

const framesDefault = 100_000;

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { frames: { type: 'string' }, seed: { type: 'string' }, json: { type: 'boolean' } } });
  const framesWanted = Number(values.frames ?? framesDefault);
  const seed = Number(values.seed ?? 1);
  if (!Number.isSafeInteger(framesWanted) || framesWanted < 1 || !Number.isSafeInteger(seed))
    throw new Error('--frames and --seed are whole numbers');
  const started = performance.now();
  const codec = fuzzCodec(seed, framesWanted);
  const codecSeconds = secondsSince(started);
  const server = await fuzzServer(seed, framesWanted);
  const crashes = codec.crashes + server.crashes;
  const { rssGrowthMb } = server;
  const ok = crashes === 0 && server.unanswered === 0 && server.afterwards === '' && rssGrowthMb <= rssGrowthMbMax;
  const summary = { ok, frames: server.frames, crashes, unanswered: server.unanswered, seed, seconds: secondsSince(started), codecSeconds };
  const result = { ...summary, attacks: server.attacks, rssGrowthMb, rssGrowthMbMax, codec, server };
  if (values.json !== true) console.log(JSON.stringify(result, null, 2));
  else console.log(JSON.stringify(result));
  if (!ok) process.exitCode = 1;
}

function secondsSince(started: number): number {
  return Math.round((performance.now() - started) / 100) / 10;
}

await main();
