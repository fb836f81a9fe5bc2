/**
 * The nodes as the coordinator's scans show them: how long, and in how many successive scans, each heartbeat has stood still.
 *
 * Method: only what this process saw on its own clock counts, so clocks need not agree. A scan that failed, or came late, begins the count anew:
 * then nobody could write, or we could not look.
 */
import { equalBytes } from '../../model/byte-order.ts';
import { type NodeRow, NodeStatus, readNodeRow } from '../../model/cluster-rows.ts';
import type { Row } from '../../store/port.ts';

export interface SeenNode {
  readonly row: NodeRow;
  readonly value: Uint8Array;
  /** When this very value was first seen. */
  readonly sinceMs: number;
  /** Successive scans that showed it, after the first. */
  readonly stillScans: number;
}

export class Membership {
  /** By node number, in its order. */
  readonly nodes: SeenNode[] = [];
  private lastScanAt = 0;

  /** A scan was answered. @param gapMsMax a longer pause since the last one makes it a first one. */
  scanned(rows: readonly Row[], now: number, gapMsMax: number): void {
    const isSuccessive = now - this.lastScanAt <= gapMsMax;
    const before = this.nodes.splice(0);
    for (const { value } of rows) {
      const row = readNodeRow(value);
      const known = before.find((seen) => seen.row.node === row.node);
      const isStill = known !== undefined && equalBytes(known.value, value);
      if (!isStill) this.nodes.push({ row, value, sinceMs: now, stillScans: 0 });
      else this.nodes.push({ ...known, stillScans: isSuccessive ? known.stillScans + 1 : 0 });
    }
    this.lastScanAt = now;
  }

  /** A scan failed: the next is no successor of the last. */
  interrupted(): void {
    this.lastScanAt = Number.NEGATIVE_INFINITY;
  }

  /** Nobody has stood still for long. */
  countAnew(now: number): void {
    for (const [index, seen] of this.nodes.entries()) this.nodes[index] = { ...seen, sinceMs: now, stillScans: 0 };
  }

  forget(): void {
    this.nodes.length = 0;
    this.interrupted();
  }

  alive(): SeenNode[] {
    return this.nodes.filter((seen) => seen.row.status === NodeStatus.alive);
  }
}
