// Goal: a slot keeps its claim in small numbers, and gives back the fence it was claimed with; the table finds each slot again.
import { describe, expect, it } from 'vitest';
import { SlotState } from '../../../../core/engine/slot/slot-state.ts';
import { SlotTable } from '../../../../core/engine/slot/slot-table.ts';
import { Table } from '../../../../core/store/port.ts';

const fence = { epoch: 7, claimHigh: 0xffff_fffe, claimLow: 0x8000_0000, batch: 0, released: false, assignment: 3 };

describe('SlotState', () => {
  it('gives the fence of its claim, also with words above 2^31', () => {
    const slot = new SlotState(Table.users, 899, 255);
    slot.claimed(fence);
    expect(slot.fence(0)).toEqual(fence);
    expect(slot.fence(5)).toEqual({ ...fence, batch: 5 });
  });

  it('knows a fence of its own claim', () => {
    const slot = new SlotState(Table.users, 0, 0);
    slot.claimed(fence);
    expect(slot.isOurs({ ...fence, batch: 9, released: true })).toBe(true);
    expect(slot.isOurs({ ...fence, epoch: 8 })).toBe(false);
    expect(slot.isOurs({ ...fence, claimHigh: 0x7fff_fffe })).toBe(false);
    expect(slot.isOurs({ ...fence, claimLow: 1 })).toBe(false);
  });
});

describe('SlotTable', () => {
  it('gives the same slot again and walks over all', () => {
    const table = new SlotTable();
    const used = [table.of(Table.names, 899, 255), table.of(Table.users, 0, 0), table.of(Table.users, 0, 255), table.of(Table.users, 1, 0)];
    expect(table.of(Table.users, 0, 255)).toBe(used[2]);
    expect(new Set(table.all())).toEqual(new Set(used));
    expect(used.map(({ table: name, partition, slot }) => [name, partition, slot])).toEqual([
      [Table.names, 899, 255],
      [Table.users, 0, 0],
      [Table.users, 0, 255],
      [Table.users, 1, 0],
    ]);
    // Other tables and partitions whose numbers have the same sum.
    expect(table.of(Table.users, 2, 7)).not.toBe(table.of(Table.names, 0, 7));
  });
});
