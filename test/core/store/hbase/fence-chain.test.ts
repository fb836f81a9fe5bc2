// Timestamps of the store on HBase: each write's follows from the fence it replaces, and from nothing else.
import { expect, it } from 'vitest';
import { fenceCell, firstTimestamp, nextTimestamp } from '../../../../core/store/hbase/fence-chain.ts';
import { schemaOf, splitKeys } from '../../../../core/store/hbase/tables.ts';
import { Table } from '../../../../core/store/port.ts';

const f1 = Uint8Array.of(2, 1);

it('begins above every clock, and counts up by the fence', () => {
  expect(firstTimestamp).toBeGreaterThan(Date.now() + 10 * 365 * 86_400_000);
  expect(nextTimestamp(fenceCell(undefined), null)).toBe(firstTimestamp);
  expect(nextTimestamp(fenceCell({ value: f1, timestamp: firstTimestamp }), f1.slice())).toBe(firstTimestamp + 1);
});

it('must read the fence when it knows another one, or none', () => {
  expect(nextTimestamp(null, f1)).toBeNull();
  expect(nextTimestamp(fenceCell(undefined), f1)).toBeNull();
  expect(nextTimestamp(fenceCell({ value: f1, timestamp: 1 }), null)).toBeNull();
  expect(nextTimestamp(fenceCell({ value: f1, timestamp: 1 }), Uint8Array.of(2, 2))).toBeNull();
});

it('regions begin at partitions, and split at slots', () => {
  expect(splitKeys(Table.users, 3)).toEqual([Uint8Array.of(1, 44, 0), Uint8Array.of(2, 88, 0)]);
  expect([splitKeys(Table.users, 1), splitKeys(Table.cluster, 9), splitKeys(Table.names, 9)]).toEqual([[], [], []]);
  expect(splitKeys(Table.groups, 10_000)).toHaveLength(899);
  const { attributes } = schemaOf(Table.users, { prefix: 'p', compression: 'NONE' });
  expect(attributes['KeyPrefixRegionSplitPolicy.prefix_length']).toBe('3');
});
