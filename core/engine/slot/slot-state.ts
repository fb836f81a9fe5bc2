/**
 * One slot as its owner knows it: the claim, the batch in flight, the batch that gathers.
 *
 * Method: nearly all slots rest, so what belongs to a batch lies in its `Gather`. The numbers here are small whole ones: V8 boxes any other
 * (16 bytes each), and so it would a u32, an instant, or an Infinity.
 */
import type { Fence } from '../../model/values.ts';
import type { Table } from '../../store/port.ts';
import { Parked } from '../parked.ts';
import type { Gather } from './gather.ts';

export const SlotStatus = { cold: 0, claiming: 1, ready: 2 } as const;
export type SlotStatus = (typeof SlotStatus)[keyof typeof SlotStatus];

/** Its partition was taken away: what is in flight is finished, then the fence released. */
export interface Leave {
  /** The release was sent: nothing more is written under this claim. */
  releasing: boolean;
  /** Given up at the next outcome that is not good, after this. */
  readonly by: number;
}

export class SlotState {
  readonly table: Table;
  readonly partition: number;
  readonly slot: number;
  status: SlotStatus = SlotStatus.cold;
  epoch = 0;
  /** Number of the last batch known durable under this claim. */
  batch = 0;
  /** When it was claimed, counted from the owner's start. */
  claimedAfterMs = 0;
  /** Version of the assignment by which it was claimed. */
  private assignment = 0;
  /** The halves of the claim's id, signed. */
  private claimHigh = 0;
  private claimLow = 0;
  leave: Leave | null = null;
  gather: Gather | null = null;
  inFlight: Gather | null = null;
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

  get leaving(): boolean {
    return this.leave !== null;
  }

  /** When the gather has to go, at the latest; 0: at once; Infinity: nothing gathers. */
  get dueAt(): number {
    return this.gather === null ? Number.POSITIVE_INFINITY : this.gather.dueAt;
  }

  /** A claim succeeded. */
  claimed({ epoch, claimHigh, claimLow, assignment }: Fence): void {
    this.epoch = epoch;
    this.claimHigh = claimHigh | 0;
    this.claimLow = claimLow | 0;
    this.assignment = assignment;
    this.batch = 0;
  }

  /** Is it a fence of our claim? */
  isOurs(fence: Fence): boolean {
    return fence.epoch === this.epoch && (fence.claimHigh | 0) === this.claimHigh && (fence.claimLow | 0) === this.claimLow;
  }

  /** The fence of our claim as batch number `batch` leaves it. The same numbers give the same bytes: it is the condition of the next batch. */
  fence(batch: number): Fence {
    const { epoch, assignment } = this;
    return { epoch, claimHigh: this.claimHigh >>> 0, claimLow: this.claimLow >>> 0, batch, released: false, assignment };
  }

  park(): Parked {
    this.parked ??= new Parked();
    return this.parked;
  }
}
