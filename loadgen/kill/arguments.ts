/** The words behind `npm run test:kill --`. */
import { parseArgs } from 'node:util';
import { killMutants } from './kill-mutants.ts';
import { killLimits } from './limits.ts';

export interface KillArguments {
  readonly kills: number;
  readonly seed: number;
  readonly ratePerSecond: number;
  /** '': none is wanted. */
  readonly history: string;
  /** '': the server as it is. */
  readonly mutant: string;
  readonly json: boolean;
}

export const help = `npm run test:kill -- [options]: kill -9 of the built server in the middle of open traffic, again and again

The server is a child process on a data directory of its own. Clients (the real client session over the raw stream door) write so many messages
a second, whatever the server does; it is killed, and started again at once on the same directory. Some kills come during recovery, some
within a burst of sends; beside some a client that keeps its outbox in a file is killed, too. In the end traffic stops, new devices log in,
everything comes to rest, and the logs are read back from the disk. The checkers of the simulator judge the recorded history.

  --kills N        how often [10]
  --rate N         messages a second, open model [${killLimits.rateDefault}]
  --seed S         of the instants of the kills and of who writes what to whom [1]
  --history FILE   where the history goes (NDJSON, PROTOCOL.md); "npx parley sim check FILE" judges it again
  --mutant NAME    the server with a planted fault, which must be found: ${killMutants.map(({ name }) => name).join(', ')}
  --json           one JSON object as the last line
  --help

recoverP50Ms and recoverWorstMs count from the kill to the first send that the next server accepts; readyP50Ms and readyWorstMs to the first
200 of /readyz. Exit code 0: nothing was lost, doubled or reordered, and everything came to rest · 1: something is wrong (it is said in words;
the directory with data and history is kept) · 2: wrong arguments
`;

/** The arguments, or what is wrong with them; null: help is wanted. */
export function parseKillArguments(words: readonly string[]): KillArguments | string | null {
  try {
    return read(words);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function read(words: readonly string[]): KillArguments | string | null {
  const { values } = parseArgs({
    args: [...words],
    strict: true,
    options: {
      kills: { type: 'string' },
      rate: { type: 'string' },
      seed: { type: 'string' },
      history: { type: 'string' },
      mutant: { type: 'string' },
      json: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help === true) return null;
  const mutant = values.mutant ?? '';
  if (mutant !== '' && !killMutants.some(({ name }) => name === mutant)) {
    return `there is no mutant "${mutant}"; there are ${killMutants.map(({ name }) => name).join(', ')}`;
  }
  return {
    kills: whole('kills', values.kills, 10, 1, 10_000),
    seed: whole('seed', values.seed, 1, 0, 0xffff_ffff),
    ratePerSecond: whole('rate', values.rate, killLimits.rateDefault, 1, 20_000),
    history: values.history ?? '',
    mutant,
    json: values.json === true,
  };
}

/** @throws Error that names the option and its range. */
function whole(name: string, text: string | undefined, fallback: number, min: number, max: number): number {
  if (text === undefined) return fallback;
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < min || value > max)
    throw new Error(`--${name} is a whole number from ${min} to ${max}, not "${text}"`);
  return value;
}
