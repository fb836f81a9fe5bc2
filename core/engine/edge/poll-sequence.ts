/** One sequence of polls: the number asked last, its answer, and what waits for the next one. */
import { noBytes } from '../../protocol/bytes.ts';
import { FrameReader } from '../../protocol/reader.ts';
import { FrameWriter } from '../../protocol/writer.ts';

const queueBytesAtFirst = 256;
/** A longer queue gives its memory back when it is empty. */
const queueBytesKept = 64 * 1024;

export class PollSequence {
  readonly id: string;
  readonly connection: number;
  readonly name: string;
  /** Number asked last. */
  number = 1;
  /** Its answer; null: not given yet. */
  answer: Uint8Array | null = null;
  /** HTTP request that waits for the answer; 0: none. */
  waiting: number;
  /** Since when it waits, or since when nobody asked. */
  sinceMs: number;
  /** The edge has ended the session: what is queued is the last that comes. */
  ended = false;
  pressed = false;
  /** In the list of those that the flush looks at. */
  ready = false;
  private queue = new FrameWriter(queueBytesAtFirst);
  wheelNext: PollSequence | null = null;
  wheelPrevious: PollSequence | null = null;
  wheelBucket = -1;

  constructor(id: string, connection: number, name: string, request: number, nowMs: number) {
    this.id = id;
    this.connection = connection;
    this.name = name;
    this.waiting = request;
    this.sinceMs = nowMs;
  }

  get queuedBytes(): number {
    return this.queue.length;
  }

  add(bytes: Uint8Array, start: number, end: number): void {
    this.queue.framed(bytes, start, end);
  }

  /** Takes whole frames of together at most `bytesMax` bytes; at least one when there is one. */
  take(bytesMax: number): Uint8Array {
    const { queue } = this;
    if (queue.length === 0) return noBytes;
    const end = queue.length <= bytesMax ? queue.length : lastFrameEnd(queue, bytesMax);
    const taken = queue.bytes.slice(0, end);
    if (end < queue.length) {
      queue.bytes.copyWithin(0, end, queue.length);
      queue.length -= end;
    } else {
      queue.reset();
      if (queue.bytes.length > queueBytesKept) this.queue = new FrameWriter(queueBytesAtFirst);
    }
    return taken;
  }
}

const reader = new FrameReader();

function lastFrameEnd(queue: FrameWriter, bytesMax: number): number {
  let end = 0;
  while (end < queue.length) {
    reader.reset(queue.bytes, end, queue.length);
    const size = reader.varint();
    const next = reader.position + size;
    if (next > bytesMax && end > 0) break;
    end = next;
  }
  return end;
}
