/**
 * How rows stand in LevelDB: key = table byte and the row's key; value = the row's value and a CRC-32 over both, begun with
 * the store's word. LevelDB's own block checksums are not checked by its Node binding on reads; this one is.
 */
import { crc32 } from './machines/crc32.ts';

export const indexChecksumBytes = 4;
/** Key of the one row that is the index's own: which store it belongs to and how far it was synced. */
export const markerKey: Uint8Array = Uint8Array.of(0, 1);
/** Another of its own: written to see whether it still can be. */
export const probeKey: Uint8Array = Uint8Array.of(0, 2);

export class IndexRowDamagedError extends Error {
  override readonly name = 'IndexRowDamagedError';
}

export function indexKey(table: number, key: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(key.length + 1);
  bytes[0] = table;
  bytes.set(key, 1);
  return bytes;
}

/** Writes the checksum of `bytes[0, valueEnd)`, key and value in a run, behind it. */
export function sealIndexValue(bytes: Uint8Array, valueEnd: number, word: number): void {
  const checksum = crc32(bytes, 0, valueEnd, word);
  bytes[valueEnd] = checksum >>> 24;
  bytes[valueEnd + 1] = checksum >>> 16;
  bytes[valueEnd + 2] = checksum >>> 8;
  bytes[valueEnd + 3] = checksum;
}

/** Length of the value without its checksum; throws when the row is not what was written. */
export function checkIndexValue(key: Uint8Array, value: Uint8Array, word: number): number {
  const length = value.length - indexChecksumBytes;
  if (length < 0) throw new IndexRowDamagedError('a value is cut');
  const checksum = crc32(value, 0, length, crc32(key, 0, key.length, word));
  const stored = ((value[length] << 24) | (value[length + 1] << 16) | (value[length + 2] << 8) | value[length + 3]) >>> 0;
  if (checksum !== stored) throw new IndexRowDamagedError('a value does not match its checksum');
  return length;
}

export function encodeMarker(word: number, lsn: number): Uint8Array {
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, word);
  view.setFloat64(4, lsn);
  sealIndexValue(bytes, 12, 0);
  return bytes;
}

export function decodeMarker(bytes: Uint8Array): { readonly word: number; readonly lsn: number } {
  checkIndexValue(new Uint8Array(0), bytes, 0);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return { word: view.getUint32(0), lsn: view.getFloat64(4) };
}
