/** Rows of a scan as one array of bytes, so that they leave the worker in one piece. */

export interface PackedRows {
  readonly rows: Uint8Array;
  readonly count: number;
  readonly more: boolean;
}

const bytesAtFirst = 1024;
const none = new Uint8Array(0);

/** Grows one array of rows. Most scans of a login find nothing. */
export class RowPacker {
  count = 0;
  bytes = 0;
  #rows = none;
  #view = new DataView(this.#rows.buffer);
  #length = 0;

  add(key: Uint8Array, value: Uint8Array, valueBytes: number): void {
    // Without the table byte.
    const keyBytes = key.length - 1;
    const needed = this.#length + 8 + keyBytes + valueBytes;
    if (needed > this.#rows.length) {
      const rows = new Uint8Array(Math.max(bytesAtFirst, needed * 2));
      rows.set(this.#rows.subarray(0, this.#length));
      this.#rows = rows;
      this.#view = new DataView(rows.buffer);
    }
    this.#view.setUint32(this.#length, keyBytes);
    this.#view.setUint32(this.#length + 4, valueBytes);
    this.#rows.set(key.subarray(1), this.#length + 8);
    this.#rows.set(value.subarray(0, valueBytes), this.#length + 8 + keyBytes);
    this.#length = needed;
    this.count += 1;
    this.bytes += keyBytes + valueBytes;
  }

  finish(more: boolean): PackedRows {
    return { rows: this.#length === 0 ? none : this.#rows.slice(0, this.#length), count: this.count, more };
  }
}
