/** What the cache must know of a batch that is written: the logs whose earlier rows it changes, and accounts and names among its rows. */
import { Part, readKeyId, Tag } from '../../model/keys.ts';
import { forEachRow } from '../../model/row-batch.ts';
import { readHead } from '../../model/values.ts';
import { type StoreWrite, Table } from '../port.ts';
import { isRemembered } from './absent.ts';
import { chunkOf } from './chunk.ts';
import { isEventKey, seqOf } from './log-range.ts';

export interface ChangedChunk {
  readonly partition: number;
  readonly a: number;
  readonly b: number;
  readonly chunk: number;
}

const none: readonly never[] = [];
const headKeyBytes = 21;

/**
 * Chunks of which rows are rewritten. An edit says in the head of its batch that it changed an earlier row (`changedSeq`); all chunks of which
 * that batch writes rows are meant then, for no more needs to be known.
 */
export function changedChunks({ table, partition, ops }: StoreWrite): readonly ChangedChunk[] {
  if (table !== Table.users) return none;
  let chunks: ChangedChunk[] | null = null;
  for (const { a, b, changedSeq } of headsOf(ops)) {
    const seqs = eventsOf(ops, a, b);
    if (!seqs.includes(changedSeq)) continue;
    chunks ??= [];
    for (const chunk of new Set(seqs.map(chunkOf))) chunks.push({ partition, a, b, chunk });
  }
  return chunks ?? none;
}

/** Keys (`keyText`) of accounts and names that the batch writes. */
export function touchedRows({ ops }: StoreWrite): readonly string[] {
  let keys: string[] | null = null;
  forEachRow(ops, (_op, table, keyAt, valueAt) => {
    if (!isRemembered(table, ops, keyAt)) return;
    keys ??= [];
    keys.push(keyText(table, ops, keyAt, valueAt));
  });
  return keys ?? none;
}

/** A key as a string, byte by byte. */
export function keyText(table: number, bytes: Uint8Array, start: number, end: number): string {
  let text = String.fromCharCode(table);
  for (let at = start; at < end; at += 1) text += String.fromCharCode(bytes[at]);
  return text;
}

/** Of conversations of which some event changed an earlier row, ever. */
function headsOf(ops: Uint8Array): readonly { readonly a: number; readonly b: number; readonly changedSeq: number }[] {
  let heads: { a: number; b: number; changedSeq: number }[] | null = null;
  forEachRow(ops, (_op, _table, keyAt, valueAt, end) => {
    if (valueAt - keyAt !== headKeyBytes || ops[keyAt + 3] !== Tag.conversation || ops[keyAt + headKeyBytes - 1] !== Part.head) return;
    const { changedSeq } = readHead(ops.subarray(valueAt, end));
    if (changedSeq === 0) return;
    heads ??= [];
    heads.push({ a: readKeyId(ops, keyAt + 4), b: readKeyId(ops, keyAt + 12), changedSeq });
  });
  return heads ?? none;
}

function eventsOf(ops: Uint8Array, a: number, b: number): number[] {
  const seqs: number[] = [];
  forEachRow(ops, (_op, _table, keyAt, valueAt) => {
    if (!isEventKey(ops, keyAt, valueAt - keyAt)) return;
    if (readKeyId(ops, keyAt + 4) === a && readKeyId(ops, keyAt + 12) === b) seqs.push(seqOf(ops, keyAt));
  });
  return seqs;
}
