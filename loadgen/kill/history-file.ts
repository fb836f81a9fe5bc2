/** The history of a run on its way to a file: gathered lines, written by a stream. */
import { createWriteStream, type WriteStream } from 'node:fs';
import { encodeEntry } from '../../sim/history/codec.ts';
import type { HistoryEntry } from '../../sim/history/entry.ts';

const gatheredMax = 64 * 1024;

export class HistoryFile {
  private readonly stream: WriteStream;
  private gathered = '';
  private failure: Error | null = null;

  constructor(path: string) {
    this.stream = createWriteStream(path);
    this.stream.on('error', (error) => {
      this.failure ??= error;
    });
  }

  add(entry: HistoryEntry): void {
    this.gathered += encodeEntry(entry);
    if (this.gathered.length < gatheredMax) return;
    this.stream.write(this.gathered);
    this.gathered = '';
  }

  /** @throws when not everything could be written. */
  async end(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.stream.once('error', () => resolve());
      this.stream.end(this.gathered, () => resolve());
    });
    if (this.failure !== null) throw this.failure;
  }
}
