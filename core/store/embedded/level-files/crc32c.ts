/** CRC-32C (Castagnoli) as LevelDB stores it: masked, so that a checksum of bytes that hold checksums is no trouble. */
import { makeCrcTables } from '../machines/crc32.ts';

const tables = makeCrcTables(0x82f63b78);
const maskDelta = 0xa282ead8;

/** CRC-32C of `bytes[from, to)`. */
export function crc32c(bytes: Uint8Array, from: number, to: number): number {
  const [t0, t1, t2, t3] = tables;
  let crc = -1;
  let at = from;
  for (; at + 4 <= to; at += 4) {
    crc ^= bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24);
    crc = t3[crc & 255] ^ t2[(crc >>> 8) & 255] ^ t1[(crc >>> 16) & 255] ^ t0[crc >>> 24];
  }
  for (; at < to; at += 1) crc = (crc >>> 8) ^ t0[(crc ^ bytes[at]) & 255];
  return ~crc >>> 0;
}

/** What stands in the file for this checksum. */
export function maskedCrc(crc: number): number {
  return (((crc >>> 15) | (crc << 17)) + maskDelta) >>> 0;
}
