/** Gets and scans as messages of Client.proto, and their answers. */
import { type Cell, decodeCells } from './cells.ts';
import { HBaseError } from './errors.ts';
import { bytesField, flagField, longField, messageField, numberField, readFields, type Writer } from './fields.ts';
import type { Answer } from './frames.ts';

/** A family, or some of its columns. */
export interface Columns {
  readonly family: Uint8Array;
  readonly qualifiers?: readonly Uint8Array[];
}

export interface Get {
  readonly row: Uint8Array;
  readonly columns?: readonly Columns[];
  /** Versions from this timestamp on, and below that one. */
  readonly timeRange?: readonly [fromMs: number, toMs: number];
  readonly versionsMax?: number;
}

export interface Scan {
  /** Where it begins; empty: at the table's first row, reversed: at its last. */
  readonly start?: Uint8Array;
  /** Where it ends; empty: at the table's end, reversed: at its begin. */
  readonly stop?: Uint8Array;
  /** Default true. */
  readonly includeStart?: boolean;
  /** Default false. */
  readonly includeStop?: boolean;
  readonly reversed?: boolean;
  readonly columns?: readonly Columns[];
  readonly timeRange?: readonly [fromMs: number, toMs: number];
  readonly versionsMax?: number;
  /** Rows in all. */
  readonly limit?: number;
  /** Rows a call. */
  readonly rowsPerCall?: number;
  /** Bytes after which the server ends its answer. */
  readonly bytesPerCall?: number;
  /** Blocks read stay in the server's cache; default true. */
  readonly cacheBlocks?: boolean;
}

/** The cells of one row. */
export interface Row {
  readonly row: Uint8Array;
  readonly cells: readonly Cell[];
}

export function writeRegion(writer: Writer, field: number, regionName: Uint8Array): void {
  messageField(writer, field, (inner) => {
    numberField(inner, 1, 1);
    bytesField(inner, 2, regionName);
  });
}

export function writeGet(writer: Writer, get: Get): void {
  bytesField(writer, 1, get.row);
  writeColumns(writer, 2, get.columns);
  writeTimeRange(writer, 5, get.timeRange);
  if (get.versionsMax !== undefined) numberField(writer, 6, get.versionsMax);
}

function writeColumns(writer: Writer, field: number, columns: readonly Columns[] = []): void {
  for (const { family, qualifiers = [] } of columns) {
    messageField(writer, field, (inner) => {
      bytesField(inner, 1, family);
      for (const qualifier of qualifiers) bytesField(inner, 2, qualifier);
    });
  }
}

function writeTimeRange(writer: Writer, field: number, range: readonly [number, number] | undefined): void {
  if (range === undefined) return;
  messageField(writer, field, (inner) => {
    longField(inner, 1, range[0]);
    longField(inner, 2, range[1]);
  });
}

/** The result of a get: its cells, or none. */
export function readGetAnswer({ message, cells }: Answer): Cell[] {
  const found: Cell[] = [];
  readFields(message, (field, reader) => {
    if (field !== 1) return false;
    decodeCells(cells, 0, cellCountOf(reader.bytes()), found);
    return true;
  });
  return found;
}

/** How many cells of the block belong to a Result. Cells within the message come only from servers that were not told our version. */
export function cellCountOf(result: Uint8Array): number {
  let count = 0;
  readFields(result, (field, reader) => {
    if (field === 1) throw new HBaseError('a result with its cells in the message', { nextStep: 'final' });
    if (field !== 2) return false;
    count = reader.int32();
    return true;
  });
  return count;
}

/** What opens a scanner in a region. */
export function writeOpenScanner(writer: Writer, regionName: Uint8Array, scan: Scan, ends: boolean): void {
  writeRegion(writer, 1, regionName);
  messageField(writer, 2, (inner) => writeScan(inner, scan));
  writeScannerBounds(writer, scan);
  flagField(writer, 5, ends);
}

/** What asks an open scanner for more. `sequence` counts its calls, so that none is answered twice. */
export function writeNextScanner(writer: Writer, scannerId: bigint | string, sequence: number, scan: Scan): void {
  longField(writer, 3, scannerId);
  longField(writer, 6, sequence);
  writeScannerBounds(writer, scan);
}

export function writeRenewScanner(writer: Writer, scannerId: bigint | string, sequence: number): void {
  longField(writer, 3, scannerId);
  numberField(writer, 4, 0);
  longField(writer, 6, sequence);
  flagField(writer, 7, true);
  flagField(writer, 8, true);
  flagField(writer, 10, true);
}

export function writeCloseScanner(writer: Writer, scannerId: bigint | string): void {
  longField(writer, 3, scannerId);
  flagField(writer, 5, true);
}

function writeScannerBounds(writer: Writer, scan: Scan): void {
  numberField(writer, 4, scan.rowsPerCall ?? 1);
  flagField(writer, 7, true);
  flagField(writer, 8, true);
  if (scan.limit !== undefined) numberField(writer, 11, scan.limit);
}

const pread = 2;

function writeScan(writer: Writer, scan: Scan): void {
  writeColumns(writer, 1, scan.columns);
  if (scan.start !== undefined) bytesField(writer, 3, scan.start);
  if (scan.stop !== undefined) bytesField(writer, 4, scan.stop);
  writeTimeRange(writer, 6, scan.timeRange);
  if (scan.versionsMax !== undefined) numberField(writer, 7, scan.versionsMax);
  flagField(writer, 8, scan.cacheBlocks ?? true);
  if (scan.bytesPerCall !== undefined) longField(writer, 10, scan.bytesPerCall);
  flagField(writer, 15, scan.reversed === true);
  if (scan.rowsPerCall !== undefined) numberField(writer, 17, scan.rowsPerCall);
  flagField(writer, 21, scan.includeStart ?? true);
  flagField(writer, 22, scan.includeStop ?? false);
  // A bounded page is read by position: no stream is set up for it.
  if (scan.limit !== undefined) numberField(writer, 23, pread);
}

export interface ScanAnswer {
  readonly scannerId: bigint | string | null;
  readonly moreResults: boolean;
  readonly moreInRegion: boolean;
  readonly isHeartbeat: boolean;
  readonly rows: readonly RowPiece[];
}

/** A row, or a piece of it; its key is that of its first cell. */
export class RowPiece implements Row {
  readonly cells: Cell[];
  readonly isPartial: boolean;

  constructor(cells: Cell[], isPartial: boolean) {
    this.cells = cells;
    this.isPartial = isPartial;
  }

  get row(): Uint8Array {
    return this.cells[0].row;
  }
}

export function readScanAnswer({ message, cells }: Answer): ScanAnswer {
  const counts: number[] = [];
  const partials: boolean[] = [];
  let scannerId: bigint | string | null = null;
  let moreResults = true;
  let moreInRegion = false;
  let isHeartbeat = false;
  readFields(message, (field, reader) => {
    if (field === 1) counts.push(reader.uint32());
    else if (field === 2) scannerId = reader.uint64();
    else if (field === 3) moreResults = reader.bool();
    else if (field === 7) partials.push(reader.bool());
    else if (field === 8) moreInRegion = reader.bool();
    else if (field === 9) isHeartbeat = reader.bool();
    else return false;
    return true;
  });
  let at = 0;
  const rows: RowPiece[] = [];
  for (const [index, count] of counts.entries()) {
    if (count === 0) continue;
    const found: Cell[] = [];
    at = decodeCells(cells, at, count, found);
    rows.push(new RowPiece(found, partials[index] === true));
  }
  return { scannerId, moreResults, moreInRegion, isHeartbeat, rows };
}
