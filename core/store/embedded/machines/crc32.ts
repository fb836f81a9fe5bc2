/** CRC-32 (IEEE 802.3), the same numbers as zlib's: for hosts that have no native one, such as the simulator. */

/** Tables of one polynomial. */
export type CrcTables = readonly [Int32Array, Int32Array, Int32Array, Int32Array];

const tables = makeCrcTables(0xedb88320);

/** CRC-32 of `bytes[from, to)`, going on from `seed` (0 at the start). */
export function crc32(bytes: Uint8Array, from: number, to: number, seed: number): number {
  return crcWith(tables, bytes, from, to, seed);
}

/** The checksum of `bytes[from, to)` by the polynomial of `tables`, going on from `seed`. */
export function crcWith(tables: CrcTables, bytes: Uint8Array, from: number, to: number, seed: number): number {
  const [t0, t1, t2, t3] = tables;
  let crc = ~seed;
  let at = from;
  for (; at + 4 <= to; at += 4) {
    crc ^= bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24);
    crc = t3[crc & 255] ^ t2[(crc >>> 8) & 255] ^ t1[(crc >>> 16) & 255] ^ t0[crc >>> 24];
  }
  for (; at < to; at += 1) crc = (crc >>> 8) ^ t0[(crc ^ bytes[at]) & 255];
  return ~crc >>> 0;
}

/** Table n moves a byte over n + 1 byte positions; `polynomial` with its lowest power first. */
export function makeCrcTables(polynomial: number): CrcTables {
  const t0 = new Int32Array(256);
  for (let byte = 0; byte < 256; byte += 1) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ polynomial : crc >>> 1;
    t0[byte] = crc;
  }
  const next = (table: Int32Array) => table.map((crc) => (crc >>> 8) ^ t0[crc & 255]);
  const t1 = next(t0);
  const t2 = next(t1);
  return [t0, t1, t2, next(t2)];
}
