/**
 * A chunk: a stretch of events of one log, as a value of the cache.
 *
 * Method: the value says at which head of the log its rows were read (its version) and is sealed together with its key. So a value that is
 * damaged, made up, or another key's is told from a good one, and an old one by its version. Layout: `u8 format, varints head, time, first seq,
 * count`, then each row with its length, then the seal.
 */
import { equalRanges } from '../../model/byte-order.ts';
import { FrameReader } from '../../protocol/reader.ts';
import { FrameWriter } from '../../protocol/writer.ts';
import type { LogVersion } from '../port.ts';
import { type Seal, sealBytes } from './cache-port.ts';
import { cacheLimits } from './limits.ts';

export interface Chunk {
  /** Durable head of the log when the rows were asked for. */
  readonly head: number;
  readonly readAtMs: number;
  readonly first: number;
  /** Values of the events `first`, `first + 1`, … */
  readonly rows: readonly Uint8Array[];
}

/** What became of a value: `false`: not sealed for this key; `old`: not of this version. */
export type Opened = Chunk | 'false' | 'old';

const format = 1;
const writer = new FrameWriter(16 * 1024);
const reader = new FrameReader();

/** Number of the chunk that holds this event. */
export function chunkOf(seq: number): number {
  return Math.floor(seq / cacheLimits.chunkEvents);
}

/** The value of a chunk; `null`: it is too long to be kept. A view, valid until the next call. */
export function sealChunk(key: string, chunk: Chunk, seal: Seal): Uint8Array | null {
  writer.reset();
  writer.u8(format);
  writer.varint(chunk.head);
  writer.varint(chunk.readAtMs);
  writer.varint(chunk.first);
  writer.varint(chunk.rows.length);
  for (const row of chunk.rows) writer.framed(row, 0, row.length);
  if (writer.length > cacheLimits.chunkBytesMax) return null;
  writer.append(seal(key, writer.view()));
  return writer.view();
}

/** The rows are views of `value`. */
export function openChunk(key: string, value: Uint8Array, seal: Seal, version: LogVersion): Opened {
  const bodyBytes = value.length - sealBytes;
  if (bodyBytes < 1 || bodyBytes > cacheLimits.chunkBytesMax) return 'false';
  if (!equalRanges(value, bodyBytes, seal(key, value.subarray(0, bodyBytes)), 0, sealBytes)) return 'false';
  reader.reset(value, 0, bodyBytes);
  // From here on it is what a Parley with this secret wrote for this key; perhaps another version of Parley.
  if (reader.u8() !== format) return 'old';
  const head = reader.varint();
  const readAtMs = reader.varint();
  const first = reader.varint();
  const count = reader.count(cacheLimits.chunkEvents);
  if (head < version.changed || head > version.head) return 'old';
  const rows: Uint8Array[] = [];
  for (let index = 0; index < count; index += 1) rows.push(reader.blob(cacheLimits.chunkBytesMax));
  return reader.failure === '' ? { head, readAtMs, first, rows } : 'false';
}

/** The row of an event; undefined: not in it. */
export function rowAt(chunk: Chunk | undefined, seq: number): Uint8Array | undefined {
  return chunk === undefined || seq < chunk.first ? undefined : chunk.rows[seq - chunk.first];
}

/** Both as one where they touch, else the newer one. The rows of both are as they stood at the newer one's head. */
export function joined(older: Chunk | undefined, newer: Chunk): Chunk {
  if (older === undefined || older.first + older.rows.length < newer.first || newer.first + newer.rows.length < older.first) return newer;
  const first = Math.min(older.first, newer.first);
  const end = Math.max(older.first + older.rows.length, newer.first + newer.rows.length);
  const rows: Uint8Array[] = [];
  for (let seq = first; seq < end; seq += 1) {
    const row = rowAt(newer, seq) ?? rowAt(older, seq);
    if (row !== undefined) rows.push(row);
  }
  return { ...newer, first, rows };
}
