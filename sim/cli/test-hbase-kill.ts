/**
 * `npm run test:hbase-kill`: kill -9 of region servers of a real HBase (`npm run rig`, three servers) under writers.
 *
 * Each writer has a unit of its own and chains conditional batches through the store, one row a batch, as the engine does: an unknown outcome is
 * sent again with the same bytes, a false condition is settled by the fence. At the end every unit must hold the rows 1 to the last one
 * acknowledged (and perhaps the one that was open), each once, and its fence.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { HBaseClient } from '../../core/hbase/index.ts';
import { equalBytes } from '../../core/model/byte-order.ts';
import { RowBatch } from '../../core/model/row-batch.ts';
import { HBaseStore } from '../../core/store/hbase/hbase-store.ts';
import { initTables } from '../../core/store/hbase/tables.ts';
import { type GetResult, type ScanResult, Table, type WriteOutcome } from '../../core/store/port.ts';
import { rig } from './rig-store.ts';
import { wordsOrExit } from './words.ts';

const writers = 24;
const servers = 3;
const betweenMs = 4_000;
const recoverMsMax = 60_000;
const help = `npm run test:hbase-kill -- [options]: kill -9 of region servers of a real HBase under writers of conditional batches

  --kills N   so many, one server after the other [3]
  --json      as always: the JSON object is the last line
  --help

Exit codes: 0 what was acknowledged stands once and in order · 1 not so (the first findings are printed) · 2 wrong arguments
`;
const { kills } = wordsOrExit(help, { kills: 3, json: false });

const { masters } = await rig('start', '--servers', String(servers));
const findings: string[] = [];
const recoverMs: number[] = [];
const outcomes: Record<string, number> = {};
let isOver = false;
const units = Array.from({ length: writers }, (_, index) => ({
  partition: Math.floor((index * 900) / writers),
  acknowledged: 0,
  sent: 0,
  atMs: 0,
}));
type Unit = (typeof units)[number];
let store: HBaseStore | null = null;
try {
  const prefix = `kill${process.pid}`;
  const client = new HBaseClient({ masters });
  await initTables(client, { prefix, regions: 6, compression: 'NONE' });
  client.close();
  store = new HBaseStore({ client: { masters, limits: { callMsMax: 3_000, operationMsMax: 10_000 } }, prefix });
  const running = units.map((unit) => write(unit));
  for (let kill = 0; kill < kills; kill += 1) {
    await delay(betweenMs);
    await killOnce(1 + (kill % servers));
  }
  await delay(betweenMs);
  isOver = true;
  await Promise.all(running);
  for (const unit of units) await check(unit);
} finally {
  await new Promise<void>((resolve) => (store === null ? resolve() : store.close(resolve)));
  await rig('stop', '--kill');
}
recoverMs.sort((left, right) => left - right);
for (const finding of findings.slice(0, 10)) console.log(finding);
const accepted = units.reduce((sum, unit) => sum + unit.acknowledged, 0);
const recover = { recoverP50Ms: Math.round(recoverMs[recoverMs.length >> 1] ?? 0), recoverWorstMs: Math.round(recoverMs.at(-1) ?? 0) };
console.log(JSON.stringify({ kills: { regionServer: kills }, accepted, faults: findings.length, outcomes, ...recover }));
process.exitCode = findings.length === 0 && accepted > 0 ? 0 : 1;

/** Kills one, waits until every writer is answered again, brings it back. */
async function killOnce(server: number): Promise<void> {
  await rig('kill', `server-${server}`);
  const begunMs = performance.now();
  while (units.some((unit) => unit.atMs < begunMs)) {
    if (performance.now() - begunMs > recoverMsMax) {
      findings.push(`server ${server}: some writers got no answer for ${recoverMsMax / 1000} s`);
      break;
    }
    await delay(10);
  }
  recoverMs.push(performance.now() - begunMs);
  await rig('begin', `server-${server}`);
}

async function write(unit: Unit): Promise<void> {
  let expected: Uint8Array | null = null;
  while (!isOver) {
    const number = unit.acknowledged + 1;
    unit.sent = number;
    const fence = numbered(number, 2);
    if (!(await settle(unit, number, expected, fence))) return;
    expected = fence;
    unit.acknowledged = number;
    unit.atMs = performance.now();
  }
}

/** Sends the batch until its outcome is known. @returns false at the end of the test, or at a foreign fence */
async function settle(unit: Unit, number: number, expected: Uint8Array | null, fence: Uint8Array): Promise<boolean> {
  const batch = new RowBatch();
  batch.put(Table.users, keyIn(unit, 0), fence);
  batch.put(Table.users, keyIn(unit, 16, ...numbered(number)), numbered(number));
  const request = { id: number, table: Table.users, partition: unit.partition, slot: 7, fenceKey: keyIn(unit, 0), expectedFence: expected };
  for (;;) {
    const whole = { ...request, ops: batch.bytes.slice(), opCount: batch.count };
    const { kind } = await new Promise<WriteOutcome>((resolve) => store?.write(whole, resolve));
    outcomes[kind] = (outcomes[kind] ?? 0) + 1;
    if (kind === 'ok') return true;
    if (kind === 'conditionFalse') {
      const found = await new Promise<GetResult>((resolve) => store?.get(Table.users, keyIn(unit, 0), resolve));
      if (found.kind === 'ok' && found.value !== null && equalBytes(found.value, fence)) return true;
      const isBefore =
        found.kind !== 'ok' || (expected === null ? found.value === null : found.value !== null && equalBytes(found.value, expected));
      if (!isBefore) {
        findings.push(`unit ${unit.partition}: batch ${number} met a foreign fence`);
        return false;
      }
    }
    if (isOver) return false;
    await delay(20);
  }
}

async function check(unit: Unit): Promise<void> {
  const range = { table: Table.users, start: keyIn(unit, 16), end: keyIn(unit, 17), limit: 1_000_000, reverse: false, bytesMax: 1e9 };
  const result = await new Promise<ScanResult>((resolve) => store?.scan(range, resolve));
  if (result.kind !== 'ok') {
    findings.push(`unit ${unit.partition}: could not be read`);
    return;
  }
  const wrong = result.rows.findIndex(({ key }, index) => !equalBytes(key, keyIn(unit, 16, ...numbered(index + 1))));
  if (wrong >= 0) findings.push(`unit ${unit.partition}: not row ${wrong + 1} in its place`);
  const { length } = result.rows;
  if (length < unit.acknowledged) findings.push(`unit ${unit.partition}: ${unit.acknowledged} acknowledged, ${length} there`);
  if (length > unit.sent) findings.push(`unit ${unit.partition}: ${unit.sent} sent, ${length} there`);
}

function keyIn({ partition }: Unit, ...rest: readonly number[]): Uint8Array {
  return Uint8Array.of(partition >> 8, partition & 255, 7, ...rest);
}

function numbered(number: number, ...before: readonly number[]): Uint8Array {
  return Uint8Array.of(...before, number >>> 24, (number >>> 16) & 255, (number >>> 8) & 255, number & 255);
}
