/** The world of a traced run: so small that segments roll, checkpoints are made and LevelDB compacts within a second. */
import type { EmbeddedLimits } from '../../../core/store/embedded/machines/limits.ts';

export const tracedUnits = 8;

export const tracedLimits: Partial<EmbeddedLimits> = {
  segmentBytes: 16 * 1024,
  segmentsMax: 5,
  recordBytesMax: 8 * 1024,
  checkpointMs: 60,
  retryMs: 50,
  lagBytesMax: 128 * 1024,
  generationMs: 50,
};
