/**
 * Verifies a LevelDB table file: every byte of it lies in a block whose checksum holds, or in the footer that says where the blocks are.
 *
 * Method: footer → index block → data blocks, which must follow each other without a gap up to the filter, the meta index and the index.
 * LevelDB itself does not check the index and the filter, and a fault in one of them hides keys instead of failing.
 */
import { ByteReader, LevelFormatError } from './byte-reader.ts';
import { crc32c, maskedCrc } from './crc32c.ts';
import { unpackSnappy } from './snappy.ts';

const footerBytes = 48;
const trailerBytes = 5;
const magic = [0x57, 0xfb, 0x80, 0x8b, 0x24, 0x75, 0x47, 0xdb];

interface BlockPlace {
  readonly from: number;
  readonly length: number;
}

/** @throws LevelFormatError that says what is wrong */
export function verifyTable(bytes: Uint8Array): void {
  const footerAt = bytes.length - footerBytes;
  if (footerAt < 0 || magic.some((byte, index) => bytes[bytes.length - magic.length + index] !== byte)) {
    throw new LevelFormatError('does not end as a table does');
  }
  const footer = new ByteReader(bytes, footerAt);
  const metaIndex = readPlace(footer);
  const index = readPlace(footer);
  let at = 0;
  const follow = (place: BlockPlace, what: string): void => {
    if (place.from !== at) throw new LevelFormatError(`has its ${what} at byte ${place.from} where ${at} is due`);
    checkBlock(bytes, place, footerAt, what);
    at += place.length + trailerBytes;
  };
  const dataBlocks = placesIn(blockBytes(bytes, index, footerAt, 'index'));
  const metaBlocks = placesIn(blockBytes(bytes, metaIndex, footerAt, 'meta index'));
  for (const place of dataBlocks) follow(place, 'data block');
  for (const place of metaBlocks) follow(place, 'filter');
  follow(metaIndex, 'meta index');
  follow(index, 'index');
  if (at !== footerAt) throw new LevelFormatError('has bytes that belong to no block');
}

/** Content of a block whose checksum holds. */
function blockBytes(bytes: Uint8Array, place: BlockPlace, end: number, what: string): Uint8Array {
  checkBlock(bytes, place, end, what);
  const content = bytes.subarray(place.from, place.from + place.length);
  switch (bytes[place.from + place.length]) {
    case 0:
      return content;
    case 1:
      return unpackSnappy(content);
    default:
      throw new LevelFormatError(`has a ${what} packed in an unknown way`);
  }
}

function checkBlock(bytes: Uint8Array, { from, length }: BlockPlace, end: number, what: string): void {
  const to = from + length;
  if (to + trailerBytes > end) throw new LevelFormatError(`has a ${what} that goes beyond its end`);
  const stored = new ByteReader(bytes, to + 1).u32();
  if (stored !== maskedCrc(crc32c(bytes, from, to + 1))) throw new LevelFormatError(`has a ${what} that does not match its checksum`);
}

/** Values of a block's entries, which are places of other blocks. */
function placesIn(block: Uint8Array): BlockPlace[] {
  const restarts = new ByteReader(block, block.length - 4).u32();
  const end = block.length - 4 - 4 * restarts;
  if (end < 0) throw new LevelFormatError('has an index of no entries');
  const reader = new ByteReader(block, 0, end);
  const places: BlockPlace[] = [];
  while (!reader.atEnd) {
    reader.varint();
    const keyBytes = reader.varint();
    const valueBytes = reader.varint();
    reader.take(keyBytes);
    places.push(readPlace(new ByteReader(reader.take(valueBytes))));
  }
  return places;
}

function readPlace(reader: ByteReader): BlockPlace {
  return { from: reader.varint(), length: reader.varint() };
}
