/**
 * The file port over Node's fs. On Linux each write goes to an O_DSYNC descriptor of a preallocated file: one trip to the
 * thread pool, one flush of the disk. Elsewhere a sync follows each write.
 */
import fs from 'node:fs';
import { join } from 'node:path';
import type { FilePort } from './machines/ports.ts';

const mebibyte = 1024 * 1024;
/** A new file is filled and synced in pieces, so that its flush does not stand before the journal's. */
const fillBytes = 2 * mebibyte;
const zeros = new Uint8Array(fillBytes);
const syncsItself = process.platform === 'linux';
const writeFlags = syncsItself ? fs.constants.O_RDWR | fs.constants.O_DSYNC : fs.constants.O_RDWR;

export class NodeFiles implements FilePort {
  readonly #directory: string;
  readonly #report: (what: string) => void;
  readonly #open = new Map<string, number>();

  constructor(directory: string, report: (what: string) => void) {
    this.#directory = directory;
    this.#report = report;
  }

  list(done: (names: readonly string[] | null) => void): void {
    fs.readdir(this.#directory, (error, names) => done(error === null ? names : null));
  }

  read(name: string, offset: number, into: Uint8Array, done: (count: number | null) => void): void {
    void this.#read(name, offset, into).then(done, (error: unknown) => {
      this.#report(`${name} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
      done(null);
    });
  }

  create(name: string, bytes: number, done: (made: boolean) => void): void {
    void this.#create(name, bytes).then(
      () => done(true),
      (error: unknown) => {
        this.#report(`${name} cannot be made: ${error instanceof Error ? error.message : String(error)}`);
        fs.unlink(this.#path(name), () => done(false));
      },
    );
  }

  write(name: string, offset: number, bytes: Uint8Array, done: (written: boolean) => void): void {
    const descriptor = this.#open.get(name);
    if (descriptor !== undefined) {
      this.#write(name, descriptor, offset, bytes, done);
      return;
    }
    fs.open(this.#path(name), writeFlags, (error, opened) => {
      if (error !== null) {
        this.#report(`${name} cannot be opened: ${error.message}`);
        done(false);
        return;
      }
      this.#open.set(name, opened);
      this.#write(name, opened, offset, bytes, done);
    });
  }

  release(name: string): void {
    const descriptor = this.#open.get(name);
    if (descriptor === undefined) return;
    this.#open.delete(name);
    fs.close(descriptor, () => {});
  }

  close(): void {
    for (const name of [...this.#open.keys()]) this.release(name);
  }

  #write(name: string, descriptor: number, offset: number, bytes: Uint8Array, done: (written: boolean) => void): void {
    fs.write(descriptor, bytes, 0, bytes.length, offset, (error, count) => {
      if (error !== null || count !== bytes.length) {
        this.#report(`${name}: ${error === null ? `${count} of ${bytes.length} bytes written` : error.message}`);
        done(false);
      } else if (syncsItself) done(true);
      else fs.fsync(descriptor, (failure) => done(failure === null));
    });
  }

  async #read(name: string, offset: number, into: Uint8Array): Promise<number> {
    const file = await fs.promises.open(this.#path(name), 'r');
    try {
      for (let count = 0; ; ) {
        const { bytesRead } = await file.read(into, count, into.length - count, offset + count);
        count += bytesRead;
        if (bytesRead === 0 || count === into.length) return count;
      }
    } finally {
      await file.close();
    }
  }

  async #create(name: string, bytes: number): Promise<void> {
    // Filling the last room for nothing would take it from the index, which needs it to set journal files free.
    const { bavail, bsize } = await fs.promises.statfs(this.#directory);
    if (bavail * bsize < bytes) throw new Error(`no room on the disk for ${Math.ceil(bytes / mebibyte)} MiB`);
    const file = await fs.promises.open(this.#path(name), 'w+');
    try {
      for (let at = 0; at < bytes; at += fillBytes) {
        const length = Math.min(fillBytes, bytes - at);
        const { bytesWritten } = await file.write(zeros, 0, length, at);
        if (bytesWritten !== length) throw new Error('no room');
        await file.datasync();
      }
      await file.sync();
    } finally {
      await file.close();
    }
    await syncDirectory(this.#directory);
    if (!this.#open.has(name)) this.#open.set(name, await openForWrites(this.#path(name)));
  }

  #path(name: string): string {
    return join(this.#directory, name);
  }
}

/** Makes the names in a directory durable. */
export async function syncDirectory(directory: string): Promise<void> {
  const handle = await fs.promises.open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function openForWrites(path: string): Promise<number> {
  return new Promise((resolve, reject) => {
    fs.open(path, writeFlags, (error, descriptor) => (error === null ? resolve(descriptor) : reject(error)));
  });
}
