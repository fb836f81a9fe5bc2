/** `parley doctor`: looks at what a node would stand on, with the node's own options, and says what to do. */
import { accessSync, constants, existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { type Config, readConfig } from '../host/config.ts';
import { StartError } from '../host/errors.ts';
import { openHBaseClient } from '../host/hbase.ts';
import { connectionsAllowed } from '../host/open-files.ts';
import { redisAddress } from '../host/redis.ts';
import { checkRedis } from '../store/cache/redis/check-redis.ts';
import type { Check } from '../store/doctor-check.ts';
import { checkHBase } from '../store/hbase/check-hbase.ts';
import { type Command, ExitCode, out, usage } from './command.ts';
import { readFlags } from './option-flags.ts';

const help = `parley doctor: checks what a node would stand on, and says what to do

  parley doctor [options of parley serve] [--json]
      with --store hbase: version, tables, endpoint and clock of HBase; a row of its own is written and removed
      with --redis: version, kind, answer time and memory policy of Redis; nothing is written
      --json: one object with a list of check, state (ok, warning, failed) and advice

Exit codes: 0 nothing failed · 1 something did · 2 wrong arguments
`;

const patienceMs = 10_000;
const redisPatienceMs = 2_000;

export const doctorCommand: Command = { name: 'doctor', summary: 'check what a node would stand on', run: doctor };

async function doctor(args: readonly string[]): Promise<number> {
  const read = readFlags(args, { json: 'boolean' });
  if (typeof read === 'string') return usage('doctor', read, help);
  if (read.wantsHelp) {
    out(help);
    return ExitCode.ok;
  }
  const checks = await examine(read.flags);
  const ok = checks.every(({ state }) => state !== 'failed');
  if (read.own.json === true) out(`${JSON.stringify({ ok, checks })}\n`);
  else for (const { check, state, advice } of checks) out(`${state.padEnd(8)} ${check.padEnd(16)} ${advice}\n`);
  return ok ? ExitCode.ok : ExitCode.failed;
}

async function examine(flags: Parameters<typeof readConfig>[1]): Promise<Check[]> {
  try {
    const config = readConfig(process.env, flags);
    const checks: Check[] = [{ check: 'configuration', state: 'ok', advice: `store ${config.store}` }, ...checkNode(config)];
    if (config.store === 'embedded') checks.push(checkDirectory(resolve(config.data)));
    if (config.store === 'hbase') checks.push(...(await examineHBase(config)));
    if (config.redis !== '') checks.push(...(await checkRedis(redisAddress(config), redisPatienceMs)));
    return checks;
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    return [{ check: 'configuration', state: 'failed', advice: error.message }];
  }
}

function checkNode(config: Config): Check[] {
  const connections = connectionsAllowed(config.connectionsMax);
  const secrets: Check = config.development
    ? { check: 'tokens', state: 'warning', advice: 'development mode: anyone may sign in as anyone; set PARLEY_JWT_SECRET or PARLEY_JWKS' }
    : { check: 'tokens', state: 'ok', advice: 'signed with a configured key' };
  return [{ check: 'open files', state: 'ok', advice: `room for ${connections} connections (ulimit -n)` }, secrets];
}

/** A directory that is not there yet is made by the node: then the one above it counts. */
function checkDirectory(directory: string): Check {
  const place = existsSync(directory) ? directory : dirname(directory);
  try {
    accessSync(place, constants.W_OK);
    return { check: 'data directory', state: 'ok', advice: `${directory} can be written` };
  } catch {
    return { check: 'data directory', state: 'failed', advice: `${place} cannot be written: choose another with PARLEY_DATA or --data` };
  }
}

async function examineHBase(config: Config): Promise<Check[]> {
  const client = openHBaseClient(config, patienceMs);
  try {
    return await checkHBase(client, config.hbasePrefix);
  } finally {
    client.close();
  }
}
