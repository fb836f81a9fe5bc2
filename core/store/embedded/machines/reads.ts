/**
 * Reads: the index's snapshot first, then the overlay (DESIGN 7, F12), so that a read shows the state at its end.
 *
 * A scan keeps the rows that the index gave, in as many pieces as it needs, and merges them with the overlay only at the end:
 * the overlay then holds everything that is newer than the oldest piece, so all pieces show one moment. Deletes count; the
 * limit is counted after the merge. A read in whose time the index was opened anew is not answered.
 */
import { compareBytes } from '../../../model/byte-order.ts';
import type { GetResult, Row, ScanRequest, ScanResult, Table } from '../../port.ts';
import type { IndexFeed } from './index-feed.ts';
import { isDelete, keyAgainst, type Overlay, type OverlayRow, overlayKey, overlayValue } from './overlay.ts';
import type { IndexPort } from './ports.ts';

/** Rows asked from the index beyond the limit, so that one piece is mostly enough. */
const spareRows = 8;
/** The same for bytes. */
const spareBytes = 4096;

export class Reads {
  readonly #index: IndexPort;
  readonly #overlay: Overlay;
  readonly #feed: IndexFeed;
  readonly #later: (answer: () => void) => void;

  /** `later` runs an answer after the call that asked has returned. */
  constructor(index: IndexPort, overlay: Overlay, feed: IndexFeed, later: (answer: () => void) => void) {
    this.#index = index;
    this.#overlay = overlay;
    this.#feed = feed;
    this.#later = later;
  }

  get(table: Table, key: Uint8Array, done: (result: GetResult) => void): void {
    const known = this.#overlay.find(table, key);
    if (known !== null) {
      const value = valueOrNull(known);
      this.#later(() => done({ kind: 'ok', value }));
      return;
    }
    if (!this.#feed.readable) {
      this.#later(() => done({ kind: 'unavailable' }));
      return;
    }
    const read = this.#overlay.beginRead();
    const reopenings = this.#feed.reopenings;
    this.#index.get(table, key, (result) => {
      const newer = this.#overlay.find(table, key);
      // Copied before the read ends, for then the row's buffer may go back to the pool.
      const found: GetResult = this.#feed.reopenings === reopenings ? result : { kind: 'unavailable' };
      const answer: GetResult = newer === null ? found : { kind: 'ok', value: valueOrNull(newer) };
      this.#overlay.endRead(read);
      done(answer);
    });
  }

  scan(request: ScanRequest, done: (result: ScanResult) => void): void {
    if (compareBytes(request.start, request.end) >= 0 || request.limit <= 0) {
      this.#later(() => done({ kind: 'ok', rows: [], more: false }));
      return;
    }
    if (!this.#feed.readable) {
      this.#later(() => done({ kind: 'unavailable' }));
      return;
    }
    const read = this.#overlay.beginRead();
    const reopenings = this.#feed.reopenings;
    const finish = (result: ScanResult): void => {
      this.#overlay.endRead(read);
      done(this.#feed.reopenings === reopenings ? result : { kind: 'unavailable' });
    };
    this.#scanPiece(request, [], request.start, request.end, finish);
  }

  /** Reads `[start, end)` of the index on top of `gathered`, until merged they fill the request. */
  #scanPiece(request: ScanRequest, gathered: Row[], start: Uint8Array, end: Uint8Array, finish: (result: ScanResult) => void): void {
    const piece = {
      table: request.table,
      start,
      end,
      limit: request.limit + spareRows,
      reverse: request.reverse,
      bytesMax: request.bytesMax + spareBytes,
    };
    this.#index.scan(piece, (result) => {
      if (result.kind !== 'ok') {
        finish(result);
        return;
      }
      for (const row of result.rows) gathered.push(row);
      const last = gathered[gathered.length - 1];
      const complete = !result.more || last === undefined;
      const page = mergePage(
        request,
        gathered,
        complete ? null : last.key,
        this.#overlay.collect(request.table, request.start, request.end),
      );
      if (page !== null) {
        finish(page);
        return;
      }
      if (request.reverse) this.#scanPiece(request, gathered, start, last.key, finish);
      else this.#scanPiece(request, gathered, after(last.key), end, finish);
    });
  }
}

/**
 * The page of the merged rows. `known`: the index was read up to this key (including it), `null`: to the end of the range.
 * Gives `null` when what lies beyond `known` must be read first.
 */
function mergePage(
  request: ScanRequest,
  indexRows: readonly Row[],
  known: Uint8Array | null,
  overlayRows: readonly OverlayRow[],
): ScanResult | null {
  const sign = request.reverse ? -1 : 1;
  const rows: Row[] = [];
  let bytes = 0;
  let indexAt = 0;
  let overlayAt = request.reverse ? overlayRows.length - 1 : 0;
  for (;;) {
    const indexRow = indexRows[indexAt];
    const overlayRow = overlayRows[overlayAt];
    if (indexRow === undefined && overlayRow === undefined) return known === null ? { kind: 'ok', rows, more: false } : null;
    const order = indexRow === undefined ? -1 : overlayRow === undefined ? 1 : sign * keyAgainst(overlayRow, indexRow.key);
    if (indexRow === undefined && known !== null && sign * keyAgainst(overlayRow, known) > 0) return null;
    if (order <= 0) overlayAt += sign;
    if (order >= 0) indexAt += 1;
    if (order <= 0 && isDelete(overlayRow)) continue;
    if (rows.length >= request.limit || (rows.length > 0 && bytes >= request.bytesMax)) return { kind: 'ok', rows, more: true };
    const row = order <= 0 ? { key: overlayKey(overlayRow), value: overlayValue(overlayRow) } : indexRow;
    rows.push(row);
    bytes += row.key.length + row.value.length;
  }
}

function valueOrNull(row: OverlayRow): Uint8Array | null {
  return isDelete(row) ? null : overlayValue(row);
}

/** The smallest key above `key`. */
function after(key: Uint8Array): Uint8Array {
  const next = new Uint8Array(key.length + 1);
  next.set(key);
  return next;
}
