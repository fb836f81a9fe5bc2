/**
 * Cell blocks: how cells travel beside protobuf (Java KeyValueCodec, gohbase hrpc/cell.go).
 *
 * A cell is `[u32 rest][u32 keyBytes][u32 valueBytes][u16 rowBytes][row][u8 familyBytes][family][qualifier][u64 timestamp][u8 type][value]`,
 * big-endian. Decoded cells stay in the block.
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
  for (let index = 0; index < count; index += 1) {
    if (at + 4 + fixedBytes > block.length) throw garbage('a cell is cut');
    const end = at + 4 + u32At(block, at);
    const keyEnd = at + 12 + u32At(block, at + 4);
    const valueEnd = keyEnd + u32At(block, at + 8);
    const familyAt = familyOf(block, at);
    if (end > block.length || valueEnd > end || familyAt + 9 > keyEnd || familyAt + block[familyAt - 1] > keyEnd - 9) {
      throw garbage('lengths of a cell disagree');
    }
    into.push(new CellInBlock(block, at));
    at = end;
  }
  return at;
}

/** A cell whose lengths were checked. Each part is a view made when it is asked for: most readers want the value only. */
class CellInBlock implements Cell {
  private readonly block: Uint8Array;
  private readonly at: number;

  constructor(block: Uint8Array, at: number) {
    this.block = block;
    this.at = at;
  }

  get row(): Uint8Array {
    return this.block.subarray(this.at + 14, familyOf(this.block, this.at) - 1);
  }

  get family(): Uint8Array {
    const familyAt = familyOf(this.block, this.at);
    return this.block.subarray(familyAt, familyAt + this.block[familyAt - 1]);
  }

  get qualifier(): Uint8Array {
    const familyAt = familyOf(this.block, this.at);
    return this.block.subarray(familyAt + this.block[familyAt - 1], this.keyEnd() - 9);
  }

  get timestamp(): number {
    const timestampAt = this.keyEnd() - 9;
    return u32At(this.block, timestampAt) * twoTo32 + u32At(this.block, timestampAt + 4);
  }

  get type(): number {
    return this.block[this.keyEnd() - 1];
  }

  get value(): Uint8Array {
    const keyEnd = this.keyEnd();
    return this.block.subarray(keyEnd, keyEnd + u32At(this.block, this.at + 8));
  }

  private keyEnd(): number {
    return this.at + 12 + u32At(this.block, this.at + 4);
  }
}

function familyOf(block: Uint8Array, at: number): number {
  return at + 15 + ((block[at + 12] << 8) | block[at + 13]);
}

function u32At(block: Uint8Array, at: number): number {
  return ((block[at] << 24) | (block[at + 1] << 16) | (block[at + 2] << 8) | block[at + 3]) >>> 0;
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
