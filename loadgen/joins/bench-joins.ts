/**
 * `npm run bench:joins`: what joining the batches of slots saves on a real HBase: calls and server CPU a message, with and without.
 *
 * Method: many slots of one region at a fixed rate, each message one batch of its slot (six rows, as the engine's), in paired rounds of both
 * kinds in turn after a warm-up; the CPU is that of the rig's processes, from /proc. One slot has one batch under way, as in the engine: a
 * message for a busy slot is counted late and left out.
 */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { HBaseClient } from '../../core/hbase/index.ts';
import { RowBatch } from '../../core/model/row-batch.ts';
import { HBaseStore } from '../../core/store/hbase/hbase-store.ts';
import { initTables } from '../../core/store/hbase/tables.ts';
import { type StoreWrite, Table } from '../../core/store/port.ts';
import { wordsOrExit } from '../../sim/cli/words.ts';

const help = `npm run bench:joins -- [options]: calls and server CPU a message on the HBase of the rig, with and without joining

  --rate N      messages a second [1500]
  --slots N     slots of one region, up to 256 [256]
  --seconds N   of one round [6]
  --rounds N    pairs of rounds [3]
  --json        only the JSON object
  --help

Exit codes: 0 joining took fewer calls and less CPU · 1 it did not · 2 wrong arguments
`;
const rowsPerBatch = 5;
const valueBytes = 140;
/** Linux counts CPU in these. */
const tickUs = 10_000;

const { rate, slots, seconds, rounds, json } = wordsOrExit(help, { rate: 1_500, slots: 256, seconds: 6, rounds: 3, json: false });
const { masters, pids } = await rigState();
const prefix = `joinbench${process.pid}`;
const client = new HBaseClient({ masters });
const tables = await initTables(client, { prefix, regions: 1, compression: 'NONE' });
const fences = Array.from({ length: slots }, () => 0);

interface Round {
  readonly messages: number;
  readonly late: number;
  readonly callsAMessage: number;
  readonly serverCpuUs: number;
  readonly clientCpuUs: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

await round(true, seconds);
await round(false, seconds);
const joined: Round[] = [];
const alone: Round[] = [];
for (let made = 0; made < rounds; made += 1) {
  joined.push(await round(true, seconds));
  alone.push(await round(false, seconds));
}
await Promise.all(tables.map(({ table }) => client.admin.deleteTable(table)));
client.close();
const result = { rate, slots, joined: medianOf(joined), alone: medianOf(alone) };
if (!json) for (const [kind, one] of Object.entries({ joined, alone })) for (const each of one) console.log(kind, JSON.stringify(each));
console.log(JSON.stringify(result));
const isLess = result.joined.callsAMessage < result.alone.callsAMessage && result.joined.serverCpuUs < result.alone.serverCpuUs;
process.exitCode = isLess ? 0 : 1;

/** A node that starts, claims nothing, and writes for so long. */
async function round(joins: boolean, lastsSeconds: number): Promise<Round> {
  const store = new HBaseStore({ client: { masters }, prefix, joins, report: (what) => console.error(what) });
  const busy = new Set<number>();
  const latenciesMs: number[] = [];
  let late = 0;
  await Promise.all(fences.map((_, slot) => send(store, slot)));
  const before = { calls: store.stats().calls, server: serverCpuUs(), client: process.cpuUsage() };
  const beginMs = performance.now();
  const endMs = beginMs + lastsSeconds * 1_000;
  let due = 0;
  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      const nowMs = performance.now();
      for (; due < ((Math.min(nowMs, endMs) - beginMs) * rate) / 1_000; due += 1) {
        // A walk over all slots that looks random: 97 has no divisor in common with their number.
        const slot = (due * 97) % slots;
        if (busy.has(slot)) {
          late += 1;
          continue;
        }
        busy.add(slot);
        send(store, slot).then(() => {
          busy.delete(slot);
          latenciesMs.push(performance.now() - nowMs);
        }, fail);
      }
      if (nowMs < endMs || busy.size > 0) return;
      clearInterval(timer);
      resolve();
    }, 1);
  });
  const cpu = process.cpuUsage(before.client);
  const messages = latenciesMs.length;
  latenciesMs.sort((left, right) => left - right);
  const found = {
    messages,
    late,
    callsAMessage: rounded((store.stats().calls - before.calls) / messages),
    serverCpuUs: rounded((serverCpuUs() - before.server) / messages),
    clientCpuUs: rounded((cpu.user + cpu.system) / messages),
    p50Ms: rounded(latenciesMs[Math.floor(messages / 2)]),
    p99Ms: rounded(latenciesMs[Math.floor(messages * 0.99)]),
  };
  await new Promise<void>((resolve) => store.close(resolve));
  return found;
}

function send(store: HBaseStore, slot: number): Promise<void> {
  const from = fences[slot];
  fences[slot] = from + 1;
  return new Promise((resolve, reject) => {
    store.write(batchOf(slot, from), (outcome) => (outcome.kind === 'ok' ? resolve() : reject(new Error(outcome.kind))));
  });
}

function batchOf(slot: number, from: number): StoreWrite {
  const rows = new RowBatch();
  const fenceKey = Uint8Array.of(0, 1, slot, 0);
  rows.put(Table.users, fenceKey, fenceOf(from + 1));
  for (let row = 0; row < rowsPerBatch; row += 1) {
    // Four rows that are rewritten, and one that is new: head, sender, inbox entry, obligation; and the event.
    const number = row === 0 ? from + 1 : 0;
    const key = Uint8Array.of(0, 1, slot, 32, row, number >>> 24, number >>> 16, number >>> 8, number, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    rows.put(Table.users, key, new Uint8Array(valueBytes).fill(from));
  }
  const unit = { table: Table.users, partition: 1, slot, fenceKey };
  return { id: from, ...unit, expectedFence: from === 0 ? null : fenceOf(from), ops: rows.bytes, opCount: rows.count };
}

function fenceOf(batch: number): Uint8Array {
  return Uint8Array.of(2, batch >>> 24, batch >>> 16, batch >>> 8, batch);
}

/** CPU of all processes of the rig so far. */
function serverCpuUs(): number {
  let ticks = 0;
  for (const pid of pids) {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    ticks += Number(fields[11]) + Number(fields[12]);
  }
  return ticks * tickUs;
}

async function rigState(): Promise<{ readonly masters: string; readonly pids: readonly number[] }> {
  const { stdout } = await promisify(execFile)(process.execPath, ['dist/test/rig/cli.js', 'status', '--json']);
  const state = JSON.parse(stdout.trim()) as { state: string; masters: string; pids: Record<string, number> };
  if (state.state !== 'running') throw new Error('the rig does not run: npm run rig -- start --warm');
  return { masters: state.masters, pids: Object.values(state.pids) };
}

/** Of each figure by itself. */
function medianOf(all: readonly Round[]): Round {
  const names = Object.keys(all[0]) as (keyof Round)[];
  const entries = names.map((name) => [
    name,
    all.map((each) => each[name]).sort((left, right) => left - right)[Math.floor(all.length / 2)],
  ]);
  return Object.fromEntries(entries) as unknown as Round;
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}

function fail(error: unknown): never {
  throw error;
}
