/**
 * Index files damaged by hand: whatever is done to one of them, the store shows the same rows, rebuilds the index from its journal, or
 * refuses to open and names a file. It never serves anything else.
 *
 * Method: two sound stores are made once, one whose journal still has every record and one whose journal was recycled; each damage is done
 * to a copy, which is opened with the real store, and every row is read by key and by scan.
 */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RowBatch } from '../../core/model/row-batch.ts';
import { type EmbeddedStore, openEmbeddedStore, StoreDamagedError } from '../../core/store/embedded/embedded-store.ts';
import type { EmbeddedLimits } from '../../core/store/embedded/machines/limits.ts';
import { type ScanResult, type Store, Table, type WriteOutcome } from '../../core/store/port.ts';
import { Purpose, RandomStream } from '../random.ts';

export interface DamageResult {
  damages: number;
  /** The store served, and every row was right. */
  unharmed: number;
  rebuilt: number;
  /** It did not open, and named a file. */
  refused: number;
  /** A row was missing or another than it must be. */
  lost: number;
  /** A read failed, the store did not open without naming a file, or not for damage. */
  other: number;
  findings: string[];
}

type Rows = Map<string, string>;

interface SoundStore {
  readonly name: string;
  readonly directory: string;
  readonly rows: Rows;
}

const limits: Partial<EmbeddedLimits> = {
  segmentBytes: 256 * 1024,
  recordBytesMax: 64 * 1024,
  checkpointMs: 40,
  retryMs: 50,
  lagBytesMax: 1024 * 1024,
  generationMs: 50,
};
const partition = 3;
const slot = 9;
const keysMax = 400;
const findingsMax = 10;

