/**
 * The store of a day: answers as the memory model does, but keeps a partition's day in some hundred MB of typed arrays.
 *
 * Method: a key says which row it is; heads, watermarks, senders and inbox entries lie in a heap of small values, events in the day's log
 * (day-log.ts), which is the only part that knows what a row means and so can check it. A row that was never written stands as the day
 * found it: an account, a name, a conversation whose fifty events everybody has seen. Writes are applied when they arrive and answered
 * after a drawn time; the fence is compared byte for byte.
 */
import { equalBytes } from '../../core/model/byte-order.ts';
import { Part, Tag, writeEventKey, writeInboxKey } from '../../core/model/keys.ts';
import { forEachRow } from '../../core/model/row-batch.ts';
import {
  readEventValue,
  writeAccount,
  writeEntryValue,
  writeEventValue,
  writeFence,
  writeHead,
  writeUserOfName,
  writeWatermark,
} from '../../core/model/values.ts';
import { newEntryStruct, newEventStruct } from '../../core/protocol/generated/structs.ts';
import { FrameWriter } from '../../core/protocol/writer.ts';
import { type GetResult, type Row, RowOp, type ScanRequest, type ScanResult, type StoreWrite, Table } from '../../core/store/port.ts';
import { checkWrite } from '../../core/store/write-rules.ts';
import type { LogOrder } from './checkers/log-order.ts';
import type { DayLog } from './day-log.ts';
import { conversationsPerUser, seqAtStart } from './limits.ts';
import { type Population, partitionsOfNodes } from './population.ts';
import { rankOfSender } from './sends.ts';
import { ValueHeap } from './value-heap.ts';

/** The claim that the day found: released, so that the day's own claims come at once. */
export const epochAtStart = 2;
export const batchAtStart = 1_000;

/** What was written to one slot of one table. */
export interface UnitWork {
  batches: number;
  rows: number;
  bytes: number;
  /** Obligation rows that stand in it. */
  obligations: number;
}

export class DayStore {
  readonly units: UnitWork[];
  gets = 0;
  scans = 0;
  rowsRead = 0;
  /** By conversation: its obligation row is there. */
  readonly obligations: Uint8Array;
  openObligations = 0;
  readonly values = new ValueHeap();
  readonly #population: Population;
  readonly #log: DayLog;
  readonly #order: LogOrder;
  readonly #startMs: number;
  readonly #fences: Uint8Array[];
  readonly #headRefs: Uint32Array;
  readonly #watermarkRefs: Uint32Array;
  readonly #entryRefs: Uint32Array;
  readonly #senderRefs: Uint32Array;
  readonly #key = new FrameWriter(64);
  readonly #value = new FrameWriter(512);
  /** Rows of a page of events, and where their keys and values end. */
  readonly #page = new FrameWriter(4096);
  readonly #pageEnds: number[] = [];
  readonly #event = newEventStruct();
  readonly #entry = newEntryStruct();
  #ops: Uint8Array = new Uint8Array(0);
  #table: number = Table.users;
  #unit: UnitWork;

  constructor(population: Population, log: DayLog, order: LogOrder, startMs: number) {
    this.#population = population;
    this.#log = log;
    this.#order = order;
    this.#startMs = startMs;
    const units = 4 * population.slotsPerSide;
    this.units = Array.from({ length: units }, () => ({ batches: 0, rows: 0, bytes: 0, obligations: 0 }));
    this.#unit = this.units[0];
    const w = this.#value;
    w.reset();
    writeFence(w, { epoch: epochAtStart, claimHigh: 1, claimLow: 1, batch: batchAtStart, released: true, assignment: 0 });
    this.#fences = Array.from({ length: units }, () => w.copy());
    this.obligations = new Uint8Array(population.conversations);
    this.#headRefs = new Uint32Array(population.conversations);
    this.#watermarkRefs = new Uint32Array(2 * population.conversations);
    this.#entryRefs = new Uint32Array(2 * population.conversations);
    this.#senderRefs = new Uint32Array(population.devices * conversationsPerUser);
  }

