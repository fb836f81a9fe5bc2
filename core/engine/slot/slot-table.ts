/**
 * The slots of a node that were ever used, by table, partition and number.
 *
 * Method: an array a partition, made when its first slot is used. A map of all slots would take 50 bytes for each while it grows.
 */
import { partitionCount, slotsPerPartition } from '../../model/partition.ts';
import { Table } from '../../store/port.ts';
import { SlotState } from './slot-state.ts';

/** Tables are numbered from 1. */
const tableCount = Object.keys(Table).length + 1;

type Slots = (SlotState | undefined)[];

export class SlotTable {
  private readonly partitions = new Array<Slots | undefined>(tableCount * partitionCount);

  /** The slot, made if it was never used. */
  of(table: Table, partition: number, slot: number): SlotState {
    const place = table * partitionCount + partition;
    let slots = this.partitions[place];
    if (slots === undefined) {
      slots = new Array<SlotState | undefined>(slotsPerPartition);
      this.partitions[place] = slots;
    }
    let state = slots[slot];
    if (state === undefined) {
      state = new SlotState(table, partition, slot);
      slots[slot] = state;
    }
    return state;
  }

  *all(): IterableIterator<SlotState> {
    for (const slots of this.partitions) {
      if (slots === undefined) continue;
      for (const state of slots) if (state !== undefined) yield state;
    }
  }
}
