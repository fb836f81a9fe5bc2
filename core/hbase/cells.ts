/**
 * Cell blocks: how cells travel beside protobuf (Java KeyValueCodec, gohbase hrpc/cell.go).
 *
 * A cell is `[u32 rest][u32 keyBytes][u32 valueBytes][u16 rowBytes][row][u8 familyBytes][family][qualifier][u64 timestamp][u8 type][value]`,
 * big-endian. Decoded cells are views of the block.
 */
import { HBaseError } from './errors.ts';

export const CellType = { put: 4, delete: 8, deleteFamilyVersion: 10, deleteColumn: 12, deleteFamily: 14 } as const;
export type CellType = (typeof CellType)[keyof typeof CellType];

export interface Cell {
  readonly row: Uint8Array;
  readonly family: Uint8Array;
  readonly qualifier: Uint8Array;
  /** Milliseconds since 1970 where nobody said otherwise. Exact below 2^53. */
  readonly timestamp: number;
  readonly type: number;
  readonly value: Uint8Array;
}

/** Java's Long.MAX_VALUE: the server puts its clock. */
export const latestTimestamp = Number.POSITIVE_INFINITY;

const nothing = new Uint8Array(0);
const twoTo32 = 0x1_0000_0000;
/** keyBytes, valueBytes, rowBytes, familyBytes, timestamp, type. */
const fixedBytes = 4 + 4 + 2 + 1 + 8 + 1;
/** The same within the key. */
const keyFixedBytes = 2 + 1 + 8 + 1;

export function encodeCells(cells: readonly Cell[]): Uint8Array {
  let length = 0;
  for (const cell of cells) length += 4 + fixedBytes + cell.row.length + cell.family.length + cell.qualifier.length + cell.value.length;
  const block = new Uint8Array(length);
  const view = new DataView(block.buffer);
  let at = 0;
  for (const { row, family, qualifier, timestamp, type, value } of cells) {
    const keyBytes = keyFixedBytes + row.length + family.length + qualifier.length;
    view.setUint32(at, 8 + keyBytes + value.length);
    view.setUint32(at + 4, keyBytes);
    view.setUint32(at + 8, value.length);
    view.setUint16(at + 12, row.length);
    block.set(row, at + 14);
    at += 14 + row.length;
    block[at] = family.length;
    block.set(family, at + 1);
    block.set(qualifier, at + 1 + family.length);
    at += 1 + family.length + qualifier.length;
    setTimestamp(view, at, timestamp);
    block[at + 8] = type;
    block.set(value, at + 9);
    at += 9 + value.length;
  }
  return block;
}

/**
 * Reads `count` cells from `block` at `at`, appending them to `into`.
 * @returns where the next cell begins
 */
export function decodeCells(block: Uint8Array, at: number, count: number, into: Cell[]): number {
  const view = new DataView(block.buffer, block.byteOffset, block.length);
  // Family and qualifier are mostly those of the cell before: a view less each.
  let family: Uint8Array = nothing;
  let qualifier: Uint8Array = nothing;
  for (let index = 0; index < count; index += 1) {
    if (at + 4 + fixedBytes > block.length) throw garbage('a cell is cut');
    const end = at + 4 + view.getUint32(at);
    const keyBytes = view.getUint32(at + 4);
    const valueBytes = view.getUint32(at + 8);
    const rowAt = at + 14;
    const familyAt = rowAt + view.getUint16(at + 12) + 1;
    const keyEnd = at + 12 + keyBytes;
    const valueEnd = keyEnd + valueBytes;
    if (end > block.length || valueEnd > end || familyAt + 9 > keyEnd) throw garbage('lengths of a cell disagree');
    const qualifierAt = familyAt + block[familyAt - 1];
    const timestampAt = keyEnd - 9;
    if (qualifierAt > timestampAt) throw garbage('lengths of a cell disagree');
    family = viewOf(block, familyAt, qualifierAt, family);
    qualifier = viewOf(block, qualifierAt, timestampAt, qualifier);
    into.push({
      row: block.subarray(rowAt, familyAt - 1),
      family,
      qualifier,
      timestamp: view.getUint32(timestampAt) * twoTo32 + view.getUint32(timestampAt + 4),
      type: block[keyEnd - 1],
      value: block.subarray(keyEnd, valueEnd),
    });
    at = end;
  }
  return at;
}

/** `before` if it has the same bytes. */
function viewOf(block: Uint8Array, from: number, to: number, before: Uint8Array): Uint8Array {
  const { length } = before;
  let index = length === to - from ? 0 : length + 1;
  while (index < length && before[index] === block[from + index]) index += 1;
  return index === length ? before : block.subarray(from, to);
}

function setTimestamp(view: DataView, at: number, timestamp: number): void {
  if (timestamp === latestTimestamp) {
    view.setUint32(at, 0x7fff_ffff);
    view.setUint32(at + 4, 0xffff_ffff);
    return;
  }
  const high = Math.floor(timestamp / twoTo32);
  view.setUint32(at, high);
  view.setUint32(at + 4, timestamp - high * twoTo32);
}

function garbage(why: string): HBaseError {
  return new HBaseError(`garbage from the server: ${why}`, { nextStep: 'serverGone' });
}
