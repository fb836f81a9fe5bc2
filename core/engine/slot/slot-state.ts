/**
 * One slot as its owner knows it: the claim, the batch in flight, the batch that gathers.
 */
import type { RowBatch } from '../../model/row-batch.ts';
import type { Table } from '../../store/port.ts';
import { Parked } from '../parked.ts';
import type { Gather } from './gather.ts';

export const SlotStatus = { cold: 0, claiming: 1, ready: 2 } as const;
export type SlotStatus = (typeof SlotStatus)[keyof typeof SlotStatus];

export class SlotState {
  readonly table: Table;
  readonly partition: number;
  readonly slot: number;
  status: SlotStatus = SlotStatus.cold;
  epoch = 0;
  claimHigh = 0;
  claimLow = 0;
  /** Number of the last batch known durable under this claim. */
  batch = 0;
  /** The fence row's bytes as this claim left them: the condition of the next batch. */
  fence: Uint8Array | null = null;
  claimedAt = 0;
  /** Version of the assignment by which it was claimed. */
  assignment = 0;
  /** Its partition was taken away: what is in flight is finished, then the fence released. */
  leaving = false;
  /** The release was sent: nothing more is written under this claim. */
  releasing = false;
  /** …given up at the next outcome that is not good, after this. */
  leaveBy = 0;
  gather: Gather | null = null;
  /** When the gather has to go, at the latest; 0: at once; Infinity: nothing gathers. */
  dueAt = Number.POSITIVE_INFINITY;
  inFlight: Gather | null = null;
  /** Encoded bytes of the batch in flight, and the fence they write. */
  rows: RowBatch | null = null;
  nextFence: Uint8Array | null = null;
  writeId = 0;
  /** The batch in flight had an unknown outcome: since when; 0: none. */
  unknownSince = 0;
  /** The batch in flight fails definitely: since when; 0: it does not. */
  failingSince = 0;
  /** ErrorCode that new sends are told while writes do not succeed; 0: none. */
  trouble = 0;
  obligationsOpen = 0;
  /** Frames that wait for the claim. */
  parked: Parked | null = null;

  constructor(table: Table, partition: number, slot: number) {
    this.table = table;
    this.partition = partition;
    this.slot = slot;
  }

  park(): Parked {
    this.parked ??= new Parked();
    return this.parked;
  }
}
