/**
 * `npm run test:conformance`: random sequences of writes, re-sent and conflicting batches, compare-and-set, gets, scans and restarts, each
 * answer compared with the memory model.
 *
 * Method: many sequences run at once, each lane on a partition and cluster rows of its own, so that the batches of different lanes meet in
 * joined calls; with --moves regions of HBase move and split meanwhile. An unknown outcome is one that the simulator's store model can give as
 * well: as an engine does, the same bytes are sent again until the answer says what became of them.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { RowBatch } from '../../core/model/row-batch.ts';
import { openEmbeddedStore } from '../../core/store/embedded/embedded-store.ts';
import { HBaseStore } from '../../core/store/hbase/hbase-store.ts';
import { MemoryStore } from '../../core/store/memory/memory-store.ts';
import { createMemoryStore } from '../../core/store/memory-adapter.ts';
import {
  type GetResult,
  type Row,
  type ScanRequest,
  type ScanResult,
  type Store,
  type StoreWrite,
  Table,
  type WriteOutcome,
} from '../../core/store/port.ts';
import { Purpose, RandomStream } from '../random.ts';
import { openHBaseOfRig } from './rig-store.ts';
import { wordsOrExit } from './words.ts';

const stepsMax = 40;
/** Of a lane. */
const sequencesBetweenRestarts = 25;
const lanesMax = 64;
/** Attempts of one write, and the wait between them: longer than a region takes to move. */
const attemptsMax = 100;
const attemptMs = 100;
const help = `npm run test:conformance -- [options]: random sequences of operations, each answer compared with the memory model

  --store NAME     embedded, memory or hbase (the rig is started and stopped, unless it runs) [embedded]
  --sequences N    so many [500]
  --seed S         the first seed [1]
  --lanes N        sequences that run at once, up to 64 [64 on hbase, else 1]
  --moves          hbase: regions move and split meanwhile
  --json           only the JSON object
  --help

Exit codes: 0 no difference · 1 a difference (the first ones are printed) · 2 wrong arguments
`;
const {
  store: storeName,
  sequences,
  seed: firstSeed,
  lanes: lanesAsked,
  moves,
  json,
} = wordsOrExit(help, { store: 'embedded', sequences: 500, seed: 1, lanes: 0, moves: false, json: false });
if (storeName !== 'embedded' && storeName !== 'memory' && storeName !== 'hbase') {
  process.stderr.write(`--store takes embedded, memory or hbase, not "${storeName}"\n\n${help}`);
  process.exit(2);
}

const begunMs = performance.now();
const directory = await mkdtemp(join(tmpdir(), 'parley-conformance-'));
const hbase = storeName === 'hbase' ? await openHBaseOfRig(`conformance${process.pid}`) : null;
const model = new MemoryStore();
const findings: string[] = [];
const totals: Record<string, number> = {};
let answers = 0;
let unsure = 0;
let next = 0;
const lanes = Math.min(lanesAsked > 0 ? lanesAsked : hbase !== null ? lanesMax : 1, lanesMax, sequences);
const mover = hbase !== null && moves ? hbase.moveRegions() : null;
while (next < sequences) {
  const store = await open();
  const end = storeName === 'memory' ? sequences : Math.min(sequences, next + lanes * sequencesBetweenRestarts);
  await Promise.all(Array.from({ length: lanes }, (_, lane) => runLane(store, lane, end)));
  if (store instanceof HBaseStore) for (const [name, count] of Object.entries(store.stats())) totals[name] = (totals[name] ?? 0) + count;
  await new Promise<void>((resolve) => store.close(resolve));
}
const moved = await mover?.();
await hbase?.end();
await rm(directory, { recursive: true, force: true });
if (!json || findings.length > 0) for (const finding of findings.slice(0, 10)) console.log(finding);
const { calls = 0, callWrites = 0, joinedWrites = 0, refusedTogether = 0 } = totals;
const seconds = Math.round((performance.now() - begunMs) / 100) / 10;
const ofHBase = hbase === null ? {} : { unsure, calls, callWrites, joinedWrites, refusedTogether, ...moved };
console.log(JSON.stringify({ store: storeName, sequences, answers, differences: findings.length, seconds, ...ofHBase }));
process.exitCode = findings.length === 0 ? 0 : 1;

