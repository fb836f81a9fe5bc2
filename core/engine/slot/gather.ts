/**
 * What gathers for a slot's next batch: dirty rows, new events, and what is to be told once they are durable.
 *
 * Method: state objects are noted once however often they change; their rows are written when the batch is made, so a batch
 * holds at most one operation a row (DESIGN 7: HBase hides a put behind a delete of the same timestamp). New events are copied into
 * an arena. Objects of a gather are kept and used again.
 */
import type { RowBatch } from '../../model/row-batch.ts';
import { FrameWriter } from '../../protocol/writer.ts';
import type { ConversationState } from '../home/conversation-state.ts';
import type { Node } from '../machine.ts';
import type { SlotState } from './slot-state.ts';

/** A state object with rows. `what` is one bit for each kind of row it has. */
export interface RowSource {
  /** Bits of the rows that gather now. */
  gathered: number;
  writeRow(what: number, batch: RowBatch, slot: SlotState): void;
  /** The batch that held the row is durable; `slot.batch` is its number. */
  rowDurable(what: number, slot: SlotState): void;
  /** The batch that was to hold the row was dropped, whatever its senders are told: nothing of it can be relied on. */
  rowDropped?(): void;
}

/** One appended event until its batch is durable. Recycled. */
export class GatheredEvent {
  conversation: ConversationState | null = null;
  author = 0;
  node: Node = 0;
  /** Session to answer: of the newest attempt. */
  session = 0;
  senderIdHigh = 0;
  senderIdLow = 0;
  clientSeq = 0;
  sendIdHigh = 0;
  sendIdLow = 0;
  seq = 0;
  messageNo = 0;
  lowerMessageNo = 0;
  timestamp = 0;
  /** Its struct lies at `[start, end)` of the gather's arena. */
  start = 0;
  end = 0;
}

export interface GatheredAnswer {
  readonly node: Node;
  readonly session: number;
  readonly frame: Uint8Array;
  /** What is told instead when the batch is rolled back; null: nothing. */
  readonly instead: ((code: number) => void) | null;
}

export interface GatheredLink {
  readonly node: Node;
  readonly frame: Uint8Array;
  readonly instead: ((code: number) => void) | null;
}

export class Gather {
  readonly sources: RowSource[] = [];
  readonly whats: number[] = [];
  readonly arena = new FrameWriter(1024);
  answers: GatheredAnswer[] = [];
  links: GatheredLink[] = [];
  /** Estimate of the batch's bytes, for the limit. */
  byteLength = 0;
  eventCount = 0;
  /** When it has to go, at the latest; 0: at once; Infinity: nothing says so yet. */
  dueAt = Number.POSITIVE_INFINITY;
  /** In flight: the encoded rows, and the number of the write. */
  rows: RowBatch | null = null;
  writeId = 0;
  /** It had an unknown outcome: since when; 0: none. */
  unknownSince = 0;
  /** It fails definitely: since when; 0: it does not. */
  failingSince = 0;
  private readonly events: GatheredEvent[] = [];

  get empty(): boolean {
    return this.sources.length === 0 && this.eventCount === 0 && this.answers.length === 0 && this.links.length === 0;
  }

  /** Notes that `source` has to write its row `what`; nothing when it is noted already. */
  add(source: RowSource, what: number): void {
    if ((source.gathered & what) !== 0) return;
    source.gathered |= what;
    this.sources.push(source);
    this.whats.push(what);
    this.byteLength += 128;
  }

  /** A recycled event to fill. */
  takeEvent(): GatheredEvent {
    let event = this.events[this.eventCount];
    if (event === undefined) {
      event = new GatheredEvent();
      this.events.push(event);
    }
    this.eventCount += 1;
    return event;
  }

  event(index: number): GatheredEvent {
    return this.events[index];
  }

  /** Empty again. Rows still noted lose their mark (the gather was dropped, not written). */
  clear(): void {
    for (let index = 0; index < this.sources.length; index++) {
      this.sources[index].gathered &= ~this.whats[index];
      this.sources[index].rowDropped?.();
    }
    this.recycle();
  }

  /** Empty again, after its rows were written and taken. */
  recycle(): void {
    this.sources.length = 0;
    this.whats.length = 0;
    this.arena.reset();
    if (this.answers.length > 0) this.answers = [];
    if (this.links.length > 0) this.links = [];
    this.byteLength = 0;
    this.dueAt = Number.POSITIVE_INFINITY;
    this.unknownSince = 0;
    this.failingSince = 0;
    for (let index = 0; index < this.eventCount; index++) this.events[index].conversation = null;
    this.eventCount = 0;
    // A burst must not keep its memory for ever.
    if (this.events.length > 64) this.events.length = 64;
  }
}
