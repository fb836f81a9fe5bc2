// Goal: what is encoded by hand is the message that a general writer would make, for lengths and numbers around each border; a call that cannot
// be encoded leaves nothing behind for the next.
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Cell, decodeCells, encodeCells, latestTimestamp } from '../../../core/hbase/cells.ts';
import { encodeCall } from '../../../core/hbase/frames.ts';
import { encodeMutations } from '../../../core/hbase/mutation-bytes.ts';
import { cellOf, Durability, type Mutation } from '../../../core/hbase/mutation-messages.ts';

const bytes = fc.integer({ min: 0, max: 300 }).map((length) => new Uint8Array(length).fill(length));
const timestamp = fc.oneof(fc.constantFrom(0, 127, 128, 2 ** 28 - 1, 2 ** 28, 2 ** 32, 2 ** 41, 2 ** 53 - 1), fc.maxSafeNat());
const when = fc.oneof(
  fc.constant({}),
  timestamp.map((at) => ({ timestamp: at })),
);
const put = fc
  .tuple(fc.record({ kind: fc.constant('put' as const), row: bytes, family: bytes, qualifier: bytes, value: bytes }), when)
  .map(([parts, at]): Mutation => ({ ...parts, ...at }));
const remove = fc
  .tuple(
    fc.record({ kind: fc.constant('delete' as const), row: bytes, family: bytes }),
    fc.oneof(
      fc.constant({}),
      bytes.map((qualifier) => ({ qualifier })),
    ),
    when,
  )
  .map(([parts, column, at]): Mutation => ({ ...parts, ...column, ...at }));
const mutation = fc.oneof(put, remove);
const long = { row: new Uint8Array(20_000), family: new Uint8Array(1), qualifier: new Uint8Array(0), value: new Uint8Array(3_000_000) };

describe('mutations', () => {
  it('are what a general writer makes of them', () => {
    fc.assert(
      fc.property(fc.array(mutation, { maxLength: 6 }), fc.constantFrom(...Object.values(Durability)), (mutations, durability) => {
        const writer = new BinaryWriter();
        for (const each of mutations) writePlainly(writer, each, durability);
        expect(encodeMutations(1, mutations, durability)).toEqual(writer.finish());
      }),
      { numRuns: 300 },
    );
    const writer = new BinaryWriter();
    writePlainly(writer, { kind: 'put', ...long }, Durability.fsync);
    expect(Buffer.compare(encodeMutations(1, [{ kind: 'put', ...long }], Durability.fsync), writer.finish())).toBe(0);
  });

  it('come back from a block of cells', () => {
    fc.assert(
      fc.property(fc.array(mutation, { maxLength: 6 }), (mutations) => {
        const cells = mutations.filter(({ family }) => family.length < 128).map(cellOf);
        const found: Cell[] = [];
        const block = encodeCells(cells);
        expect(decodeCells(block, 0, cells.length, found)).toBe(block.length);
        const expected = cells.map((cell) => (cell.timestamp === latestTimestamp ? { ...cell, timestamp: 2 ** 63 } : cell));
        expect(
          found.map(({ row, family, qualifier, timestamp, type, value }) => ({ row, family, qualifier, timestamp, type, value })),
        ).toEqual(expected);
      }),
    );
  });
});

it('a call that cannot be encoded leaves nothing behind', () => {
  const call = { method: 'Get', write: (writer: BinaryWriter) => void writer.tag(1, WireType.Varint).uint32(7) };
  const before = encodeCall(5, call, 1_000);
  const failing = { method: 'Get', write: (writer: BinaryWriter) => void writer.fork().uint32(-1) };
  expect(() => encodeCall(6, failing, 1_000)).toThrow();
  expect(encodeCall(5, call, 1_000)).toEqual(before);
  const greater = encodeCall(7, { ...call, cells: new Uint8Array(1_000_000).fill(9) }, 1_000);
  expect(greater.length).toBeGreaterThan(1_000_000);
  expect(encodeCall(5, call, 1_000)).toEqual(before);
});

/** MutationProto, field by field. */
function writePlainly(writer: BinaryWriter, change: Mutation, durability: Durability): void {
  const isPut = change.kind === 'put';
  writer.tag(1, WireType.LengthDelimited).fork();
  writer.tag(1, WireType.LengthDelimited).bytes(change.row);
  writer.tag(2, WireType.Varint).uint32(isPut ? 2 : 3);
  writer.tag(3, WireType.LengthDelimited).fork();
  writer.tag(1, WireType.LengthDelimited).bytes(change.family);
  writer.tag(2, WireType.LengthDelimited).fork();
  writer.tag(1, WireType.LengthDelimited).bytes(change.qualifier ?? new Uint8Array(0));
  if (change.kind === 'put') writer.tag(2, WireType.LengthDelimited).bytes(change.value);
  if (change.timestamp !== undefined) writer.tag(3, WireType.Varint).uint64(change.timestamp);
  if (!isPut) writer.tag(4, WireType.Varint).uint32(change.qualifier === undefined ? 2 : 1);
  writer.join().join();
  if (durability !== Durability.tableDefault) writer.tag(6, WireType.Varint).uint32(durability);
  writer.join();
}