function open(): Promise<Store> {
  if (storeName === 'memory') return Promise.resolve(createMemoryStore());
  if (hbase !== null) return Promise.resolve(hbase.open());
  const limits = { segmentBytes: 1024 * 1024, recordBytesMax: 128 * 1024, checkpointMs: 200, generationMs: 50 };
  return openEmbeddedStore(directory, { limits });
}

/** Sequences, as long as there are some before `end`. */
async function runLane(store: Store, lane: number, end: number): Promise<void> {
  while (next < end) {
    const sequence = next;
    next += 1;
    const seed = firstSeed + sequence;
    await runSequence({ store, partition: lane + 1, seed, random: new RandomStream(seed, Purpose.workload, 0) });
  }
}

/** A sequence of a lane: its draws, and its rows. */
interface Lane {
  readonly store: Store;
  readonly partition: number;
  readonly seed: number;
  readonly random: RandomStream;
}

function compare({ seed }: Lane, what: string, got: string, expected: string): void {
  answers += 1;
  if (got !== expected) findings.push(`seed ${seed}: ${what} gave ${got.slice(0, 200)}, the model ${expected.slice(0, 200)}`);
}

/**
 * Steps on few units and keys, so that they meet. Writes are mostly sent without waiting for the answers before; a read may show
 * any state between its begin and its end, so it has the lane for itself.
 */
async function runSequence(lane: Lane): Promise<void> {
  const { random } = lane;
  let open: Promise<void>[] = [];
  for (let step = random.between(1, stepsMax); step > 0; step -= 1) {
    if (random.permille(650)) {
      open.push(change(lane));
      // With moves an attempt may be unknown, and the one behind it must wait.
      if (random.permille(700) && !moves) continue;
    }
    await Promise.all(open);
    open = [];
    await read(lane);
  }
  await Promise.all(open);
}

/** The model answers at the call; the store's answer must be the same, for its order is that of the calls. */
function change(lane: Lane): Promise<void> {
  const { random, store, partition } = lane;
  if (random.permille(750)) {
    const { write, fence } = drawWrite(lane);
    const expected = model.write(write);
    return settle(lane, expected, {
      what: 'write',
      table: Table.users,
      key: write.fenceKey,
      value: fence,
      send: (done) => store.write(write, done),
    });
  }
  const key = Uint8Array.of(partition, random.below(3));
  const held = random.permille(600) ? (model.get(Table.cluster, key)?.slice() ?? null) : Uint8Array.of(random.below(3));
  const value = Uint8Array.of(random.below(3), ...wordOf(random));
  const expected = model.compareAndSet(key, held, value);
  const send: Attempt['send'] = (done) => store.compareAndSet(key, held, value, done);
  return settle(lane, expected, { what: 'compareAndSet', table: Table.cluster, key, value, send });
}

/** A conditional write, and the row that tells whether it was applied. */
interface Attempt {
  readonly what: string;
  readonly table: Table;
  readonly key: Uint8Array;
  readonly value: Uint8Array;
  send(done: (outcome: WriteOutcome) => void): void;
}

