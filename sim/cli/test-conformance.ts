/**
 * `npm run test:conformance`: random sequences of writes, re-sent and conflicting batches, compare-and-set, gets, scans and restarts, each
 * answer compared with the memory model.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RowBatch } from '../../core/model/row-batch.ts';
import { openEmbeddedStore } from '../../core/store/embedded/embedded-store.ts';
import { MemoryStore } from '../../core/store/memory/memory-store.ts';
import { createMemoryStore } from '../../core/store/memory-adapter.ts';
import { type Row, type Store, type StoreWrite, Table } from '../../core/store/port.ts';
import { Purpose, RandomStream } from '../random.ts';
import { openHBaseOfRig } from './rig-store.ts';
import { wordsOrExit } from './words.ts';

const stepsMax = 40;
const sequencesBetweenRestarts = 25;
const help = `npm run test:conformance -- [options]: random sequences of operations, each answer compared with the memory model

  --store NAME     embedded, memory or hbase (the rig is started and stopped, unless it runs) [embedded]
  --sequences N    so many [500]
  --seed S         the first seed [1]
  --json           only the JSON object
  --help

Exit codes: 0 no difference · 1 a difference (the first ones are printed) · 2 wrong arguments
`;
const {
  store: storeName,
  sequences,
  seed: firstSeed,
  json,
} = wordsOrExit(help, { store: 'embedded', sequences: 500, seed: 1, json: false });
if (storeName !== 'embedded' && storeName !== 'memory' && storeName !== 'hbase') {
  process.stderr.write(`--store takes embedded, memory or hbase, not "${storeName}"\n\n${help}`);
  process.exit(2);
}

const directory = await mkdtemp(join(tmpdir(), 'parley-conformance-'));
const hbase = storeName === 'hbase' ? await openHBaseOfRig(`conformance${process.pid}`) : null;
const model = new MemoryStore();
const findings: string[] = [];
let answers = 0;
let store = await open();
for (let sequence = 0; sequence < sequences; sequence += 1) {
  if (storeName !== 'memory' && sequence % sequencesBetweenRestarts === sequencesBetweenRestarts - 1) {
    await new Promise<void>((resolve) => store.close(resolve));
    store = await open();
  }
  await runSequence(firstSeed + sequence);
}
await new Promise<void>((resolve) => store.close(resolve));
await hbase?.end();
await rm(directory, { recursive: true, force: true });
if (!json || findings.length > 0) for (const finding of findings.slice(0, 10)) console.log(finding);
console.log(JSON.stringify({ store: storeName, sequences, answers, differences: findings.length }));
process.exitCode = findings.length === 0 ? 0 : 1;

function open(): Promise<Store> {
  if (storeName === 'memory') return Promise.resolve(createMemoryStore());
  if (hbase !== null) return Promise.resolve(hbase.open());
  const limits = { segmentBytes: 1024 * 1024, recordBytesMax: 128 * 1024, checkpointMs: 200, generationMs: 50 };
  return openEmbeddedStore(directory, { limits });
}

/**
 * Steps on few units and keys, so that they meet. Writes are mostly sent without waiting for the answers before; a read may show
 * any state between its begin and its end, so it has the store for itself.
 */
async function runSequence(seed: number): Promise<void> {
  const random = new RandomStream(seed, Purpose.workload, 0);
  let open: Promise<void>[] = [];
  for (let step = random.between(1, stepsMax); step > 0; step -= 1) {
    if (random.permille(650)) {
      open.push(change(random, seed));
      if (random.permille(700)) continue;
    }
    await Promise.all(open);
    open = [];
    await read(random, seed);
  }
  await Promise.all(open);
}

/** The model answers at the call; the store's answer must be the same, for its order is that of the calls. */
function change(random: RandomStream, seed: number): Promise<void> {
  if (random.permille(750)) {
    const write = drawWrite(random);
    const expected = model.write(write);
    return new Promise((resolve) => store.write(write, (outcome) => resolve(compare(seed, 'write', outcome.kind, expected))));
  }
  const key = Uint8Array.of(random.below(3));
  const held = random.permille(600) ? (model.get(Table.cluster, key)?.slice() ?? null) : Uint8Array.of(random.below(3));
  const value = Uint8Array.of(random.below(3), random.below(256));
  const expected = model.compareAndSet(key, held, value);
  return new Promise((resolve) =>
    store.compareAndSet(key, held, value, (outcome) => resolve(compare(seed, 'compareAndSet', outcome.kind, expected))),
  );
}

function read(random: RandomStream, seed: number): Promise<void> {
  const slot = random.below(3);
  if (random.permille(400)) {
    const tail = random.below(30);
    const key = Uint8Array.of(0, 1, slot, 1 + (tail % 5), tail * 8);
    const expected = model.get(Table.users, key)?.join(',') ?? 'none';
    return new Promise((resolve) =>
      store.get(Table.users, key, (result) =>
        resolve(compare(seed, 'get', result.kind === 'ok' ? (result.value?.join(',') ?? 'none') : result.kind, expected)),
      ),
    );
  }
  const start = Uint8Array.of(0, 1, slot, random.below(4));
  const end = random.permille(800) ? Uint8Array.of(0, 1, slot, random.between(0, 6)) : Uint8Array.of(0, 2);
  const request = {
    table: Table.users,
    start,
    end,
    limit: random.between(1, 8),
    reverse: random.permille(500),
    bytesMax: random.between(1, 400),
  };
  const page = model.scan(request);
  const expected = `${page.more} ${page.rows.map(textOf).join(' ')}`;
  return new Promise((resolve) =>
    store.scan(request, (result) =>
      resolve(compare(seed, 'scan', result.kind === 'ok' ? `${result.more} ${result.rows.map(textOf).join(' ')}` : result.kind, expected)),
    ),
  );
}

function drawWrite(random: RandomStream): StoreWrite {
  const slot = random.below(3);
  const fenceKey = Uint8Array.of(0, 1, slot, 0);
  const batch = new RowBatch();
  batch.put(Table.users, fenceKey, Uint8Array.of(random.below(256), random.below(256)));
  const tails = new Set(Array.from({ length: random.below(6) }, () => random.below(30)));
  for (const tail of tails) {
    const key = Uint8Array.of(0, 1, slot, 1 + (tail % 5), tail * 8);
    if (random.permille(300)) batch.delete(Table.users, key);
    else batch.put(Table.users, key, new Uint8Array(random.below(100)).fill(random.below(256)));
  }
  const expectedFence = random.permille(850) ? (model.get(Table.users, fenceKey)?.slice() ?? null) : Uint8Array.of(1, 2);
  return {
    id: random.u32(),
    table: Table.users,
    partition: 1,
    slot,
    fenceKey,
    expectedFence,
    ops: batch.bytes.slice(),
    opCount: batch.count,
  };
}

function compare(seed: number, what: string, got: string, expected: string): void {
  answers += 1;
  if (got !== expected) findings.push(`seed ${seed}: ${what} gave ${got.slice(0, 200)}, the model ${expected.slice(0, 200)}`);
}

function textOf(row: Row): string {
  return `${row.key.join(',')}=${row.value.join(',')}`;
}
