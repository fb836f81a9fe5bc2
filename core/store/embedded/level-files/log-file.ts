/**
 * Reads a LevelDB log (its MANIFEST is one): blocks of 32 KB, records in one or more pieces, each piece with a checksum.
 *
 * Method: whole records are given until the first place that is none. LevelDB takes a log that ends in the middle of a record for one whose
 * writer died; who knows how far the file was durable can tell that from a file that was cut.
 */
import { crc32c, maskedCrc } from './crc32c.ts';

const blockBytes = 32 * 1024;
const pieceHeaderBytes = 7;
const Piece = { full: 1, first: 2, middle: 3, last: 4 } as const;

export interface LogEnd {
  /** Just behind the last whole record. */
  readonly wholeBytes: number;
  /** Bytes of a whole piece do not match its checksum. */
  readonly damaged: boolean;
}

/** Calls `visit` with each whole record from `from`, the start of a record, on. */
export function readLog(bytes: Uint8Array, from: number, visit: (record: Uint8Array) => void): LogEnd {
  let at = from;
  let wholeBytes = from;
  let pieces: Uint8Array[] = [];
  for (;;) {
    const left = blockBytes - (at % blockBytes);
    if (left < pieceHeaderBytes) {
      at += left;
      continue;
    }
    if (at + pieceHeaderBytes > bytes.length) return { wholeBytes, damaged: false };
    const length = bytes[at + 4] | (bytes[at + 5] << 8);
    const kind = bytes[at + 6];
    const end = at + pieceHeaderBytes + length;
    if (end > bytes.length || pieceHeaderBytes + length > left || (kind === 0 && length === 0)) return { wholeBytes, damaged: false };
    const stored = (bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24)) >>> 0;
    if (stored !== maskedCrc(crc32c(bytes, at + 6, end))) return { wholeBytes, damaged: true };
    const piece = bytes.subarray(at + pieceHeaderBytes, end);
    at = end;
    if (kind === Piece.full || kind === Piece.first) pieces = [piece];
    else if (pieces.length > 0) pieces.push(piece);
    if (kind === Piece.first || kind === Piece.middle || pieces.length === 0) continue;
    visit(joined(pieces));
    pieces = [];
    wholeBytes = at;
  }
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  if (pieces.length === 1) return pieces[0];
  const bytes = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}
