/** The words behind `npm run bench --`: what they mean, and what is said when they make no sense. */
import { parseArgs } from 'node:util';
import { defaultLimits } from '../../core/protocol/limits.ts';
import { bodyBytesMin } from './body.ts';
import type { RunPlan } from './run-plan.ts';
import { conversationsMax } from './topology.ts';

export interface BenchArguments {
  readonly plan: RunPlan;
  /** Find the highest rate that holds; the plan's rate is where it begins. */
  readonly search: boolean;
  readonly p99MsMax: number;
  readonly pin: boolean;
  readonly json: boolean;
  readonly nodeFlags: readonly string[];
}

const rateDefault = 12_000;
/** The kernel gives a process so many files here; some are not sockets. */
const connectionsMax = 19_000;

export const help = `npm run bench -- [options]: messages a second and latency of the built server over real sockets

The built server runs on core 0 with all its threads, on a fresh directory, durable as always; a generator on core 1 logs users in and sends
messages when a timetable says so, whatever the server does (open model). Each message takes the full way: accepted, shown to the
other user, acknowledged, receipt to the sender. Latency counts from the instant a message was due.

  --rate N            messages a second [${rateDefault}]
  --search            find the highest rate that holds; --rate is where it begins. Each attempt is a run with a server of its own
  --seconds N         measured time of a run [20; with --search 8]
  --warm-up N         seconds before it [5; with --search 3]
  --connections N     users, each with one connection [1000]
  --conversations N   [half the connections: pairs]; more: every user talks to many, which spreads them over slots
  --body N            bytes of a message [100]
  --p99 N             bound of p99 send→shown in ms [100]
  --transport T       websocket: the door that clients use; stream: raw TCP, our own framing [websocket]
  --seed N            of the timetable [1]
  --no-pin            do not choose cores (figures then say little)
  --node-flags="…"    for the server's Node, e.g. --node-flags="--cpu-prof --cpu-prof-dir=/var/tmp/profile"
  --json              one JSON object as the last line
  --help

It holds (exit code 0) when nothing was lost, doubled or reordered, every receipt came, no connection was lost, at least 98 % of what was offered
was shown in time, and p99 send→shown keeps the bound. Wrong words: exit code 2.
`;

/** The arguments, or what is wrong with them; null: help is wanted. */
export function parseBenchArguments(words: readonly string[]): BenchArguments | string | null {
  try {
    return read(words);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function read(words: readonly string[]): BenchArguments | string | null {
  const { values } = parseArgs({
    args: [...words],
    strict: true,
    options: {
      rate: { type: 'string' },
      search: { type: 'boolean' },
      seconds: { type: 'string' },
      'warm-up': { type: 'string' },
      connections: { type: 'string' },
      conversations: { type: 'string' },
      body: { type: 'string' },
      p99: { type: 'string' },
      transport: { type: 'string' },
      seed: { type: 'string' },
      'no-pin': { type: 'boolean' },
      'node-flags': { type: 'string' },
      json: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help === true) return null;
  const search = values.search === true;
  const connections = whole('connections', values.connections, 1_000, 2, connectionsMax);
  const transport = values.transport ?? 'websocket';
  if (transport !== 'stream' && transport !== 'websocket') return `--transport is stream or websocket, not "${transport}"`;
  return {
    plan: {
      transport,
      connections,
      conversations: whole('conversations', values.conversations, Math.floor(connections / 2), 1, conversationsMax(connections)),
      ratePerSecond: whole('rate', values.rate, rateDefault, 1, 1_000_000),
      warmUpSeconds: whole('warm-up', values['warm-up'], search ? 3 : 5, 0, 600),
      seconds: whole('seconds', values.seconds, search ? 8 : 20, 1, 3_600),
      bodyBytes: whole('body', values.body, 100, bodyBytesMin, defaultLimits.bodyBytesMax),
      seed: whole('seed', values.seed, 1, 0, 0xffff_ffff),
    },
    search,
    p99MsMax: whole('p99', values.p99, 100, 1, 60_000),
    pin: values['no-pin'] !== true,
    json: values.json === true,
    nodeFlags: (values['node-flags'] ?? '').split(' ').filter((flag) => flag !== ''),
  };
}

/** @throws Error that names the option and its range. */
export function whole(name: string, text: string | undefined, fallback: number, min: number, max: number): number {
  if (text === undefined) return Math.min(fallback, max);
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < min || value > max)
    throw new Error(`--${name} is a whole number from ${min} to ${max}, not "${text}"`);
  return value;
}
