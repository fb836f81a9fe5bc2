// Goal: one conversation over a store with a cache before it, as its owner writes and reads it. Method: batches as the engine makes them
// (fence, head, events, rewritten rows), and pages asked for with the version that the owner knows.
import { Part, writeConversationPart, writeEventKey } from '../../../../core/model/keys.ts';
import { writeHead } from '../../../../core/model/values.ts';
import { FrameWriter } from '../../../../core/protocol/writer.ts';
import { type ScanRequest, type ScanResult, type Store, Table } from '../../../../core/store/port.ts';
import { batchOf, type RowChange, scan, write } from '../harness.ts';

export interface PageOptions {
  readonly first?: number;
  readonly last?: number;
  readonly limit?: number;
  readonly newer?: boolean;
  readonly bytesMax?: number;
}

const partition = 1;
const slot = 2;
/** Its two users. */
const a = 7;
const b = 9;

export class LogWorld {
  readonly store: Store;
  head = 0;
  changed = 0;
  private fence: Uint8Array | null;
  private batches = 0;

  /** `before`: the owner before, whose claim and log are taken over. */
  constructor(store: Store, before?: LogWorld) {
    this.store = store;
    this.head = before?.head ?? 0;
    this.changed = before?.changed ?? 0;
    this.fence = before?.fence ?? null;
    this.batches = before?.batches ?? 0;
  }

  /** Appends `count` messages in one batch. */
  async append(count: number, text = 'message'): Promise<void> {
    const changes = Array.from({ length: count }, (_, index) => this.event(this.head + 1 + index, text));
    await this.write(this.head + count, changes);
  }

  /** Rewrites an earlier event's row, by an event of its own. */
  async edit(target: number, text: string): Promise<void> {
    this.changed = this.head + 1;
    await this.write(this.head + 1, [this.event(this.head + 1, `edit of ${target}`), this.event(target, text)]);
  }

  request(options: PageOptions = {}): ScanRequest {
    const { first = 1, last = this.head, limit = 50, newer = false, bytesMax = 1e6 } = options;
    return {
      table: Table.users,
      start: this.eventKey(last),
      end: Uint8Array.of(...this.eventKey(first), 0),
      limit,
      reverse: newer,
      bytesMax,
      log: { head: this.head, changed: this.changed },
    };
  }

  page(options?: PageOptions): Promise<ScanResult> {
    return scan(this.store, this.request(options));
  }

  /** The page's texts, in order. */
  async texts(options?: PageOptions): Promise<string[]> {
    const result = await this.page(options);
    if (result.kind !== 'ok') throw new Error('the store is unavailable');
    return result.rows.map(({ value }) => new TextDecoder().decode(value));
  }

  private event(seq: number, text: string): RowChange {
    return { key: this.eventKey(seq), value: new TextEncoder().encode(`${seq} ${text}`) };
  }

  private async write(head: number, changes: readonly RowChange[]): Promise<void> {
    this.batches += 1;
    const fence = Uint8Array.of(this.batches >> 8, this.batches & 255);
    const headRow = { key: this.headKey(), value: bytesBy((w) => writeHead(w, this.headOf(head))) };
    const outcome = await write(this.store, batchOf({ partition, slot, expected: this.fence, fence, changes: [headRow, ...changes] }));
    if (outcome.kind !== 'ok') throw new Error(outcome.kind);
    this.fence = fence;
    this.head = head;
  }

  private headOf(lastSeq: number): Parameters<typeof writeHead>[1] {
    return { lastSeq, lastMessageNo: lastSeq, lowerMessageNo: 0, lastTimestamp: 0, blockedBy: 0, changedSeq: this.changed };
  }

  private headKey(): Uint8Array {
    return bytesBy((w) => writeConversationPart(w, partition, slot, a, b, Part.head));
  }

  private eventKey(seq: number): Uint8Array {
    return bytesBy((w) => writeEventKey(w, partition, slot, a, b, seq));
  }
}

function bytesBy(write: (w: FrameWriter) => void): Uint8Array {
  const writer = new FrameWriter(64);
  write(writer);
  return writer.copy();
}