/** Sends the same bytes until what became of them is known; a store whose regions stay gets no second attempt. */
async function settle(lane: Lane, expected: string, attempt: Attempt): Promise<void> {
  let isUnknown = false;
  for (let made = 1; ; made += 1) {
    const outcome = await new Promise<WriteOutcome>((resolve) => attempt.send(resolve));
    const isOver = !moves || made === attemptsMax;
    if (outcome.kind === 'ok' || (outcome.kind === 'conditionFalse' && !isUnknown) || isOver) {
      compare(lane, attempt.what, outcome.kind, expected);
      return;
    }
    if (outcome.kind === 'conditionFalse') {
      // An earlier attempt of these bytes may have been applied: its row, which has a value of its own, says so.
      const seen = await valueAt(lane, attempt.table, attempt.key);
      compare(lane, attempt.what, seen === attempt.value.join(',') ? 'ok' : 'conditionFalse', expected);
      return;
    }
    if (outcome.kind === 'unknown') isUnknown = true;
    unsure += 1;
    await delay(attemptMs);
  }
}

async function valueAt({ store }: Lane, table: Table, key: Uint8Array): Promise<string> {
  for (let made = 1; ; made += 1) {
    const result = await new Promise<GetResult>((resolve) => store.get(table, key, resolve));
    if (result.kind === 'ok') return result.value?.join(',') ?? 'none';
    if (!moves || made === attemptsMax) return result.kind;
    await delay(attemptMs);
  }
}

async function rowsOf({ store }: Lane, request: ScanRequest): Promise<string> {
  for (let made = 1; ; made += 1) {
    const result = await new Promise<ScanResult>((resolve) => store.scan(request, resolve));
    if (result.kind === 'ok') return `${result.more} ${result.rows.map(textOf).join(' ')}`;
    if (!moves || made === attemptsMax) return result.kind;
    await delay(attemptMs);
  }
}

async function read(lane: Lane): Promise<void> {
  const { random, partition } = lane;
  const slot = random.below(3);
  if (random.permille(400)) {
    const tail = random.below(30);
    const key = Uint8Array.of(0, partition, slot, 1 + (tail % 5), tail * 8);
    const expected = model.get(Table.users, key)?.join(',') ?? 'none';
    compare(lane, 'get', await valueAt(lane, Table.users, key), expected);
    return;
  }
  const start = Uint8Array.of(0, partition, slot, random.below(4));
  const end = random.permille(800) ? Uint8Array.of(0, partition, slot, random.between(0, 6)) : Uint8Array.of(0, partition + 1);
  const request = {
    table: Table.users,
    start,
    end,
    limit: random.between(1, 8),
    reverse: random.permille(500),
    bytesMax: random.between(1, 400),
  };
  const page = model.scan(request);
  compare(lane, 'scan', await rowsOf(lane, request), `${page.more} ${page.rows.map(textOf).join(' ')}`);
}

function drawWrite({ random, partition }: Lane): { readonly write: StoreWrite; readonly fence: Uint8Array } {
  const slot = random.below(3);
  const fenceKey = Uint8Array.of(0, partition, slot, 0);
  const fence = wordOf(random);
  const batch = new RowBatch();
  batch.put(Table.users, fenceKey, fence);
  const tails = new Set(Array.from({ length: random.below(6) }, () => random.below(30)));
  for (const tail of tails) {
    const key = Uint8Array.of(0, partition, slot, 1 + (tail % 5), tail * 8);
    if (random.permille(300)) batch.delete(Table.users, key);
    else batch.put(Table.users, key, new Uint8Array(random.below(100)).fill(random.below(256)));
  }
  const expectedFence = random.permille(850) ? (model.get(Table.users, fenceKey)?.slice() ?? null) : Uint8Array.of(1, 2);
  const unit = { table: Table.users, partition, slot, fenceKey, expectedFence };
  return { write: { id: random.u32(), ...unit, ops: batch.bytes.slice(), opCount: batch.count }, fence };
}

/** No two are the same in a run. */
function wordOf(random: RandomStream): Uint8Array {
  const word = random.u32();
  return Uint8Array.of(word >>> 24, word >>> 16, word >>> 8, word);
}

function textOf(row: Row): string {
  return `${row.key.join(',')}=${row.value.join(',')}`;
}
