/** Fields of protobuf messages, written and read in one line each, over the wire layer of @bufbuild/protobuf. */
import { BinaryReader, type BinaryWriter, WireType } from '@bufbuild/protobuf/wire';

export type Writer = BinaryWriter;
export type Reader = BinaryReader;

export function bytesField(writer: Writer, field: number, value: Uint8Array): void {
  writer.tag(field, WireType.LengthDelimited).bytes(value);
}

export function textField(writer: Writer, field: number, value: string): void {
  writer.tag(field, WireType.LengthDelimited).string(value);
}

export function numberField(writer: Writer, field: number, value: number): void {
  writer.tag(field, WireType.Varint).uint32(value);
}

/** A number up to 2^53, or the 64 bits of a server's own number. */
export function longField(writer: Writer, field: number, value: number | bigint | string): void {
  writer.tag(field, WireType.Varint).uint64(value);
}

export function flagField(writer: Writer, field: number, value: boolean): void {
  writer.tag(field, WireType.Varint).bool(value);
}

export function messageField(writer: Writer, field: number, write: (writer: Writer) => void): void {
  writer.tag(field, WireType.LengthDelimited).fork();
  write(writer);
  writer.join();
}

/** Calls `visit` for each field; it returns false for one it does not know, which is then passed over. */
export function readFields(message: Uint8Array, visit: (field: number, reader: Reader) => boolean): void {
  const reader = new BinaryReader(message);
  while (reader.pos < reader.len) {
    const [field, wire] = reader.tag();
    if (!visit(field, reader)) reader.skip(wire);
  }
}

/** The same for a message within the one that is read, on the reader at hand. */
export function readInner(reader: Reader, visit: (field: number, reader: Reader) => boolean): void {
  const length = reader.uint32();
  const end = reader.pos + length;
  while (reader.pos < end) {
    const [field, wire] = reader.tag();
    if (!visit(field, reader)) reader.skip(wire);
  }
}

/** A uint64 that fits a number. */
export function readLong(reader: Reader): number {
  return Number(reader.uint64());
}
