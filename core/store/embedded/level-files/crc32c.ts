/** CRC-32C (Castagnoli) as LevelDB stores it: masked, so that a checksum of bytes that hold checksums is no trouble. */
import { crcWith, makeCrcTables } from '../machines/crc32.ts';

const tables = makeCrcTables(0x82f63b78);
const maskDelta = 0xa282ead8;

/** CRC-32C of `bytes[from, to)`. */
export function crc32c(bytes: Uint8Array, from: number, to: number): number {
  return crcWith(tables, bytes, from, to, 0);
}

/** What stands in the file for this checksum. */
export function maskedCrc(crc: number): number {
  return (((crc >>> 15) | (crc << 17)) + maskDelta) >>> 0;
}
