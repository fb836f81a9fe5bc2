/** The batch encoder: rows written whole and in place give the same run, and the walk gives them back. */
import { describe, expect, it } from 'vitest';
import { forEachRow, RowBatch } from '../../../core/model/row-batch.ts';
import { RowOp, Table } from '../../../core/store/port.ts';

describe('RowBatch', () => {
  it('writes the documented bytes', () => {
    const batch = new RowBatch(1);
    batch.put(Table.users, Uint8Array.of(1, 2), Uint8Array.of(9));
    batch.delete(Table.groups, Uint8Array.of(3));
    expect([...batch.bytes]).toEqual([1, 1, 0, 2, 0, 0, 0, 1, 1, 2, 9, 2, 2, 0, 1, 0, 0, 0, 0, 3]);
    expect(batch.count).toBe(2);
  });

  it('writes the same run in place', () => {
    const whole = new RowBatch();
    whole.put(
      Table.users,
      Uint8Array.of(0, 7, 5, 0, 0, 0, 0, 0, 0, 1, 0),
      Uint8Array.of(0, 0, 0, 9, 255, 255, 255, 255, 255, 255, 255, 254),
    );
    const inPlace = new RowBatch(2);
    inPlace.beginPut(Table.users);
    inPlace.u16(7);
    inPlace.u8(5);
    inPlace.u53(256);
    inPlace.beginValue();
    inPlace.u32(9);
    inPlace.u53Descending(1);
    inPlace.end();
    expect(inPlace.bytes).toEqual(whole.bytes);
  });

  it('gives offsets in order and the count', () => {
    const batch = new RowBatch();
    batch.put(Table.names, Uint8Array.of(5), new Uint8Array(0));
    batch.delete(Table.names, Uint8Array.of(6, 6));
    const seen: number[][] = [];
    const count = forEachRow(batch.bytes, (...row) => seen.push(row));
    expect(count).toBe(2);
    expect(seen).toEqual([
      [RowOp.put, Table.names, 8, 9, 9],
      [RowOp.delete, Table.names, 17, 19, 19],
    ]);
  });

  it('calls a cut run malformed', () => {
    const batch = new RowBatch();
    batch.put(Table.names, Uint8Array.of(5), Uint8Array.of(1, 2, 3));
    const bytes = batch.bytes;
    for (let cut = 1; cut < bytes.length; cut += 1) expect(forEachRow(bytes, () => {}, 0, cut)).toBe(-1);
    expect(forEachRow(bytes, () => {}, 0, 0)).toBe(0);
  });

  it('refuses rows out of order', () => {
    const batch = new RowBatch();
    expect(() => batch.end()).toThrow();
    batch.beginPut(Table.users);
    expect(() => batch.beginPut(Table.users)).toThrow();
    expect(() => batch.end()).toThrow();
    batch.reset();
    batch.beginDelete(Table.users);
    expect(() => batch.beginValue()).toThrow();
  });

  it('forgets rows at reset', () => {
    const batch = new RowBatch();
    batch.delete(Table.users, Uint8Array.of(1));
    batch.reset();
    expect([batch.count, batch.byteLength]).toEqual([0, 0]);
  });
});
