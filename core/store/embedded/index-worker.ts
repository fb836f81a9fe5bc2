/**
 * The index worker: the only thread that touches LevelDB. It also holds the directory's lock, a tiny LevelDB of its own whose
 * LOCK file no second process can take, so that the lock outlives a reopened index.
 */
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { ClassicLevel } from 'classic-level';
import { IndexFileDamagedError } from './index-files.ts';
import type { FromWorker, ToWorker, WorkerOptions } from './index-messages.ts';
import { IndexRowDamagedError } from './index-rows.ts';
import { LevelIndex } from './level-index.ts';
import type { IndexMark } from './machines/ports.ts';
import { unpackIndexKeys } from './packed-gets.ts';
import { beginInBackground, standBack } from './thread-priority.ts';

const port = parentPort;
if (port === null) throw new Error('index-worker runs as a worker thread');
const { directory, verifyAtOpenBytesMax } = workerData as WorkerOptions;
const buffers = new Map<number, Uint8Array>();
/** Counts reopenings, so that the main thread drops what an older index told. */
let epoch = 0;

standBack();

const lockDirectory = join(directory, 'lock');
const lock = new ClassicLevel(lockDirectory);
const index = new LevelIndex(
  { directory, verifyAtOpenBytesMax },
  (lsn) => tell({ kind: 'applied', epoch, lsn }),
  (what) => tell({ kind: 'applyFailed', epoch, what }),
);

port.on('message', (message: ToWorker) => {
  switch (message.kind) {
    case 'open':
      void open(message.token, message.storeWord, message.mark);
      return;
    case 'buffer':
      buffers.set(message.id, new Uint8Array(message.memory));
      return;
    case 'dropBuffer':
      buffers.delete(message.id);
      return;
    case 'apply':
      for (const { lsn, id, from, to } of message.records) {
        const buffer = buffers.get(id);
        if (buffer === undefined) throw new Error(`no buffer ${id}`);
        index.apply(lsn, buffer, from, to);
      }
      return;
    case 'hurry':
      index.hurry();
      return;
    case 'sync': {
      const { token } = message;
      void index.sync(message.lsn).then((mark) => tell({ kind: 'synced', token, mark }));
      return;
    }
    case 'reopen':
      epoch += 1;
      tellDone(message.token, index.reopen());
      return;
    case 'clear':
      tellDone(
        message.token,
        index.clear().then(() => true),
      );
      return;
    case 'gets': {
      const { token } = message;
      void index.getMany(unpackIndexKeys(message.keys), reportRead).then((values) => tell({ kind: 'values', token, values }));
      return;
    }
    case 'scan':
      void index.scan(message.table, message.start, message.end, message.limit, message.reverse, message.bytesMax).then(
        (page) => tell({ kind: 'rows', token: message.token, ok: true, ...page }),
        (error: unknown) => {
          reportRead(error);
          tell({ kind: 'rows', token: message.token, ok: false, rows: new Uint8Array(0), count: 0, more: false });
        },
      );
      return;
    case 'close':
      tellDone(
        message.token,
        index
          .close()
          .then(() => lock.close())
          .then(() => true),
      );
      return;
    default:
      message satisfies never;
  }
});

async function open(token: number, storeWord: number, mark: IndexMark): Promise<void> {
  try {
    if (lock.status !== 'open') await takeLock();
    // The first call only takes the lock: the journal may be read now.
    if (storeWord < 0) {
      tell({ kind: 'opened', token, empty: true, syncedLsn: 0 });
      return;
    }
    const opened = await index.open(storeWord, mark);
    if (opened.otherStore) tell({ kind: 'openDamaged', token, file: 'index', what: 'belongs to another store' });
    else tell({ kind: 'opened', token, empty: opened.empty, syncedLsn: opened.syncedLsn });
  } catch (error) {
    const what = lock.status === 'open' ? describe(error) : describeLock(error);
    if (error instanceof IndexFileDamagedError) tell({ kind: 'openDamaged', token, file: error.file, what });
    else if (isDamage(error, what)) tell({ kind: 'openDamaged', token, file: damagedFile(what), what });
    else tell({ kind: 'openFailed', token, what });
  }
}

/**
 * A lock that cannot be read is made anew: nothing is kept in it. LevelDB does not sync the first MANIFEST of a new database, so a power cut
 * soon after the first start may empty it (disk trace). `destroy` takes the LOCK file first, so a lock that is held stays.
 */
async function takeLock(): Promise<void> {
  try {
    await lock.open();
  } catch (error) {
    if (!isDamage(error, describe(error))) throw error;
    await ClassicLevel.destroy(lockDirectory);
    await lock.open();
  }
  // LevelDB has one thread for all compactions of a process, which the first one begins. Here nobody waits for it.
  const beyond = Uint8Array.of(255, 255);
  await beginInBackground(() => lock.compactRange(beyond, beyond, { keyEncoding: 'view' }));
}

function tellDone(token: number, work: Promise<boolean>): void {
  void work.then(
    (ok) => tell({ kind: 'done', token, ok }),
    (error: unknown) => {
      tell({ kind: 'report', what: `index: ${describe(error)}` });
      tell({ kind: 'done', token, ok: false });
    },
  );
}

function reportRead(error: unknown): void {
  tell({ kind: 'report', what: `index: a read failed: ${describe(error)}` });
}

function tell(message: FromWorker): void {
  port?.postMessage(message);
}

/** LevelDB's own words stand in the cause. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}

function describeLock(error: unknown): string {
  const what = describe(error);
  return /\/LOCK: |already held/.test(what)
    ? `another process has it open (${what}); stop that one first, or choose another directory`
    : what;
}

function isDamage(error: unknown, what: string): boolean {
  return error instanceof IndexRowDamagedError || /corrupt|missing files|no such file|does not exist|not an sstable|checksum/i.test(what);
}

function damagedFile(what: string): string {
  const name = /([0-9]{6}\.(?:ldb|sst|log)|MANIFEST-[0-9]+|CURRENT)/.exec(what);
  return name === null ? 'index' : `index/${name[1]}`;
}
