/**
 * A store with a cache of recent conversations before it (DESIGN 7): reads of logs are answered from chunks where those are good, everything
 * else goes to the store as before.
 *
 * Method: the reader says of which version the log is (`LogVersion`, from the conversation's head, which no cache ever gives); a chunk counts
 * only with its seal and a version that fits, so whatever the cache answers, order and content are the store's. Equal reads under way are one.
 * An edit or deletion removes the chunks it touched, so that what was deleted does not lie about until it is forgotten.
 * Without answers from the cache the store is read: slower, nothing else.
 */
import type { GetResult, LogVersion, ScanRequest, ScanResult, Store, StoreWrite, Table, WriteOutcome } from '../port.ts';
import { Absent, isRemembered, unitOf } from './absent.ts';
import { changedChunks, keyText, touchedRows } from './batch-look.ts';
import { CacheCounts } from './cache-counts.ts';
import type { Cache, Seal } from './cache-port.ts';
import { type Chunk, joined, openChunk, sealChunk } from './chunk.ts';
import { type CacheLimits, cacheLimits } from './limits.ts';
import { chunkKey, chunksFrom, chunksOf, type LogRange, pageFrom, rangeOf } from './log-range.ts';

export interface CachingStoreOptions {
  readonly store: Store;
  readonly cache: Cache;
  readonly seal: Seal;
  /** In every key: stores that share a cache have different ones. */
  readonly space: string;
  /** For ages only. */
  nowMs(): number;
  readonly limits?: CacheLimits;
}

type Scanned = (result: ScanResult) => void;
type Got = (result: GetResult) => void;

/** A page that is being read. */
interface PageRead {
  readonly request: ScanRequest;
  readonly range: LogRange;
  readonly version: LogVersion;
  readonly name: string;
  readonly waiting: Scanned[];
}

export class CachingStore implements Store {
  readonly counts = new CacheCounts();
  /** Told the age of each chunk that answers. */
  observeAgeMs: (ageMs: number) => void = () => {};
  private readonly store: Store;
  private readonly options: CachingStoreOptions;
  private readonly limits: CacheLimits;
  private readonly cache: Cache;
  private readonly pages = new Map<string, PageRead>();
  private readonly absent: Absent<Got>;

  constructor(options: CachingStoreOptions) {
    this.options = options;
    this.store = options.store;
    this.cache = options.cache;
    this.limits = options.limits ?? cacheLimits;
    this.absent = new Absent(this.limits);
  }

  scan(request: ScanRequest, done: Scanned): void {
    const range = rangeOf(request);
    if (range === null || request.log === undefined) {
      this.store.scan(request, done);
      return;
    }
    const name = nameOf(request, request.log);
    const underWay = this.pages.get(name);
    if (underWay !== undefined) {
      this.counts.joined += 1;
      underWay.waiting.push(done);
      return;
    }
    const copy = { ...request, start: request.start.slice(), end: request.end.slice() };
    const page: PageRead = { request: copy, range, version: request.log, name, waiting: [done] };
    if (this.pages.size < this.limits.pagesUnderWayMax) this.pages.set(name, page);
    const numbers = chunksOf(range, request);
    const keys = numbers.map((number) => this.keyOf(range, number));
    this.cache.read(keys, (values) => this.opened(page, numbers, keys, values));
  }

  get(table: Table, key: Uint8Array, done: Got): void {
    if (!isRemembered(table, key, 0)) {
      this.store.get(table, key, done);
      return;
    }
    const unit = unitOf(table, key, 0);
    const name = keyText(table, key, 0, key.length);
    const underWay = this.absent.underWay(name);
    if (underWay !== undefined) {
      this.counts.joined += 1;
      underWay.waiting.push(done);
      return;
    }
    if (this.absent.has(unit, name, this.options.nowMs())) {
      this.counts.absentHits += 1;
      // The answer comes later, as from a store: the cache is asked for nothing.
      this.cache.read([], () => done({ kind: 'ok', value: null }));
      return;
    }
    const asking = this.absent.begin(unit, name, done);
    this.store.get(table, key, (result) => {
      this.absent.end(name, asking, result.kind !== 'ok' || result.value !== null, this.options.nowMs());
      for (const waiter of asking.waiting) waiter(result);
    });
  }