  /** Applies the batch if the fence row holds what is expected. */
  write(request: StoreWrite): boolean {
    checkWrite(request);
    const number = this.#unitOf(request.table, request.partition, request.slot);
    if (request.expectedFence === null || !equalBytes(this.#fences[number], request.expectedFence)) return false;
    this.#unit = this.units[number];
    this.#ops = request.ops;
    this.#table = request.table;
    const rows = forEachRow(request.ops, this.#applyRow);
    this.#unit.batches += 1;
    this.#unit.rows += rows;
    this.#unit.bytes += request.ops.length;
    return true;
  }

  get(table: Table, key: Uint8Array): GetResult {
    this.gets += 1;
    const w = this.#value;
    w.reset();
    const tag = key[3];
    if (tag === Tag.fence) return { kind: 'ok', value: this.#fences[this.#unitOf(table, (key[0] << 8) | key[1], key[2])].slice() };
    if (table === Table.names) writeUserOfName(w, this.#population.ids[this.#population.userOfName(key, 8)]);
    else if (tag === Tag.account) writeAccount(w, { name: this.#population.nameOf(userAt(key, 4)), createdAt: this.#startMs });
    else if (tag === Tag.inbox) return { kind: 'ok', value: this.#entryOf(userAt(key, 4), userAt(key, 12), userAt(key, 20)) };
    else if (tag === Tag.conversation) return { kind: 'ok', value: this.#rowOfConversation(key) };
    else throw new Error(`the day's store has no row to get of tag ${tag}`);
    return { kind: 'ok', value: w.copy() };
  }

  scan(request: ScanRequest): ScanResult {
    this.scans += 1;
    const { start } = request;
    const tag = start[3];
    if (tag === Tag.obligation) {
      const unit = this.units[this.#unitOf(request.table, (start[0] << 8) | start[1], start[2])];
      if (unit.obligations > 0) throw new Error('a claim of a slot with open obligations: nobody claims one twice in a day');
      return { kind: 'ok', rows: [], more: false };
    }
    const result = { kind: 'ok' as const, rows: [] as Row[], more: false };
    if (tag === Tag.inbox) this.#scanInbox(userAt(start, 4), result.rows);
    else if (tag === Tag.conversation && start[20] === Part.event) this.#scanEvents(request, result);
    else throw new Error(`the day's store has no rows to scan of tag ${tag}`);
    this.rowsRead += result.rows.length;
    return result;
  }

  /** The inbox entry and the watermarks of a conversation's member: as the rows hold them. */
  entry(conversation: number, side: number): Uint8Array {
    const members = [this.#population.evenMember(conversation), this.#population.oddMember(conversation)];
    return this.#entryOf(members[side], Math.min(...members), Math.max(...members));
  }

  watermark(conversation: number, side: number): Uint8Array {
    return this.#watermarkOf(conversation, side);
  }

  // ---- writing

  readonly #applyRow = (op: number, _table: number, keyAt: number, valueAt: number, end: number): void => {
    const ops = this.#ops;
    const tag = ops[keyAt + 3];
    if (tag === Tag.fence) {
      const number = this.#unitOf(this.#table, (ops[keyAt] << 8) | ops[keyAt + 1], ops[keyAt + 2]);
      this.#putFence(number, valueAt, end);
    } else if (tag === Tag.obligation) {
      this.#obligation(this.#conversationAt(keyAt), op === RowOp.put ? 1 : 0);
    } else if (op !== RowOp.put) {
      throw new Error(`the day's store deletes no row of tag ${tag}`);
    } else if (tag === Tag.inbox) {
      const reference = 2 * this.#conversation(userAt(ops, keyAt + 12), userAt(ops, keyAt + 20)) + (userAt(ops, keyAt + 4) & 1);
      this.#entryRefs[reference] = this.values.put(this.#entryRefs[reference], ops, valueAt, end);
    } else if (tag === Tag.conversation) {
      this.#applyOfConversation(keyAt, valueAt, end);
    } else {
      throw new Error(`the day's store writes no row of tag ${tag}`);
    }
  };

  #putFence(number: number, valueAt: number, end: number): void {
    const fence = this.#fences[number];
    if (fence.length !== end - valueAt) this.#fences[number] = this.#ops.slice(valueAt, end);
    else for (let index = 0; index < fence.length; index += 1) fence[index] = this.#ops[valueAt + index];
  }

  #applyOfConversation(keyAt: number, valueAt: number, end: number): void {
    const ops = this.#ops;
    const conversation = this.#conversationAt(keyAt);
    const part = ops[keyAt + 20];
    if (part === Part.head) {
      this.#headRefs[conversation] = this.values.put(this.#headRefs[conversation], ops, valueAt, end);
    } else if (part === Part.watermark) {
      const reference = 2 * conversation + (userAt(ops, keyAt + 21) & 1);
      this.#watermarkRefs[reference] = this.values.put(this.#watermarkRefs[reference], ops, valueAt, end);
    } else if (part === Part.sender) {
      const reference = lineAt(ops, keyAt + 29);
      this.#senderRefs[reference] = this.values.put(this.#senderRefs[reference], ops, valueAt, end);
    } else if (part === Part.event) {
      readEventValue(ops.subarray(valueAt, end), this.#event);
      this.#order.append(conversation, ~wordAt(ops, keyAt + 25) >>> 0, this.#event);
    } else {
      throw new Error(`the day's store has no part ${part}`);
    }
  }

  #obligation(conversation: number, there: number): void {
    this.openObligations += there - this.obligations[conversation];
    this.#unit.obligations += there - this.obligations[conversation];
    this.obligations[conversation] = there;
  }

  // ---- reading

  #scanInbox(user: number, rows: Row[]): void {
    const population = this.#population;
    for (let rank = 0; rank < conversationsPerUser; rank += 1) {
      const peer = population.peerOf(user, rank);
      const [lower, upper] = user < peer ? [user, peer] : [peer, user];
      this.#key.reset();
      const { ids } = population;
      writeInboxKey(this.#key, this.#partitionOf(user), population.slotOf(user), ids[user], ids[lower], ids[upper]);
      rows.push({ key: this.#key.copy(), value: this.#entryOf(user, lower, upper) });
    }
  }

  /** Events `[last … first]`, newest first by their keys; `reverse` gives them ascending. */
  #scanEvents(request: ScanRequest, result: { rows: Row[]; more: boolean }): void {
    const population = this.#population;
    const { start, end, reverse } = request;
    const [lower, upper] = [userAt(start, 4), userAt(start, 12)];
    const conversation = this.#conversation(lower, upper);
    const last = ~wordAt(start, 25) >>> 0;
    const first = ~wordAt(end, 25) >>> 0;
    if (first <= seqAtStart) throw new Error('a page of what lies before the day');
    const page = this.#page;
    page.reset();
    const ends = this.#pageEnds;
    ends.length = 0;
    for (let count = 0; count <= last - first; count += 1) {
      if (count >= request.limit || (count > 0 && page.length >= request.bytesMax)) {
        result.more = true;
        break;
      }
      const seq = reverse ? first + count : last - count;
      this.#log.read(conversation, seq, this.#event);
      writeEventKey(page, this.#partitionOf(lower), population.slotOf(lower), population.ids[lower], population.ids[upper], seq);
      ends.push(page.length);
      writeEventValue(page, this.#event);
      ends.push(page.length);
    }
    // One array of its own for all rows: a copy each would cost more than all the rest.
    const bytes = page.copy();
    for (let index = 0; index < ends.length; index += 2) {
      const key = bytes.subarray(index === 0 ? 0 : ends[index - 1], ends[index]);
      result.rows.push({ key, value: bytes.subarray(ends[index], ends[index + 1]) });
    }
  }

  #headOf(conversation: number): Uint8Array {
    const reference = this.#headRefs[conversation];
    if (reference !== 0) return this.values.get(reference);
    const half = seqAtStart / 2;
    this.#value.reset();
    writeHead(this.#value, {
      lastSeq: seqAtStart,
      lastMessageNo: seqAtStart,
      lowerMessageNo: half,
      lastTimestamp: this.#startMs,
      blockedBy: 0,
      changedSeq: 0,
    });
    return this.#value.copy();
  }

  #watermarkOf(conversation: number, side: number): Uint8Array {
    const reference = this.#watermarkRefs[2 * conversation + side];
    if (reference !== 0) return this.values.get(reference);
    this.#value.reset();
    writeWatermark(this.#value, seqAtStart, seqAtStart);
    return this.#value.copy();
  }

  #entryOf(user: number, lower: number, upper: number): Uint8Array {
    const reference = this.#entryRefs[2 * this.#conversation(lower, upper) + (user & 1)];
    if (reference !== 0) return this.values.get(reference);
    const entry = this.#entry;
    const half = seqAtStart / 2;
    entry.conversationA = this.#population.ids[lower];
    entry.conversationB = this.#population.ids[upper];
    entry.lastSeq = seqAtStart;
    entry.lastOthersNo = half;
    entry.lastTimestamp = this.#startMs;
    entry.readSeq = seqAtStart;
    entry.readOthersNo = half;
    entry.flags = 0;
    entry.epoch = epochAtStart;
    entry.batch = batchAtStart - 1;
    this.#value.reset();
    writeEntryValue(this.#value, entry);
    return this.#value.copy();
  }

  #rowOfConversation(key: Uint8Array): Uint8Array | null {
    const conversation = this.#conversation(userAt(key, 4), userAt(key, 12));
    const part = key[20];
    if (part === Part.head) return this.#headOf(conversation);
    if (part === Part.watermark) return this.#watermarkOf(conversation, userAt(key, 21) & 1);
    if (part !== Part.sender) throw new Error(`the day's store has no row to get of part ${part}`);
    const reference = this.#senderRefs[lineAt(key, 29)];
    return reference === 0 ? null : this.values.get(reference);
  }

  #conversationAt(keyAt: number): number {
    return this.#conversation(userAt(this.#ops, keyAt + 4), userAt(this.#ops, keyAt + 12));
  }

  #conversation(lower: number, upper: number): number {
    const rank = this.#population.rankOf(lower, upper);
    if (rank < 0) throw new Error(`users ${lower} and ${upper} have no conversation`);
    return this.#population.conversationOf(lower, rank);
  }

  #partitionOf(user: number): number {
    return partitionsOfNodes[this.#population.nodeOf(user)];
  }

  #unitOf(table: number, partition: number, slot: number): number {
    const side = partition === partitionsOfNodes[0] ? 0 : 1;
    const { slotsPerSide } = this.#population;
    if (partition !== partitionsOfNodes[side] || slot >= slotsPerSide)
      throw new Error(`no slot ${slot} of partition ${partition} in this day`);
    return ((table === Table.names ? 2 : 0) + side) * slotsPerSide + slot;
  }
}

function userAt(bytes: Uint8Array, at: number): number {
  return wordAt(bytes, at) - 1;
}

/** Device and conversation of a sender id, in one number. */
function lineAt(bytes: Uint8Array, at: number): number {
  return (wordAt(bytes, at) - 1) * conversationsPerUser + rankOfSender(wordAt(bytes, at + 4));
}

function wordAt(bytes: Uint8Array, at: number): number {
  return ((bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3]) >>> 0;
}
