/**
 * What every store demands of a write, whatever is behind it: all rows in one unit, at most one operation a row, the
 * fence row put first (DESIGN 7; HBase hides a put behind a delete of the same timestamp).
 *
 * A breach is a bug of the caller, so it throws. The memory model and the embedded store share this file, and so get the
 * same answers.
 */
import { compareRanges, equalRanges } from '../model/byte-order.ts';
import { rowHeaderBytes, rowKeyBytes, rowValueBytes } from '../model/row-batch.ts';
import { RowOp, type StoreWrite } from './port.ts';

/** The caller broke the contract of the store port. */
export class StoreUsageError extends Error {
  override readonly name = 'StoreUsageError';
}

/** Bytes of (u16 partition, u8 slot) at the start of each key of a unit. */
export const unitPrefixBytes = 3;
/**
 * Longest fence value: the embedded store keeps one a claimed slot in memory. The longest there can be has 25 bytes: an epoch below 2^23, a
 * batch below 2^40 (both go into a cell's timestamp, DESIGN 7), an assignment's version below 2^35.
 */
export const fenceBytesMax = 31;
/** Up to here the pairwise look for two operations on one row is the fastest. */
const pairwiseRowsMax = 12;

const rowStarts: number[] = [];

/** Throws `StoreUsageError` unless the write keeps the rules. */
export function checkWrite(write: StoreWrite): void {
  const ops = write.ops;
  const rows = collectRowStarts(write);
  if (rows === 0 || rows !== write.opCount) refuse(write, `opCount is ${write.opCount}, the run holds ${rows}`);
  for (let row = 0; row < rows; row += 1) {
    const at = rowStarts[row];
    const keyAt = at + rowHeaderBytes;
    if (ops[at] !== RowOp.put && ops[at] !== RowOp.delete) refuse(write, `unknown operation ${ops[at]}`);
    if (ops[at] === RowOp.delete && rowValueBytes(ops, at) !== 0) refuse(write, 'a delete with a value');
    const inUnit =
      ops[at + 1] === write.table &&
      rowKeyBytes(ops, at) >= unitPrefixBytes &&
      ((ops[keyAt] << 8) | ops[keyAt + 1]) === write.partition &&
      ops[keyAt + 2] === write.slot;
    if (!inUnit) refuse(write, 'a row of another unit');
  }
  checkFenceFirst(write);
  checkOneOperationEach(write, rows);
}

function collectRowStarts(write: StoreWrite): number {
  const ops = write.ops;
  let at = 0;
  let rows = 0;
  while (at < ops.length) {
    if (at + rowHeaderBytes > ops.length) refuse(write, 'a row header is cut');
    rowStarts[rows] = at;
    rows += 1;
    at += rowHeaderBytes + rowKeyBytes(ops, at) + rowValueBytes(ops, at);
  }
  if (at !== ops.length) refuse(write, 'the last row is cut');
  return rows;
}

function checkFenceFirst(write: StoreWrite): void {
  const ops = write.ops;
  const isFence =
    ops[0] === RowOp.put &&
    rowKeyBytes(ops, 0) === write.fenceKey.length &&
    equalRanges(ops, rowHeaderBytes, write.fenceKey, 0, write.fenceKey.length);
  if (!isFence) refuse(write, 'the first operation does not put the fence row');
  if (rowValueBytes(ops, 0) > fenceBytesMax) refuse(write, `a fence value of ${rowValueBytes(ops, 0)} bytes`);
}

function checkOneOperationEach(write: StoreWrite, rows: number): void {
  const ops = write.ops;
  if (rows <= pairwiseRowsMax) {
    for (let later = 1; later < rows; later += 1) {
      for (let earlier = 0; earlier < later; earlier += 1) {
        if (sameKey(ops, rowStarts[earlier], rowStarts[later])) refuse(write, 'two operations on one row');
      }
    }
    return;
  }
  const sorted = rowStarts.slice(0, rows).sort((left, right) => compareKeys(ops, left, right));
  for (let row = 1; row < rows; row += 1) {
    if (compareKeys(ops, sorted[row - 1], sorted[row]) === 0) refuse(write, 'two operations on one row');
  }
}

function sameKey(ops: Uint8Array, left: number, right: number): boolean {
  const length = rowKeyBytes(ops, left);
  if (length !== rowKeyBytes(ops, right)) return false;
  // Keys of a unit share their first bytes and differ near the end, so they are compared from there.
  for (let index = length - 1; index >= 0; index -= 1) {
    if (ops[left + rowHeaderBytes + index] !== ops[right + rowHeaderBytes + index]) return false;
  }
  return true;
}

function compareKeys(ops: Uint8Array, left: number, right: number): number {
  const leftAt = left + rowHeaderBytes;
  const rightAt = right + rowHeaderBytes;
  return compareRanges(ops, leftAt, leftAt + rowKeyBytes(ops, left), ops, rightAt, rightAt + rowKeyBytes(ops, right));
}

function refuse(write: StoreWrite, why: string): never {
  throw new StoreUsageError(`write ${write.id} of unit ${write.table}/${write.partition}/${write.slot}: ${why}`);
}
