/**
 * Reads one segment file's bytes: which records count, and what else stands in it.
 *
 * Records count from the start of the segment while they are whole, carry the header's segment number and follow each other
 * without a hole. Behind them the rest is searched sector by sector for whole records: older uses leave some, and a whole
 * record of this very segment behind a hole betrays damage.
 */
import {
  decodeSegmentHeader,
  isUnknownVersion,
  paddedBytes,
  recordLsn,
  recordSegment,
  recordVersion,
  type SegmentHeader,
  sectorBytes,
  wholeRecordBytes,
} from './layout.ts';
import type { Checksum } from './ports.ts';

export interface SegmentSummary {
  readonly name: string;
  readonly fileBytes: number;
  /** `null`: no whole header. */
  readonly header: SegmentHeader | null;
  /** Records that count; they are `header.firstLsn`, and so on. */
  readonly records: number;
  /** Highest record of the header's segment anywhere in the file; 0: none. */
  readonly ownLsnMax: number;
  /** Highest whole record of any segment in the file; 0: none. */
  readonly wholeLsnMax: number;
  readonly segmentMax: number;
  /** A whole record of this segment stands behind a place without one. */
  readonly hole: boolean;
}

/** The file is of a format that this program does not know. */
export interface UnknownFormat {
  readonly unknownVersion: number;
  readonly what: string;
}

export function summarizeSegment(name: string, bytes: Uint8Array, word: number, checksum: Checksum): SegmentSummary | UnknownFormat {
  const decoded = decodeSegmentHeader(bytes, checksum);
  if (decoded !== null && isUnknownVersion(decoded)) return { unknownVersion: decoded.unknownVersion, what: 'segment header' };
  const header = decoded;
  let records = 0;
  let at = sectorBytes;
  let ownLsnMax = 0;
  let wholeLsnMax = 0;
  let segmentMax = header === null ? 0 : header.segment;
  let counting = header !== null;
  let hole = false;
  while (at + sectorBytes <= bytes.length) {
    const length = wholeRecordBytes(bytes, at, word, checksum);
    if (length < 0) return { unknownVersion: recordVersion(bytes, at), what: `record at byte ${at}` };
    const lsn = length === 0 ? 0 : recordLsn(bytes, at);
    const segment = length === 0 ? 0 : recordSegment(bytes, at);
    const own = header !== null && segment === header.segment;
    if (counting && own && header !== null && lsn === header.firstLsn + records) records += 1;
    else {
      counting = false;
      if (own) hole = true;
    }
    if (own && lsn > ownLsnMax) ownLsnMax = lsn;
    if (lsn > wholeLsnMax) wholeLsnMax = lsn;
    if (segment > segmentMax) segmentMax = segment;
    at += length === 0 ? sectorBytes : paddedBytes(length);
  }
  return { name, fileBytes: bytes.length, header, records, ownLsnMax, wholeLsnMax, segmentMax, hole };
}

export function isUnknownFormat(value: SegmentSummary | UnknownFormat): value is UnknownFormat {
  return 'unknownVersion' in value;
}

/**
 * Calls `visit` with each record of the segment that counts, in order.
 * @returns false when the segment no longer holds the `records` it held before
 */
export function forEachRecord(
  bytes: Uint8Array,
  summary: SegmentSummary,
  word: number,
  checksum: Checksum,
  visit: (lsn: number, at: number, length: number) => void,
): boolean {
  if (summary.header === null) return summary.records === 0;
  let at = sectorBytes;
  for (let index = 0; index < summary.records; index += 1) {
    const length = wholeRecordBytes(bytes, at, word, checksum);
    if (length <= 0) return false;
    if (recordLsn(bytes, at) !== summary.header.firstLsn + index || recordSegment(bytes, at) !== summary.header.segment) return false;
    visit(recordLsn(bytes, at), at, length);
    at += paddedBytes(length);
  }
  return true;
}
