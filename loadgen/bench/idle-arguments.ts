/** The words behind `npm run bench:idle --`. */
import { parseArgs } from 'node:util';
import { whole } from './arguments.ts';

export interface IdleArguments {
  readonly connections: number;
  /** RSS a connection that is still good. */
  readonly bytesMax: number;
  readonly json: boolean;
}

const connectionsDefault = 18_000;
/** 20,000 open files a process, less the server's own. */
const connectionsMax = 19_400;
/** From 18,000 connections on. */
const bytesMaxDefault = 2_560;
/** With fewer: what fills once, whatever the number of connections (caches, tables by slot, pools), fills during the ramp. */
const bytesMaxOfFewDefault = 8_000;

export const idleHelp = `npm run bench:idle -- [options]: memory of the server for each idle connection

The built server runs on a directory where the users exist; they log in over WebSockets and only ping. At several numbers of connections, from 5/18 of the
last to the last, the server's store comes to rest, garbage is collected (through Node's inspector, from outside), and resident memory
and heap are read. The figures are slopes over these points, so what the server needs without any connection is not in them.

  --connections N   the last number [${connectionsDefault}]
  --max-bytes N     highest RSS a connection that is good [${bytesMaxDefault}; below ${connectionsDefault} connections ${bytesMaxOfFewDefault},
                    for caches and tables of one size fill during the ramp, too]
  --json            one JSON object as the last line
  --help

It holds (exit code 0) when every user stayed logged in and the slope is at most --max-bytes. Wrong words: exit code 2.
`;

/** The arguments, or what is wrong with them; null: help is wanted. */
export function parseIdleArguments(words: readonly string[]): IdleArguments | string | null {
  try {
    const { values } = parseArgs({
      args: [...words],
      strict: true,
      options: {
        connections: { type: 'string' },
        'max-bytes': { type: 'string' },
        json: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    });
    if (values.help === true) return null;
    const connections = whole('connections', values.connections, connectionsDefault, 100, connectionsMax);
    const bytesDefault = connections < connectionsDefault ? bytesMaxOfFewDefault : bytesMaxDefault;
    return {
      connections,
      bytesMax: whole('max-bytes', values['max-bytes'], bytesDefault, 1, 1_000_000),
      json: values.json === true,
    };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