export async function runDamage(damages: number, seed: number, stopAtFirst = false): Promise<DamageResult> {
  const result: DamageResult = { damages: 0, unharmed: 0, rebuilt: 0, refused: 0, lost: 0, other: 0, findings: [] };
  const folder = mkdtempSync(join(tmpdir(), 'parley-damage-'));
  try {
    const stores = [await makeStore(folder, 'whole', 60, 20), await makeStore(folder, 'recycled', 260, 20_000)];
    for (let number = 0; number < damages; number += 1) {
      const random = new RandomStream(seed + number, Purpose.faults, 3);
      const sound = random.pick(stores);
      const copy = join(folder, 'copy');
      cpSync(sound.directory, copy, { recursive: true });
      const what = `seed ${seed + number}: ${sound.name}: ${damageSomething(join(copy, 'index'), random)}`;
      await judge(copy, sound.rows, (kind, finding) => {
        result[kind] += 1;
        if (finding !== undefined && result.findings.length < findingsMax) result.findings.push(`${kind}: ${what}: ${finding}`);
      });
      result.damages += 1;
      rmSync(copy, { recursive: true });
      if (stopAtFirst && result.findings.length > 0) break;
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return result;
}

/** A store with a few tables in two or more levels, overwritten and deleted rows, and a log; closed in order. */
async function makeStore(folder: string, name: string, batches: number, valueBytes: number): Promise<SoundStore> {
  const directory = join(folder, name);
  const random = new RandomStream(1, Purpose.workload, 0);
  const rows: Rows = new Map();
  let store = await openEmbeddedStore(directory, { limits });
  let fence: Uint8Array | null = null;
  for (let batch = 0; batch < batches; batch += 1) {
    const next: Uint8Array = Uint8Array.of(1, batch >> 8, batch & 255);
    const changed = new RowBatch();
    changed.put(Table.users, fenceKey, next);
    for (const key of new Set(Array.from({ length: 10 }, () => random.below(keysMax)))) {
      if (random.permille(200)) {
        changed.delete(Table.users, rowKey(key));
        rows.delete(rowKey(key).join());
        continue;
      }
      // Half of it packs well, half does not.
      const value = Uint8Array.from({ length: valueBytes / 10 + random.below(20) }, (_, at) =>
        at % 2 === 0 ? batch & 255 : random.u32() & 255,
      );
      changed.put(Table.users, rowKey(key), value);
      rows.set(rowKey(key).join(), value.join());
    }
    await writeUntilOk(store, fence, changed);
    fence = next;
    // Each opening makes tables of what the log holds.
    if (batch % 40 === 39) {
      await closed(store);
      store = await openEmbeddedStore(directory, { limits });
    }
  }
  if (fence !== null) rows.set(fenceKey.join(), fence.join());
  await closed(store);
  return { name, directory, rows };
}

async function writeUntilOk(store: Store, expectedFence: Uint8Array | null, batch: RowBatch): Promise<void> {
  for (;;) {
    const request = { id: 1, table: Table.users, partition, slot, fenceKey, expectedFence, ops: batch.bytes, opCount: batch.count };
    const outcome = await new Promise<WriteOutcome>((resolve) => store.write(request, resolve));
    if (outcome.kind === 'ok') return;
    if (outcome.kind !== 'failed' || outcome.reason !== 'busy') throw new Error(`a sound store answers ${outcome.kind}`);
  }
}

/** Does one thing to one file and says what. */
function damageSomething(index: string, random: RandomStream): string {
  const names = readdirSync(index).filter((name) => name !== 'LOCK' && !name.startsWith('LOG'));
  const kind = random.pick([/\.ldb$/, /\.ldb$/, /\.ldb$/, /^MANIFEST/, /^CURRENT$/, /\.log$/]);
  const name = random.pick(names.filter((each) => kind.test(each)));
  const path = join(index, name);
  const bytes = readFileSync(path);
  if (bytes.length === 0 || random.permille(120)) {
    rmSync(path);
    return `${name} deleted`;
  }
  const filterEnd = bytes.indexOf('filter.leveldb');
  if (filterEnd > 0 && random.permille(250)) {
    // The filter lies right before the meta index, which names it. Cleared bits hide keys.
    const to = Math.max(40, filterEnd - random.between(10, 250));
    bytes.fill(0, to - 40, to);
    writeFileSync(path, bytes);
    return `${name}: bytes before ${to} of ${bytes.length} cleared`;
  }
  switch (random.below(5)) {
    case 0: {
      const length = random.below(bytes.length);
      writeFileSync(path, bytes.subarray(0, length));
      return `${name} cut from ${bytes.length} to ${length}`;
    }
    case 1: {
      // A sector of something else.
      const from = Math.floor(random.below(bytes.length) / 512) * 512;
      bytes.fill(random.permille(500) ? 0 : 0xff, from, Math.min(bytes.length, from + 512));
      writeFileSync(path, bytes);
      return `${name} overwritten from byte ${from}`;
    }
    case 2: {
      // Near the end lie filter, indexes and footer.
      const at = Math.max(0, bytes.length - 1 - random.below(300));
      bytes[at] ^= 1 << random.below(8);
      writeFileSync(path, bytes);
      return `${name}: a bit of byte ${at} of ${bytes.length} flipped`;
    }
    default: {
      const at = random.below(bytes.length);
      bytes[at] ^= random.between(1, 255);
      writeFileSync(path, bytes);
      return `${name}: byte ${at} of ${bytes.length} changed`;
    }
  }
}

type Count = (kind: 'unharmed' | 'rebuilt' | 'refused' | 'lost' | 'other', finding?: string) => void;

async function judge(directory: string, rows: Rows, count: Count): Promise<void> {
  const tables = tablesIn(directory);
  const reports: string[] = [];
  let store: EmbeddedStore;
  try {
    store = await openEmbeddedStore(directory, { limits, report: (what) => reports.push(what) });
  } catch (error) {
    if (tablesIn(directory) !== tables) count('other', 'it refused, but tables are gone that might have been repaired');
    else if (error instanceof StoreDamagedError && error.file !== '') count('refused');
    else count('other', error instanceof Error ? error.message : String(error));
    return;
  }
  try {
    const wrong = await firstWrongRow(store, rows);
    if (wrong === null) count(reports.some((what) => what.startsWith('index rebuilt')) ? 'rebuilt' : 'unharmed');
    else count(wrong.kind, `${wrong.what}; it reported: ${reports.join('; ') || 'nothing'}`);
  } finally {
    await closed(store);
  }
}

function tablesIn(directory: string): string {
  return readdirSync(join(directory, 'index'))
    .filter((name) => name.endsWith('.ldb'))
    .join();
}

async function firstWrongRow(store: Store, rows: Rows): Promise<{ kind: 'lost' | 'other'; what: string } | null> {
  for (const key of [fenceKey, ...Array.from({ length: keysMax }, (_, number) => rowKey(number))]) {
    const result = await new Promise<{ kind: string; value?: Uint8Array | null }>((resolve) => store.get(Table.users, key, resolve));
    if (result.kind !== 'ok') return { kind: 'other', what: `row ${key.join()} cannot be read` };
    if (result.value?.join() !== rows.get(key.join())) return { kind: 'lost', what: `row ${key.join()} is another` };
  }
  const start = Uint8Array.of(0);
  const end = Uint8Array.of(255);
  const page = await new Promise<ScanResult>((resolve) =>
    store.scan({ table: Table.users, start, end, limit: 10_000, reverse: false, bytesMax: 1e9 }, resolve),
  );
  if (page.kind !== 'ok') return { kind: 'other', what: 'a scan fails' };
  const shown = new Map(page.rows.map((row) => [row.key.join(), row.value.join()]));
  const same = shown.size === rows.size && [...rows].every(([key, value]) => shown.get(key) === value);
  return same ? null : { kind: 'lost', what: 'a scan shows other rows' };
}

const fenceKey = Uint8Array.of(0, partition, slot, 0);

function rowKey(number: number): Uint8Array {
  return Uint8Array.of(0, partition, slot, 16, number >> 8, number & 255);
}

function closed(store: Store): Promise<void> {
  return new Promise((resolve) => store.close(resolve));
}
