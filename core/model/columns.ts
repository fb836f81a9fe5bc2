/**
 * Columns: numbers by record number, in typed arrays that grow. A record of an object costs the garbage collector a visit, and V8 boxes each of
 * its numbers that is no small whole one; a column costs neither.
 */

/** A column of 32-bit whole numbers, 0 where nothing was set. */
export class IntColumn {
  private values = new Int32Array(64);

  get(record: number): number {
    return record < this.values.length ? this.values[record] : 0;
  }

  set(record: number, value: number): void {
    if (record >= this.values.length) {
      const grown = new Int32Array(lengthFor(record, this.values.length));
      grown.set(this.values);
      this.values = grown;
    }
    this.values[record] = value;
  }
}

/** The same array, or a longer copy that has room for `record`. */
export function grownFloats(values: Float64Array<ArrayBuffer>, record: number): Float64Array<ArrayBuffer> {
  if (record < values.length) return values;
  const grown = new Float64Array(lengthFor(record, values.length));
  grown.set(values);
  return grown;
}

function lengthFor(record: number, length: number): number {
  return Math.max(record + 1, 2 * length);
}
