/**
 * Outbox and cursors in a file: for programs on Node.
 *
 * Method: an append-only file of JSON lines, one a transaction, each synced before it counts. At the start it is read (a torn last line is
 * dropped), and written anew when most of it is history. One process has it open: a lock file names that process; a lock whose process
 * died is taken over.
 */
import { webcrypto } from 'node:crypto';
import { type FileHandle, open, readFile, rename, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { ClientRecord } from '../../engine/client/client-port.ts';
import { applyRecords, RecordMap } from '../../engine/client/client-records.ts';
import type { OpenedStore, OutboxStore } from '../outbox-store.ts';
import { randomHex, randomId53 } from '../random-id.ts';

/** Written anew when the file has so many lines for each record, and at least so many. */
const linesPerRecordMax = 4;
const linesMin = 1_000;

interface Line {
  readonly device?: number;
  readonly outbox?: string;
  readonly storeId?: string;
  readonly records?: readonly ClientRecord[];
}

/** Another living process has the file open. */
export class StoreInUseError extends Error {
  override readonly name = 'StoreInUseError';
}

export class FileStore implements OutboxStore {
  private readonly path: string;
  private readonly table = new RecordMap();
  private file: FileHandle | null = null;
  private deviceId = 0;
  private outbox = '';
  private lines = 0;
  private damaged = false;

  /** @param path of the file; its directory exists. `path.lock` lies beside it. */
  constructor(path: string) {
    this.path = path;
  }

  /** @throws StoreInUseError when another process has it open. */
  async open(): Promise<OpenedStore> {
    await takeLock(`${this.path}.lock`);
    const text = await readOrEmpty(this.path);
    for (const line of wholeLines(text)) this.replay(line);
    this.deviceId ||= randomId53(fillRandom);
    this.outbox ||= randomHex(fillRandom);
    await this.compact();
    return { deviceId: this.deviceId, outbox: this.outbox, records: this.table.list() };
  }

  async store(storeId: string, records: readonly ClientRecord[]): Promise<void> {
    if (this.file === null) throw new Error('the store is closed');
    // A write that failed may have left half a line: nothing is added behind it.
    if (this.damaged) await this.compact();
    this.damaged = true;
    await this.file.appendFile(`${JSON.stringify({ storeId, records } satisfies Line)}\n`);
    await this.file.datasync();
    this.damaged = false;
    applyRecords(this.table, storeId, records);
    this.lines++;
    if (this.lines > linesMin && this.lines > this.table.records.size * linesPerRecordMax) await this.compact();
  }

  onAdopted(): void {
    // One process has the file: there is no other tab that could die.
  }

  async close(): Promise<void> {
    await this.file?.close();
    this.file = null;
    await unlink(`${this.path}.lock`).catch(() => {});
  }

  private replay(line: Line): void {
    this.deviceId = line.device ?? this.deviceId;
    this.outbox = line.outbox ?? this.outbox;
    if (line.storeId !== undefined && line.records !== undefined) applyRecords(this.table, line.storeId, line.records);
    this.lines++;
  }

  /** Writes what counts into a new file, and puts it in the place of the old one. */
  private async compact(): Promise<void> {
    const head: Line = { device: this.deviceId, outbox: this.outbox };
    const known = this.table.get('s') as { storeId: string } | undefined;
    const body: Line = { storeId: known?.storeId ?? '', records: shared(this.table) };
    const next = `${this.path}.next`;
    const file = await open(next, 'w', 0o600);
    await file.writeFile(`${JSON.stringify(head)}\n${JSON.stringify(body)}\n`);
    await file.datasync();
    await file.close();
    await rename(next, this.path);
    await syncDirectory(dirname(this.path));
    await this.file?.close();
    this.file = await open(this.path, 'a', 0o600);
    this.lines = 2;
  }
}

/** All records, the storeId first: what follows belongs to it. */
function shared(table: RecordMap): ClientRecord[] {
  return table.list().sort((left, right) => Number(right.key === 's') - Number(left.key === 's'));
}

/** Lines up to the last whole one. A line that is no JSON before the end is damage, which is not passed over. */
function wholeLines(text: string): Line[] {
  const lines = text.split('\n');
  lines.pop();
  return lines.map((line) => JSON.parse(line) as Line);
}

async function takeLock(path: string): Promise<void> {
  for (let tries = 0; tries < 3; tries++) {
    try {
      const file = await open(path, 'wx', 0o600);
      await file.writeFile(String(process.pid));
      return await file.close();
    } catch (error) {
      if (!isCode(error, 'EEXIST')) throw error;
    }
    const owner = Number(await readOrEmpty(path));
    if (owner > 0 && isAlive(owner)) throw new StoreInUseError(`process ${owner} has ${path} open`);
    await unlink(path).catch(() => {});
  }
  throw new StoreInUseError(`${path} could not be taken`);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return isCode(error, 'EPERM');
  }
}

async function readOrEmpty(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (isCode(error, 'ENOENT')) return '';
    throw error;
  }
}

async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  await directory.sync().catch(() => {});
  await directory.close();
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

function fillRandom(words: Uint32Array<ArrayBuffer>): void {
  webcrypto.getRandomValues(words);
}
