/**
 * Link frames on their way within a turn.
 *
 * Method: two buffers change places, because the machine that reads a run may add to the next one meanwhile.
 */
import { FrameWriter } from '../protocol/writer.ts';

const bytesAtFirst = 64 * 1024;
const bytesKept = 4 * 1024 * 1024;

export class LinkRun {
  private filling = new FrameWriter(bytesAtFirst);
  private resting = new FrameWriter(bytesAtFirst);

  get length(): number {
    return this.filling.length;
  }

  add(bytes: Uint8Array, start: number, end: number): void {
    this.filling.framed(bytes, start, end);
  }

  /** What was gathered; valid until the next `take`. */
  take(): Uint8Array {
    const full = this.filling;
    this.filling = this.resting.bytes.length > bytesKept ? new FrameWriter(bytesAtFirst) : this.resting;
    this.filling.reset();
    this.resting = full;
    return full.view();
  }
}
