/** The node's log: one JSON line an event, by pino. Names of users and bodies of messages never stand in it. */
import { type Logger, pino } from 'pino';
import type { Config } from './config.ts';

export type Log = Logger;

export function createLog(config: Pick<Config, 'log'>): Log {
  // Synchronous, so that the last line before a fatal end is there.
  return pino({ level: config.log, base: null, timestamp: pino.stdTimeFunctions.isoTime }, pino.destination({ fd: 2, sync: true }));
}
