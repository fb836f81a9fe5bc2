/**
 * Bytes of the store's own files. Everything begins at a sector and carries a CRC-32 and a format version, big-endian.
 *
 * - `identity`: `PSTO crc version word`. The word is random, made with the store; record checksums start from it, so that
 *   no message body can look like a record.
 * - `journal-NNN`, sector 0: `PSEG crc version word segment firstLsn`; then records, each from a sector's start:
 *   `PREC crc length version lsn segment rows`.
 * - `checkpoint-0/1`, eight sectors each: `PCKP crc version lsn generation manifest bytes`; the last two are the index's mark.
 */
import type { Checksum, IndexMark } from './ports.ts';

/** A disk writes a sector whole or leaves it; a sector that was acknowledged is never written again for another record. */
export const sectorBytes = 512;
export const formatVersion = 1;

export const identityFile = 'identity';
export const segmentPrefix = 'journal-';
export const checkpointFiles = ['checkpoint-0', 'checkpoint-1'] as const;
export const checkpointSectors = 8;

export const recordHeaderBytes = 32;
/** No record is longer: a length above it is no length, and nobody makes room for it. */
export const recordBytesLimit = 64 * 1024 * 1024;

const identityMagic = 0x5053544f;
const segmentMagic = 0x50534547;
const recordMagic = 0x50524543;
const checkpointMagic = 0x50434b50;
const identityBytes = 16;
const segmentHeaderBytes = 32;
const checkpointBytes = 48;
const twoTo32 = 0x1_0000_0000;

/** Decoders give `null` for bytes that are not whole, and this for whole ones of a format this program does not know. */
export interface UnknownVersion {
  readonly unknownVersion: number;
}

export interface SegmentHeader {
  readonly word: number;
  readonly segment: number;
  readonly firstLsn: number;
}

export interface Checkpoint {
  readonly lsn: number;
  readonly generation: number;
  readonly mark: IndexMark;
}

export function isUnknownVersion(value: object): value is UnknownVersion {
  return 'unknownVersion' in value;
}

/** Bytes a record of this length takes in its segment. */
export function paddedBytes(length: number): number {
  return Math.ceil(length / sectorBytes) * sectorBytes;
}

export function segmentName(number: number): string {
  return `${segmentPrefix}${String(number).padStart(3, '0')}`;
}

export function encodeIdentity(word: number, checksum: Checksum): Uint8Array {
  const bytes = new Uint8Array(sectorBytes);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, identityMagic);
  view.setUint16(8, formatVersion);
  view.setUint32(12, word);
  view.setUint32(4, checksum(bytes, 8, identityBytes, 0));
  return bytes;
}

export function decodeIdentity(bytes: Uint8Array, checksum: Checksum): { readonly word: number } | UnknownVersion | null {
  if (bytes.length < identityBytes || readU32(bytes, 0) !== identityMagic) return null;
  if (readU32(bytes, 4) !== checksum(bytes, 8, identityBytes, 0)) return null;
  const version = readU16(bytes, 8);
  return version === formatVersion ? { word: readU32(bytes, 12) } : { unknownVersion: version };
}

export function encodeSegmentHeader(header: SegmentHeader, checksum: Checksum): Uint8Array {
  const bytes = new Uint8Array(sectorBytes);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, segmentMagic);
  view.setUint16(8, formatVersion);
  view.setUint32(12, header.word);
  writeU53(bytes, 16, header.segment);
  writeU53(bytes, 24, header.firstLsn);
  view.setUint32(4, checksum(bytes, 8, segmentHeaderBytes, 0));
  return bytes;
}

export function decodeSegmentHeader(bytes: Uint8Array, checksum: Checksum): SegmentHeader | UnknownVersion | null {
  if (bytes.length < segmentHeaderBytes || readU32(bytes, 0) !== segmentMagic) return null;
  if (readU32(bytes, 4) !== checksum(bytes, 8, segmentHeaderBytes, 0)) return null;
  const version = readU16(bytes, 8);
  if (version !== formatVersion) return { unknownVersion: version };
  return { word: readU32(bytes, 12), segment: readU53(bytes, 16), firstLsn: readU53(bytes, 24) };
}

