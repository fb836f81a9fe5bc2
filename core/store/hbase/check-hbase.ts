/** Whether an HBase is fit for Parley, and what to do where it is not: for `parley doctor`, and before a node serves. */
import { type HBaseClient, HBaseError } from '../../hbase/index.ts';
import type { Check } from '../doctor-check.ts';
import { Table } from '../port.ts';
import { family, qualifier, tableName } from './tables.ts';

/** MutateRows takes conditions since then (HBASE-25703). */
const versionMin = [2, 5] as const;
const clockMsMax = 1_000;
/** No cluster row of the engine begins with this byte. */
const probeKey = Buffer.from([0xff, ...Buffer.from('doctor')]);

/** Checks in the order in which one stands on the other; after a failure the rest is left out. */
export async function checkHBase(client: HBaseClient, prefix: string): Promise<Check[]> {
  const checks: Check[] = [];
  for (const check of [checkVersion, checkTables, checkEndpoint, checkClock]) {
    const result = await check(client, prefix).catch((error: unknown) => failureOf(check.name, error));
    checks.push(result);
    if (result.state === 'failed') break;
  }
  return checks;
}

function failureOf(name: string, error: unknown): Check {
  if (!(error instanceof HBaseError)) throw error;
  const check = name.replace('check', 'hbase ').toLowerCase();
  return { check, state: 'failed', advice: `${error.message}: is HBase up, and is the address right?` };
}

async function checkVersion(client: HBaseClient): Promise<Check> {
  const { version, servers } = await client.admin.status();
  const [major, minor] = version.split('.').map(Number);
  const isOld = major < versionMin[0] || (major === versionMin[0] && minor < versionMin[1]);
  const seen = `HBase ${version}, ${servers.length} region server${servers.length === 1 ? '' : 's'}`;
  if (isOld) return { check: 'hbase version', state: 'failed', advice: `${seen}: ${versionMin.join('.')} or later is needed` };
  return { check: 'hbase version', state: 'ok', advice: seen };
}

async function checkTables(client: HBaseClient, prefix: string): Promise<Check> {
  const missing: string[] = [];
  for (const table of Object.values(Table)) {
    const name = tableName(prefix, table);
    if ((await client.admin.describe(name)) === null) missing.push(name);
  }
  if (missing.length > 0)
    return { check: 'hbase tables', state: 'failed', advice: `${missing.join(', ')} not there: run "parley hbase init"` };
  return { check: 'hbase tables', state: 'ok', advice: `${prefix}_users, _groups, _names, _cluster` };
}

/** A batch without rows on a condition that cannot hold: nothing is written. */
async function checkEndpoint(client: HBaseClient, prefix: string): Promise<Check> {
  for (const table of Object.values(Table)) {
    const name = tableName(prefix, table);
    const condition = { row: probeKey, family, qualifier, expected: Uint8Array.of(0xff) };
    try {
      if (!(await client.mutateRows(name, [], [condition]))) continue;
      return { check: 'hbase endpoint', state: 'failed', advice: `${name}: a condition that is false was taken as true` };
    } catch (error) {
      if (!(error instanceof HBaseError) || !error.javaClass.endsWith('UnknownProtocolException')) throw error;
      return {
        check: 'hbase endpoint',
        state: 'failed',
        advice: `${name} has no MultiRowMutationEndpoint: was it made by "parley hbase init"?`,
      };
    }
  }
  return { check: 'hbase endpoint', state: 'ok', advice: 'conditional batches work on every table' };
}

/** A row that the server stamps with its clock, and that is removed again. Parley's rows have timestamps of their own. */
async function checkClock(client: HBaseClient, prefix: string): Promise<Check> {
  const table = tableName(prefix, Table.cluster);
  const before = Date.now();
  await client.mutate(table, { kind: 'put', row: probeKey, family, qualifier, value: Uint8Array.of(1) });
  const after = Date.now();
  const [cell] = await client.get(table, { row: probeKey });
  await client.mutate(table, { kind: 'delete', row: probeKey, family });
  if (cell === undefined) return { check: 'hbase clock', state: 'failed', advice: 'a row that was written is not there' };
  return compareClocks(before, cell.timestamp, after);
}

/** The server's clock, read at some instant between two of this one. */
export function compareClocks(beforeMs: number, serverMs: number, afterMs: number): Check {
  const offMs = Math.max(beforeMs - serverMs, serverMs - afterMs, 0);
  const check = 'hbase clock';
  if (offMs <= clockMsMax)
    return { check, state: 'ok', advice: `its clock and this one differ by at most ${offMs + afterMs - beforeMs} ms` };
  const order = serverMs < beforeMs ? 'behind' : 'before';
  return { check, state: 'warning', advice: `its clock is at least ${offMs} ms ${order} this one: let NTP set both` };
}
