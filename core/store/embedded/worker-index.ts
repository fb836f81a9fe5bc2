/**
 * The index port over the worker: questions become messages, answers find their asker by token.
 *
 * Method: each message wakes a thread, which on a busy core costs more than most of what is asked. So a few gets leave at once (a chain of
 * look-ups, each of which waits for the one before it, is no load), but under load they leave some milliseconds apart, all that came meanwhile
 * in one message; and records, which the worker gathers for a second anyway, leave with the next message of another kind, or after a while.
 */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
// Loaded here too, though only the worker uses it: Node unloads an addon with the last thread that loaded it, and LevelDB's own
// background thread outlives the worker. It then ran in unmapped memory: 1 to 2 of 100 stops ended with SIGSEGV.
import 'classic-level';
import type { Row, ScanRequest, ScanResult, Table } from '../port.ts';
import type { FromWorker, RecordPlace, ToWorker, WorkerOptions } from './index-messages.ts';
import type { IndexMark, IndexOpened, IndexPort } from './machines/ports.ts';
import { answerGets, type GetDone, GetPacker } from './packed-gets.ts';
import type { SharedBufferPool } from './shared-buffer-pool.ts';

type Answer = (message: FromWorker | null) => void;

/** So many keys leave at once within `getGapMs`; what comes beyond them waits for its end, and leaves in one message. */
const keysAtOnceMax = 16;
const getGapMs = 3;
/** A record waits at most this long, or until so many bytes wait. */
const applyDelayMs = 20;
const applyBytesMax = 1024 * 1024;

/** Asked with this word, the worker only takes the directory's lock. */
const lockOnly = -1;
const noMark: IndexMark = { manifest: 0, bytes: 0 };

export class WorkerIndex implements IndexPort {
  readonly #options: WorkerOptions;
  readonly #pool: SharedBufferPool;
  readonly #report: (what: string) => void;
  readonly #asked = new Map<number, Answer>();
  readonly #gets = new GetPacker();
  #getsPlanned = false;
  /** When the gap began, and the keys that left within it. */
  #gapStartMs = Number.NEGATIVE_INFINITY;
  #gapKeys = 0;
  /** Records to be told to the worker. */
  #records: RecordPlace[] = [];
  #recordBytes = 0;
  #recordTimer: ReturnType<typeof setTimeout> | null = null;
  #worker: Worker;
  #alive = true;
  #closing = false;
  #token = 0;
  #epoch = 0;
  #word = lockOnly;
  #mark = noMark;
  #applied: (lsn: number) => void = () => {};
  #failed: () => void = () => {};

  constructor(options: WorkerOptions, pool: SharedBufferPool, report: (what: string) => void) {
    this.#options = options;
    this.#pool = pool;
    this.#report = report;
    this.#worker = this.#spawn();
    pool.onMade = (id, memory) => this.#tell({ kind: 'buffer', id, memory });
    pool.onDropped = (id) => this.#tell({ kind: 'dropBuffer', id });
  }

  /** Takes the directory's lock; to be done before anything in it is read. */
  lock(done: (opened: IndexOpened) => void): void {
    this.open(lockOnly, noMark, done);
  }