  write(request: StoreWrite, done: (outcome: WriteOutcome) => void): void {
    const { table, fenceKey } = request;
    const unit = unitOf(table, fenceKey, 0);
    const touched = touchedRows(request);
    const removed = changedChunks(request).map(({ partition, a, b, chunk }) => chunkKey(this.options.space, partition, a, b, chunk));
    // What else a batch without rows may be: a claim, a release. Whoever held the slot before may have written anything.
    const isClaim = request.opCount === 1;
    const note = (outcome: WriteOutcome | null): void => {
      for (const key of touched) this.absent.written(unit, key);
      if (isClaim || outcome?.kind === 'conditionFalse') this.absent.claimed(unit);
    };
    note(null);
    this.store.write(request, (outcome) => {
      note(outcome);
      if (removed.length > 0) {
        this.counts.removed += removed.length;
        this.cache.remove(removed);
      }
      done(outcome);
    });
  }

  compareAndSet(key: Uint8Array, expected: Uint8Array | null, value: Uint8Array, done: (outcome: WriteOutcome) => void): void {
    this.store.compareAndSet(key, expected, value, done);
  }

  close(done: () => void): void {
    this.store.close(() => {
      this.cache.close();
      done();
    });
  }

  /** The cache answered: with these chunks, or the store is read. */
  private opened(page: PageRead, numbers: readonly number[], keys: readonly string[], values: readonly (Uint8Array | null)[]): void {
    const chunks = new Map<number, Chunk>();
    for (const [index, number] of numbers.entries()) {
      const value = values[index] ?? null;
      if (value === null) continue;
      const chunk = openChunk(keys[index], value, this.options.seal, page.version);
      if (chunk === 'false') this.counts.false += 1;
      else if (chunk === 'old') this.counts.old += 1;
      else chunks.set(number, chunk);
    }
    const result = pageFrom(chunks, page.range, page.request);
    if (result === null) {
      this.counts.misses += 1;
      this.read(page, chunks);
      return;
    }
    this.counts.hits += 1;
    this.observeAges(chunks);
    this.answer(page, result);
  }

  private read(page: PageRead, known: ReadonlyMap<number, Chunk>): void {
    const { request, range, version } = page;
    this.store.scan(request, (result) => {
      if (result.kind === 'ok') {
        const found = chunksFrom(range, request, result.rows, version.head, this.options.nowMs());
        for (const [number, chunk] of found) this.keep(range, number, joined(known.get(number), chunk));
      }
      this.answer(page, result);
    });
  }

  private keep(range: LogRange, number: number, chunk: Chunk): void {
    const key = this.keyOf(range, number);
    const value = sealChunk(key, chunk, this.options.seal);
    if (value === null) return;
    this.counts.written += 1;
    this.cache.write(key, value);
  }

  private answer(page: PageRead, result: ScanResult): void {
    if (this.pages.get(page.name) === page) this.pages.delete(page.name);
    for (const waiter of page.waiting) waiter(result);
  }

  private keyOf(range: LogRange, number: number): string {
    return chunkKey(this.options.space, range.partition, range.a, range.b, number);
  }

  private observeAges(chunks: ReadonlyMap<number, Chunk>): void {
    const now = this.options.nowMs();
    for (const { readAtMs } of chunks.values()) this.observeAgeMs(Math.max(0, now - readAtMs));
  }
}

/** Equal reads of an equal version have equal answers. */
function nameOf({ table, start, end, limit, reverse, bytesMax }: ScanRequest, { head, changed }: LogVersion): string {
  const range = `${keyText(table, start, 0, start.length)}${keyText(table, end, 0, end.length)}`;
  return [range, limit, reverse, bytesMax, head, changed].join(' ');
}
