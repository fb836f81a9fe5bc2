/** Unpacks a Snappy block: LevelDB packs index blocks of its tables with it. */
import { ByteReader, LevelFormatError } from './byte-reader.ts';

const lengthMax = 64 * 1024 * 1024;

export function unpackSnappy(packed: Uint8Array): Uint8Array {
  const reader = new ByteReader(packed);
  const length = reader.varint();
  if (length > lengthMax) throw new LevelFormatError('holds a block that is too long');
  const bytes = new Uint8Array(length);
  let at = 0;
  while (!reader.atEnd) {
    const tag = reader.u8();
    if ((tag & 3) === 0) {
      const literal = reader.take(literalLength(reader, tag >> 2));
      if (at + literal.length > length) throw new LevelFormatError('holds more than it says');
      bytes.set(literal, at);
      at += literal.length;
      continue;
    }
    const copied = (tag & 3) === 1 ? 4 + ((tag >> 2) & 7) : 1 + (tag >> 2);
    const distance = (tag & 3) === 1 ? ((tag >> 5) << 8) | reader.u8() : (tag & 3) === 2 ? reader.u8() | (reader.u8() << 8) : reader.u32();
    if (distance === 0 || distance > at || at + copied > length) throw new LevelFormatError('copies from nowhere');
    // Byte by byte: the copy may overlap itself.
    for (const end = at + copied; at < end; at += 1) bytes[at] = bytes[at - distance];
  }
  if (at !== length) throw new LevelFormatError('holds less than it says');
  return bytes;
}

function literalLength(reader: ByteReader, code: number): number {
  if (code < 60) return code + 1;
  let length = 0;
  for (let byte = 0; byte < code - 59; byte += 1) length += reader.u8() * 2 ** (8 * byte);
  return length + 1;
}
