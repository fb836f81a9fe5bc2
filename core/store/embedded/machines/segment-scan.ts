/**
 * Reads one segment file's bytes, in pieces as they come: which records count, and what else stands in it.
 *
 * Records count from the start of the segment while they are whole, carry the header's segment number and follow each other
 * without a hole. Behind them the rest is searched sector by sector for whole records: older uses leave some, and a whole
 * record of this very segment behind a hole betrays damage.
 */
import {
  decodeSegmentHeader,
  isUnknownVersion,
  namedRecordBytes,
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

export class SegmentScan {
  readonly #name: string;
  readonly #word: number;
  readonly #checksum: Checksum;
  #header: SegmentHeader | null = null;
  #unknown: UnknownFormat | null = null;
  #at = 0;
  #records = 0;
  #ownLsnMax = 0;
  #wholeLsnMax = 0;
  #segmentMax = 0;
  #counting = false;
  #hole = false;

  constructor(name: string, word: number, checksum: Checksum) {
    this.#name = name;
    this.#word = word;
    this.#checksum = checksum;
  }

  /** Where it is in the file. */
  get at(): number {
    return this.#at;
  }

  /** Looks at `bytes`, which stand in the file from `start` on; `ended`: to its end. Gives how many it needs from `at` on, 0: all is seen. */
  look(bytes: Uint8Array, start: number, ended: boolean): number {
    if (this.#at === 0) {
      if (bytes.length < sectorBytes && !ended) return sectorBytes;
      this.#readHeader(bytes);
      this.#at = sectorBytes;
    }
    for (;;) {
      if (this.#unknown !== null) return 0;
      const at = this.#at - start;
      if (at + sectorBytes > bytes.length) return ended ? 0 : sectorBytes;
      const named = namedRecordBytes(bytes, at);
      if (at + named > bytes.length && !ended) return named;
      this.#readRecord(bytes, at);
    }
  }

  summary(fileBytes: number): SegmentSummary | UnknownFormat {
    if (this.#unknown !== null) return this.#unknown;
    return {
      name: this.#name,
      fileBytes,
      header: this.#header,
      records: this.#records,
      ownLsnMax: this.#ownLsnMax,
      wholeLsnMax: this.#wholeLsnMax,
      segmentMax: this.#segmentMax,
      hole: this.#hole,
    };
  }

  #readHeader(bytes: Uint8Array): void {
    const decoded = decodeSegmentHeader(bytes, this.#checksum);
    if (decoded !== null && isUnknownVersion(decoded)) {
      this.#unknown = { unknownVersion: decoded.unknownVersion, what: 'segment header' };
      return;
    }
    this.#header = decoded;
    this.#segmentMax = decoded === null ? 0 : decoded.segment;
    this.#counting = decoded !== null;
  }

  #readRecord(bytes: Uint8Array, at: number): void {
    const length = wholeRecordBytes(bytes, at, this.#word, this.#checksum);
    if (length < 0) {
      this.#unknown = { unknownVersion: recordVersion(bytes, at), what: `record at byte ${this.#at}` };
      return;
    }
    const header = this.#header;
    const lsn = length === 0 ? 0 : recordLsn(bytes, at);
    const segment = length === 0 ? 0 : recordSegment(bytes, at);
    const own = header !== null && segment === header.segment;
    if (this.#counting && own && header !== null && lsn === header.firstLsn + this.#records) this.#records += 1;
    else {
      this.#counting = false;
      if (own) this.#hole = true;
    }
    if (own && lsn > this.#ownLsnMax) this.#ownLsnMax = lsn;
    if (lsn > this.#wholeLsnMax) this.#wholeLsnMax = lsn;
    if (segment > this.#segmentMax) this.#segmentMax = segment;
    this.#at += length === 0 ? sectorBytes : paddedBytes(length);
  }
}

/** The same of a file that is in memory. */
export function summarizeSegment(name: string, bytes: Uint8Array, word: number, checksum: Checksum): SegmentSummary | UnknownFormat {
  const scan = new SegmentScan(name, word, checksum);
  scan.look(bytes, 0, true);
  return scan.summary(bytes.length);
}

export function isUnknownFormat(value: SegmentSummary | UnknownFormat): value is UnknownFormat {
  return 'unknownVersion' in value;
}