  open(storeWord: number, mark: IndexMark, done: (opened: IndexOpened) => void): void {
    this.#word = storeWord;
    this.#mark = mark;
    this.#ask(
      (token) => ({ kind: 'open', token, storeWord, mark }),
      (message) => {
        if (message?.kind === 'opened') done({ kind: 'opened', empty: message.empty, syncedLsn: message.syncedLsn });
        else if (message?.kind === 'openDamaged') done({ kind: 'damaged', file: message.file, what: message.what });
        else done({ kind: 'unavailable', what: message?.kind === 'openFailed' ? message.what : 'the index worker ended' });
      },
    );
  }

  apply(lsn: number, bytes: Uint8Array, from: number, to: number): void {
    this.#records.push({ lsn, id: this.#pool.idOf(bytes), from, to });
    this.#recordBytes += to - from;
    if (this.#recordBytes >= applyBytesMax) this.#sendRecords();
    else this.#recordTimer ??= setTimeout(() => this.#sendRecords(), applyDelayMs);
  }

  onProgress(applied: (lsn: number) => void, failed: () => void): void {
    this.#applied = applied;
    this.#failed = failed;
  }

  hurry(): void {
    this.#tell({ kind: 'hurry' });
  }

  sync(lsn: number, done: (synced: IndexMark | null) => void): void {
    this.#ask(
      (token) => ({ kind: 'sync', token, lsn }),
      (message) => {
        const mark = message?.kind === 'synced' ? message.mark : null;
        this.#mark = mark ?? this.#mark;
        done(mark);
      },
    );
  }

  reopen(done: (opened: boolean) => void): void {
    this.#epoch += 1;
    // They will be given again.
    this.#records = [];
    this.#recordBytes = 0;
    if (!this.#alive) {
      this.#epoch = 0;
      this.#worker = this.#spawn();
      this.#pool.forEachBuffer((id, memory) => this.#tell({ kind: 'buffer', id, memory }));
      this.open(this.#word, this.#mark, (opened) => done(opened.kind === 'opened'));
      return;
    }
    this.#ask(
      (token) => ({ kind: 'reopen', token }),
      (message) => done(message?.kind === 'done' && message.ok),
    );
  }

  clear(done: (cleared: boolean) => void): void {
    this.#ask(
      (token) => ({ kind: 'clear', token }),
      (message) => done(message?.kind === 'done' && message.ok),
    );
  }

  get(table: Table, key: Uint8Array, done: GetDone): void {
    this.#gets.add(table, key, done);
    if (this.#getsPlanned) return;
    this.#getsPlanned = true;
    const waitMs = this.#gapKeys < keysAtOnceMax ? 0 : this.#gapStartMs + getGapMs - performance.now();
    if (waitMs > 0) setTimeout(this.#sendGets, Math.ceil(waitMs));
    else queueMicrotask(this.#sendGets);
  }

  scan(request: ScanRequest, done: (result: ScanResult) => void): void {
    const { table, start, end, limit, reverse, bytesMax } = request;
    this.#ask(
      (token) => ({ kind: 'scan', token, table, start, end, limit, reverse, bytesMax }),
      (message) => {
        if (message?.kind === 'rows' && message.ok) done({ kind: 'ok', rows: unpackRows(message.rows, message.count), more: message.more });
        else done({ kind: 'unavailable' });
      },
    );
  }

  close(done: () => void): void {
    this.#closing = true;
    this.#sendGets();
    this.#ask(
      (token) => ({ kind: 'close', token }),
      () => {
        void this.#worker.terminate().then(() => done());
      },
    );
  }

  readonly #sendGets = (): void => {
    this.#getsPlanned = false;
    if (this.#gets.count === 0) return;
    const now = performance.now();
    if (now >= this.#gapStartMs + getGapMs) {
      this.#gapStartMs = now;
      this.#gapKeys = 0;
    }
    const { keys, done } = this.#gets.take();
    this.#gapKeys += done.length;
    this.#ask(
      (token) => ({ kind: 'gets', token, keys }),
      (message) => answerGets(done, message?.kind === 'values' ? message.values : null),
    );
  };

  #sendRecords(): void {
    if (this.#recordTimer !== null) clearTimeout(this.#recordTimer);
    this.#recordTimer = null;
    if (this.#records.length === 0) return;
    const records = this.#records;
    this.#records = [];
    this.#recordBytes = 0;
    if (this.#alive) this.#worker.postMessage({ kind: 'apply', records } satisfies ToWorker);
  }

  #ask(message: (token: number) => ToWorker, answer: Answer): void {
    this.#token += 1;
    const token = this.#token;
    this.#asked.set(token, answer);
    this.#sendRecords();
    if (this.#alive) this.#worker.postMessage(message(token));
    else setImmediate(() => this.#answer(token, null));
  }

  #tell(message: ToWorker): void {
    this.#sendRecords();
    if (this.#alive) this.#worker.postMessage(message);
  }

  #answer(token: number, message: FromWorker | null): void {
    const answer = this.#asked.get(token);
    this.#asked.delete(token);
    answer?.(message);
  }

  #hear(message: FromWorker): void {
    switch (message.kind) {
      case 'applied':
        if (message.epoch === this.#epoch) this.#applied(message.lsn);
        return;
      case 'applyFailed':
        this.#report(`index: ${message.what}`);
        if (message.epoch === this.#epoch) this.#failed();
        return;
      case 'report':
        this.#report(message.what);
        return;
      default:
        this.#answer(message.token, message);
    }
  }

  #spawn(): Worker {
    const worker = new Worker(workerFile(), { workerData: this.#options });
    this.#alive = true;
    worker.on('message', (message: FromWorker) => this.#hear(message));
    worker.on('error', (error) => this.#report(`index worker: ${error.message}`));
    worker.on('exit', () => {
      this.#alive = false;
      for (const token of [...this.#asked.keys()]) this.#answer(token, null);
      if (!this.#closing) this.#failed();
    });
    return worker;
  }
}

function unpackRows(packed: Uint8Array, count: number): Row[] {
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
  const rows: Row[] = [];
  let at = 0;
  for (let row = 0; row < count; row += 1) {
    const keyEnd = at + 8 + view.getUint32(at);
    const valueEnd = keyEnd + view.getUint32(at + 4);
    rows.push({ key: packed.slice(at + 8, keyEnd), value: packed.slice(keyEnd, valueEnd) });
    at = valueEnd;
  }
  return rows;
}

/** The built worker: beside this file, or in `dist` when this file is a source run by a tool. */
function workerFile(): string {
  if (import.meta.url.endsWith('.js')) return fileURLToPath(new URL('./index-worker.js', import.meta.url));
  const built = fileURLToPath(new URL('../../../dist/core/store/embedded/index-worker.js', import.meta.url));
  if (!existsSync(built)) throw new Error('the index worker is not built: npm run build:code');
  return built;
}
