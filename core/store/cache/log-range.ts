/** A read of a log by the port (keys, newest first) as what it means: which events of which conversation, and which chunks of the cache. */
import { Part, readKeyId, Tag, writeEventKey } from '../../model/keys.ts';
import { FrameWriter } from '../../protocol/writer.ts';
import { type Row, type ScanRequest, type ScanResult, Table } from '../port.ts';
import { type Chunk, chunkOf, rowAt } from './chunk.ts';

/** Where the seq stands in an event's key, behind prefix, tag, two ids and part. */
const seqAt = 21;
const eventKeyBytes = seqAt + 8;

export interface LogRange {
  readonly partition: number;
  readonly slot: number;
  readonly a: number;
  readonly b: number;
  readonly first: number;
  readonly last: number;
}

const key = new FrameWriter(64);

/** `null`: not a read of a log that the cache knows. */
export function rangeOf({ table, start, end, log }: ScanRequest): LogRange | null {
  if (log === undefined || table !== Table.users || !isEventKey(start, 0, eventKeyBytes)) return null;
  // The end is left out: it is the oldest event's key and a byte.
  if (end.length !== eventKeyBytes + 1 || !isEventKey(end, 0, eventKeyBytes)) return null;
  const partition = (start[0] << 8) | start[1];
  return { partition, slot: start[2], a: readKeyId(start, 4), b: readKeyId(start, 12), first: seqOf(end, 0), last: seqOf(start, 0) };
}

/** Is `bytes[at, at + length)` the key of an event of a direct conversation? */
export function isEventKey(bytes: Uint8Array, at: number, length: number): boolean {
  return length === eventKeyBytes && bytes[at + 3] === Tag.conversation && bytes[at + seqAt - 1] === Part.event;
}

/** Of the event key at `at`. */
export function seqOf(bytes: Uint8Array, at: number): number {
  const complement = new Uint8Array(8);
  for (let index = 0; index < 8; index += 1) complement[index] = ~bytes[at + seqAt + index];
  return readKeyId(complement, 0);
}

/** All keys of a partition lie in one shard of Redis: what stands in braces decides. `space` tells stores apart. */
export function chunkKey(space: string, partition: number, a: number, b: number, chunk: number): string {
  return `parley:${space}:{p${partition}}:${a}-${b}:${chunk}`;
}

/** Chunks that may answer the read, in its direction, at most as many as its limit needs. */
export function chunksOf(range: LogRange, request: ScanRequest): number[] {
  const { reverse, limit } = request;
  const from = chunkOf(reverse ? range.first : range.last);
  const to = chunkOf(reverse ? Math.min(range.last, range.first + limit - 1) : Math.max(range.first, range.last - limit + 1));
  const chunks: number[] = [];
  for (let chunk = from; reverse ? chunk <= to : chunk >= to; chunk += reverse ? 1 : -1) chunks.push(chunk);
  return chunks;
}

/** What the store would answer, out of the chunks; `null`: an event is missing. A log has no holes: so it tells `more` as well. */
export function pageFrom(chunks: ReadonlyMap<number, Chunk>, range: LogRange, request: ScanRequest): ScanResult | null {
  const { reverse, limit, bytesMax } = request;
  const rows: Row[] = [];
  let bytes = 0;
  for (let seq = reverse ? range.first : range.last; reverse ? seq <= range.last : seq >= range.first; seq += reverse ? 1 : -1) {
    if (rows.length >= limit || (rows.length > 0 && bytes >= bytesMax)) return { kind: 'ok', rows, more: true };
    const value = rowAt(chunks.get(chunkOf(seq)), seq);
    if (value === undefined) return null;
    rows.push({ key: eventKey(range, seq), value });
    bytes += eventKeyBytes + value.length;
  }
  return { kind: 'ok', rows, more: false };
}

/** The rows that the store gave, as chunks by number. */
export function chunksFrom(
  range: LogRange,
  request: ScanRequest,
  found: readonly Row[],
  head: number,
  readAtMs: number,
): Map<number, Chunk> {
  const { reverse } = request;
  const rows = reverse ? found : found.toReversed();
  const first = reverse ? range.first : range.last - rows.length + 1;
  const chunks = new Map<number, { head: number; readAtMs: number; first: number; rows: Uint8Array[] }>();
  for (const [index, row] of rows.entries()) {
    const seq = first + index;
    const number = chunkOf(seq);
    const chunk = chunks.get(number);
    if (chunk === undefined) chunks.set(number, { head, readAtMs, first: seq, rows: [row.value] });
    else chunk.rows.push(row.value);
  }
  return chunks;
}

function eventKey({ partition, slot, a, b }: LogRange, seq: number): Uint8Array {
  key.reset();
  writeEventKey(key, partition, slot, a, b, seq);
  return key.copy();
}
