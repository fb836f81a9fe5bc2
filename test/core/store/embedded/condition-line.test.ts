// Goal: the line knows the fence of each of many units, over the border of a chunk of cells and of a partition.
import { describe, expect, it } from 'vitest';
import { ConditionLine, unitOf } from '../../../../core/store/embedded/machines/condition-line.ts';
import { Table } from '../../../../core/store/port.ts';
import { fenceBytesMax } from '../../../../core/store/write-rules.ts';

function unit(table: Table, partition: number, slot: number): number {
  const none = new Uint8Array(0);
  return unitOf({ id: 1, table, partition, slot, fenceKey: none, expectedFence: null, ops: none, opCount: 0 });
}

describe('ConditionLine', () => {
  it('keeps the fences of units apart', () => {
    const line = new ConditionLine();
    const units: number[] = [];
    for (const table of [Table.users, Table.groups, Table.names]) {
      for (const partition of [0, 1, 450, 899]) for (let slot = 0; slot < 256; slot++) units.push(unit(table, partition, slot));
    }
    expect(units.some((each) => line.hasUnit(each))).toBe(false);
    const fences = units.map((_, index) => new Uint8Array(1 + (index % fenceBytesMax)).fill(index));
    for (const [index, each] of units.entries()) line.setUnit(each, fences[index], 0, fences[index].length);
    expect(line.units).toBe(units.length);
    units.forEach((each, index) => {
      expect(line.unitHolds(each, fences[index])).toBe(true);
      expect(line.unitHolds(each, fences[(index + 1) % fences.length])).toBe(false);
      expect(line.unitHolds(each, null)).toBe(false);
    });
  });

  it('takes a part of an array, a row that is not there, and a shorter one after a longer', () => {
    const line = new ConditionLine();
    const one = unit(Table.users, 3, 255);
    line.setUnit(one, Uint8Array.of(9, 1, 2, 3, 9), 1, 4);
    expect(line.unitHolds(one, Uint8Array.of(1, 2, 3))).toBe(true);
    line.setUnit(one, Uint8Array.of(1), 0, 1);
    expect(line.unitHolds(one, Uint8Array.of(1, 2, 3))).toBe(false);
    expect(line.unitHolds(one, Uint8Array.of(1))).toBe(true);
    line.setUnit(one, null, 0, 0);
    expect(line.unitHolds(one, null)).toBe(true);
    expect(line.units).toBe(1);
    expect(() => line.unitHolds(unit(Table.users, 3, 254), null)).toThrow('not in the line');
  });
});
