/**
 * The timestamps of cells, without sockets: every write of a unit has the timestamp of the fence cell it replaces, plus one.
 *
 * HBase shows the cell with the highest timestamp, hides puts behind a delete of the same or a later one, and a condition reads that
 * cell. So every cell has an explicit timestamp, and in one unit they count up: a write is applied only where the fence still is the one its
 * timestamp was made from. The same bytes sent again, by this process or another, have the same timestamp, since the fence they replace has
 * it. The first one lies above every clock of today (2^41 ms: the year 2039), so a row that somebody put by hand does not hide a later one.
 */
import { equalBytes } from '../../model/byte-order.ts';

export const firstTimestamp = 2 ** 41;

/** A fence as a cell; `value: null`: there is none yet. */
export interface FenceCell {
  readonly value: Uint8Array | null;
  readonly timestamp: number;
}

/** The cell that was read, or what stands for its absence. */
export function fenceCell(cell: { readonly value: Uint8Array; readonly timestamp: number } | undefined): FenceCell {
  return cell === undefined ? { value: null, timestamp: firstTimestamp - 1 } : { value: cell.value, timestamp: cell.timestamp };
}

/** Timestamp of a write that expects `expected`; `null`: what is known is another fence, so it must be read. */
export function nextTimestamp(known: FenceCell | null, expected: Uint8Array | null): number | null {
  if (known === null) return null;
  const isSame = known.value === null || expected === null ? known.value === expected : equalBytes(known.value, expected);
  return isSame ? known.timestamp + 1 : null;
}
