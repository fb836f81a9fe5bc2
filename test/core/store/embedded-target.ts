/** The embedded store in a temporary directory, small enough to roll segments and make checkpoints within a test. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EmbeddedStore, openEmbeddedStore } from '../../../core/store/embedded/embedded-store.ts';
import type { EmbeddedLimits } from '../../../core/store/embedded/machines/limits.ts';

export const smallLimits: Partial<EmbeddedLimits> = {
  segmentBytes: 256 * 1024,
  recordBytesMax: 64 * 1024,
  checkpointMs: 100,
  retryMs: 50,
  lagBytesMax: 1024 * 1024,
  generationMs: 50,
};

export class EmbeddedTarget {
  readonly name = 'embedded';
  #directory = '';

  get directory(): string {
    return this.#directory;
  }

  async open(): Promise<EmbeddedStore> {
    this.#directory = await mkdtemp(join(tmpdir(), 'parley-store-'));
    return this.reopen();
  }

  reopen(limits: Partial<EmbeddedLimits> = smallLimits): Promise<EmbeddedStore> {
    return openEmbeddedStore(this.#directory, { limits });
  }

  async dispose(): Promise<void> {
    await rm(this.#directory, { recursive: true, force: true });
  }
}