/** Fills in the header of the record `bytes[0, length)` whose rows are in place, and clears the rest of its last sector. */
export function sealRecord(bytes: Uint8Array, length: number, lsn: number, segment: number, word: number, checksum: Checksum): void {
  writeU32(bytes, 0, recordMagic);
  writeU32(bytes, 8, length);
  bytes[12] = formatVersion >> 8;
  bytes[13] = formatVersion & 255;
  bytes[14] = 0;
  bytes[15] = 0;
  writeU53(bytes, 16, lsn);
  writeU53(bytes, 24, segment);
  writeU32(bytes, 4, checksum(bytes, 8, length, word));
  bytes.fill(0, length, paddedBytes(length));
}

/** Length that the header at `at` names, 0 when there is no header. */
export function namedRecordBytes(bytes: Uint8Array, at: number): number {
  if (at + recordHeaderBytes > bytes.length || readU32(bytes, at) !== recordMagic) return 0;
  const length = readU32(bytes, at + 8);
  return length < recordHeaderBytes || length > recordBytesLimit ? 0 : length;
}

/** Length of the whole record at `at`, 0 when there is none, -1 when it is whole but of an unknown version. */
export function wholeRecordBytes(bytes: Uint8Array, at: number, word: number, checksum: Checksum): number {
  const length = namedRecordBytes(bytes, at);
  if (length === 0 || at + length > bytes.length) return 0;
  if (readU32(bytes, at + 4) !== checksum(bytes, at + 8, at + length, word)) return 0;
  return readU16(bytes, at + 12) === formatVersion ? length : -1;
}

export function recordVersion(bytes: Uint8Array, at: number): number {
  return readU16(bytes, at + 12);
}

export function recordLsn(bytes: Uint8Array, at: number): number {
  return readU53(bytes, at + 16);
}

export function recordSegment(bytes: Uint8Array, at: number): number {
  return readU53(bytes, at + 24);
}

export function encodeCheckpoint(checkpoint: Checkpoint, word: number, checksum: Checksum): Uint8Array {
  const bytes = new Uint8Array(sectorBytes);
  writeU32(bytes, 0, checkpointMagic);
  bytes[9] = formatVersion;
  writeU53(bytes, 16, checkpoint.lsn);
  writeU53(bytes, 24, checkpoint.generation);
  writeU53(bytes, 32, checkpoint.mark.manifest);
  writeU53(bytes, 40, checkpoint.mark.bytes);
  writeU32(bytes, 4, checksum(bytes, 8, checkpointBytes, word));
  return bytes;
}

export function decodeCheckpoint(bytes: Uint8Array, at: number, word: number, checksum: Checksum): Checkpoint | UnknownVersion | null {
  if (at + checkpointBytes > bytes.length || readU32(bytes, at) !== checkpointMagic) return null;
  if (readU32(bytes, at + 4) !== checksum(bytes, at + 8, at + checkpointBytes, word)) return null;
  const version = readU16(bytes, at + 8);
  if (version !== formatVersion) return { unknownVersion: version };
  const mark = { manifest: readU53(bytes, at + 32), bytes: readU53(bytes, at + 40) };
  return { lsn: readU53(bytes, at + 16), generation: readU53(bytes, at + 24), mark };
}

function readU16(bytes: Uint8Array, at: number): number {
  return (bytes[at] << 8) | bytes[at + 1];
}

function readU32(bytes: Uint8Array, at: number): number {
  return ((bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3]) >>> 0;
}

function readU53(bytes: Uint8Array, at: number): number {
  return readU32(bytes, at) * twoTo32 + readU32(bytes, at + 4);
}

function writeU32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}

function writeU53(bytes: Uint8Array, at: number, value: number): void {
  const high = Math.floor(value / twoTo32);
  writeU32(bytes, at, high);
  writeU32(bytes, at + 4, value - high * twoTo32);
}
