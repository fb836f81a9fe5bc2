/**
 * The embedded store on real files: one directory, one process, nothing to install.
 *
 * Method: the machine decides, this host moves bytes: files by `NodeFiles`, LevelDB in a worker, turns of the machine by
 * `setImmediate` (all that one turn of the event loop asked for leaves as one record) and a timer for later ones.
 */
import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { crc32 } from 'node:zlib';
import type { Store } from '../port.ts';
import { type EmbeddedLimits, embeddedLimits } from './machines/limits.ts';
import { type StartResult, StoreMachine, type StoreMachineStats } from './machines/store-machine.ts';
import { NodeFiles, syncDirectory } from './node-files.ts';
import { SharedBufferPool } from './shared-buffer-pool.ts';
import { WorkerIndex } from './worker-index.ts';

/** About one second of checking, and what the disk takes to read it. */
const verifyAtOpenBytesMax = 1024 * 1024 * 1024;

export interface EmbeddedStoreOptions {
  /** Limits other than the default ones (small worlds). */
  readonly limits?: Partial<EmbeddedLimits>;
  /** So many bytes of the index's tables are verified before it serves, newest first; the rest behind, while it serves. */
  readonly verifyAtOpenBytesMax?: number;
  /** Told what is no answer to a caller: failed writes, a rebuilt index. */
  readonly report?: (what: string) => void;
}

export interface EmbeddedStore extends Store {
  stats(): StoreMachineStats;
}

/** A file of the store is damaged, missing or of an unknown format; nothing was served from it. */
export class StoreDamagedError extends Error {
  override readonly name = 'StoreDamagedError';
  readonly file: string;

  constructor(directory: string, file: string, what: string) {
    super(`store ${directory}: ${file} ${what}`);
    this.file = file;
  }
}

/** The directory cannot be used now: another process has it, or the disk refuses. */
export class StoreUnavailableError extends Error {
  override readonly name = 'StoreUnavailableError';
}

/**
 * Opens (or makes) the store in `directory` and recovers it; resolves when it may be served.
 * @throws StoreDamagedError, StoreUnavailableError
 */
export async function openEmbeddedStore(directory: string, options: EmbeddedStoreOptions = {}): Promise<EmbeddedStore> {
  await mkdir(directory, { recursive: true });
  // The files are synced with their names in the directory; its own name is to be found, too. Who may not read above it relies on its maker.
  await syncDirectory(dirname(resolve(directory))).catch(() => {});
  const host = new EmbeddedHost(directory, options);
  const result = await host.start();
  if (result.kind === 'serving') return host;
  await new Promise<void>((resolve) => host.abandon(resolve));
  if (result.kind === 'damaged') throw new StoreDamagedError(directory, result.file, result.what);
  throw new StoreUnavailableError(`store ${directory}: ${result.what}`);
}

class EmbeddedHost implements EmbeddedStore {
  readonly #files: NodeFiles;
  readonly #index: WorkerIndex;
  readonly #machine: StoreMachine;
  #immediate = false;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #timerAtMs = Number.POSITIVE_INFINITY;
  #closed = false;

  constructor(directory: string, options: EmbeddedStoreOptions) {
    const report = options.report ?? (() => {});
    const buffers = new SharedBufferPool();
    this.#files = new NodeFiles(directory, report);
    this.#index = new WorkerIndex(
      { directory, verifyAtOpenBytesMax: options.verifyAtOpenBytesMax ?? verifyAtOpenBytesMax },
      buffers,
      report,
    );
    this.#machine = new StoreMachine(
      {
        files: this.#files,
        index: this.#index,
        buffers,
        checksum: (bytes, from, to, seed) => crc32(bytes.subarray(from, to), seed),
        now: () => performance.now(),
        wakeAt: (atMs) => this.#wakeAt(atMs),
        report,
      },
      { ...embeddedLimits, ...options.limits },
    );
  }

  /** The lock first, then the machine reads. */
  start(): Promise<StartResult> {
    return new Promise((resolve) => {
      this.#index.lock((locked) => {
        if (locked.kind === 'opened') this.#machine.start(randomBytes(4).readUInt32BE(), resolve);
        else resolve({ kind: 'unavailable', what: locked.what });
      });
    });
  }

  abandon(done: () => void): void {
    this.#closed = true;
    this.#clearTimer();
    this.#files.close();
    this.#index.close(done);
  }

  write(...[request, done]: Parameters<Store['write']>): void {
    this.#machine.write(request, done);
  }

  get(...[table, key, done]: Parameters<Store['get']>): void {
    this.#machine.get(table, key, done);
  }

  scan(...[request, done]: Parameters<Store['scan']>): void {
    this.#machine.scan(request, done);
  }

  compareAndSet(...[key, expected, value, done]: Parameters<Store['compareAndSet']>): void {
    this.#machine.compareAndSet(key, expected, value, done);
  }

  close(done: () => void): void {
    this.#machine.close(() => {
      this.#closed = true;
      this.#clearTimer();
      this.#files.close();
      done();
    });
  }

  stats(): StoreMachineStats {
    return this.#machine.stats();
  }

  #wakeAt(atMs: number): void {
    const nowMs = performance.now();
    if (atMs <= nowMs) {
      if (this.#immediate) return;
      this.#immediate = true;
      setImmediate(() => {
        this.#immediate = false;
        this.#turn();
      });
      return;
    }
    if (atMs >= this.#timerAtMs) return;
    this.#clearTimer();
    this.#timerAtMs = atMs;
    this.#timer = setTimeout(
      () => {
        this.#timerAtMs = Number.POSITIVE_INFINITY;
        this.#turn();
      },
      Math.ceil(atMs - nowMs),
    );
  }

  #turn(): void {
    if (!this.#closed) this.#machine.turn();
  }

  #clearTimer(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#timerAtMs = Number.POSITIVE_INFINITY;
  }
}
